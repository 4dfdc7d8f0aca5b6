// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// print_source and parse are inverse: over the standard library, and over random expressions with
// every node at every place.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/unit/syntax/parsed.h"

namespace lossc::syntax {
namespace {

void expect_round_trip(const std::string& text, const std::string& what) {
  const Parsed first(text);
  ASSERT_EQ(first.codes(), "") << what << '\n' << text;
  const std::string printed = print_source(first.file);
  const Parsed second(printed);
  EXPECT_EQ(second.codes(), "") << what << '\n' << printed;
  EXPECT_EQ(first.tree(), second.tree()) << what << '\n' << printed;
  EXPECT_EQ(print_source(second.file), printed) << what;
}

TEST(PrintSource, StandardLibrary) {
  for (const auto& entry : std::filesystem::directory_iterator(LOSSC_SOURCE_DIR "/stdlib")) {
    if (entry.path().extension() != ".loss") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    expect_round_trip(text.str(), entry.path().filename());
  }
}

class RandomExpression {
 public:
  explicit RandomExpression(unsigned seed) : random_(seed) {}

  std::string operator()(int depth) {
    if (depth == 0) return pick({"x", "2", ".5", "inf", "pi", "true", "ŷ'", "test"});
    const auto sub = [&] { return "(" + (*this)(depth - 1) + ")"; };
    switch (random_() % 16) {
      case 0:
        return sub() + " + " + sub() + " - " + sub();
      case 1:
        return sub() + " * " + sub() + " / " + sub();
      case 2:
        return sub() + "^" + sub();
      case 3:
        return "-" + sub();
      case 4:
        return "not " + sub();
      case 5:
        return sub() + " and " + sub();
      case 6:
        return sub() + " or " + sub() + " or " + sub();
      case 7:
        return sub() + pick({" < ", " <= ", " == ", " != "}) + sub();
      case 8:
        return "if " + sub() + " then " + sub() + " else " + sub();
      case 9:
        return "f(" + sub() + ", y = " + sub() + ")";
      case 10:
        return "sum[i in " + sub() + " .. " + sub() + ", j where " + sub() + "](x)";
      case 11:
        return "[" + sub() + ", " + sub() + "]";
      case 12:
        return sub() + "[" + sub() + ", _]";
      case 13:
        return "count[i where " + sub() + "]";
      case 14:
        return sub() + "^-" + sub();
      default:
        return "a.f[i in K](" + sub() + ")";
    }
  }

 private:
  std::string pick(std::initializer_list<const char*> from) {
    return *(from.begin() + random_() % from.size());
  }

  std::mt19937 random_;
};

TEST(PrintSource, RandomExpressions) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const std::string expression = RandomExpression(seed)(4);
    expect_round_trip("loss f() = " + expression + "\n", std::to_string(seed));
  }
}

TEST(PrintSource, WritesNoMoreParenthesesThanNeeded) {
  const auto printed = [](const std::string& expression) {
    const Parsed parsed("loss f() = " + expression + "\n");
    std::string text = print_source(parsed.file).substr(11);
    text.pop_back();
    return text;
  };
  EXPECT_EQ(printed("((a) + ((b * c)))"), "a + b * c");
  EXPECT_EQ(printed("(-(x^2))"), "-x^2");
  EXPECT_EQ(printed("(-x)^2"), "(-x)^2");
  EXPECT_EQ(printed("a - (b - c)"), "a - (b - c)");
  EXPECT_EQ(printed("(if a then b else c) + 1"), "(if a then b else c) + 1");
  EXPECT_EQ(printed("f((if a then b else c))"), "f(if a then b else c)");
}

TEST(PrintTokens, ShowsPlacesAndKinds) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const FileId file = sources.add("a.loss", "loss f() =\n  ŷ ** 2\n");
  EXPECT_EQ(print_tokens(file, diagnostics),
            "1:1 LOSS loss\n1:6 ID f\n1:7 LPAREN (\n1:8 RPAREN )\n1:10 ASSIGN =\n2:3 ID ŷ\n"
            "2:5 POWER **\n2:8 NUMBER 2\n2:9 NEWLINE\n");
  EXPECT_EQ(diagnostics.error_count(), 1u);
}

}  // namespace
}  // namespace lossc::syntax
