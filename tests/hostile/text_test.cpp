// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// reliability.md 3, as far as it is text and syntax: whatever the bytes, parsing ends soon, without
// a crash, with a tree that can be printed, and with a located diagnostic where the text is wrong.
#include <gtest/gtest.h>
#include <pthread.h>

#include <chrono>
#include <random>
#include <string>

#include "compiler/syntax/parse.h"

namespace lossc::syntax {
namespace {

std::string repeated(const std::string& part, std::size_t count) {
  std::string result;
  result.reserve(part.size() * count);
  for (std::size_t i = 0; i < count; ++i) result += part;
  return result;
}

/// The first code, or "" if there is none; checks what must hold for every text.
std::string outcome(const std::string& text) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const File file = parse(sources.add("hostile.loss", text), diagnostics);
  const std::string tree = print_tree(file);
  const std::string source = print_source(file);
  const std::string shown = render_text(diagnostics);
  // Generous: sanitizers, debug builds and busy machines are allowed for, quadratic time is not.
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(60));
  for (const Report& report : diagnostics.reports()) {
    EXPECT_TRUE(report.range.valid());
    EXPECT_LE(report.range.begin, report.range.end);
    EXPECT_LE(report.range.end, text.size());
    for (const FixIt& fix : report.fixes) EXPECT_LE(fix.range.end, text.size());
  }
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  if (diagnostics.reports().empty()) return "";
  return std::string(info(diagnostics.sorted().front().diagnostic).code);
}

const std::string head = "loss f(pred x: real) = ";

TEST(HostileText, Bytes) {
  EXPECT_EQ(outcome(""), "");
  EXPECT_EQ(outcome("\xef\xbb\xbf"), "");
  EXPECT_EQ(outcome("\xef\xbb\xbf" + head + "x"), "");
  EXPECT_EQ(outcome(head + "x"), "");
  EXPECT_EQ(outcome("\r\n\r\n" + head + "x\r\n"), "");
  EXPECT_EQ(outcome(std::string("\0", 1)), "E0104");
  EXPECT_EQ(outcome(head + "x\r# hidden\n"), "E0105");
  EXPECT_EQ(outcome("\xff\xfel\0o\0"), "E0103");
  EXPECT_EQ(outcome("\xfe\xff\0l"), "E0103");
  EXPECT_EQ(outcome(head + "x \xef\xbb\xbf"), "E0107");
}

TEST(HostileText, InvalidUtf8) {
  for (const char* bytes :
       {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf8\x88\x80\x80", "\xfe", "\xe2\x82", "\xf0\x9f\x98"}) {
    EXPECT_EQ(outcome("# " + std::string(bytes)), "E0102") << bytes;
    EXPECT_EQ(outcome("# " + std::string(bytes) + "\n" + head + "x\n"), "E0102") << bytes;
  }
}

TEST(HostileText, EscapesAndDirections) {
  EXPECT_EQ(outcome("loss f\x1b[31m() = 1\n"), "E0107");
  EXPECT_EQ(outcome("# a comment may hold \x1b[31m\n" + head + "x\n"), "");
  EXPECT_EQ(outcome("test \"\x1b]0;title\x07\" {}\n"), "");
  for (const char* control : {"\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xaa",
                              "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9"}) {
    EXPECT_EQ(outcome("# " + std::string(control) + "\n"), "E0106");
    EXPECT_EQ(outcome("test \"" + std::string(control) + "\" {}\n"), "E0106");
  }
}

TEST(HostileText, Size) {
  EXPECT_EQ(outcome(std::string((1u << 20) + 1, ' ')), "E0101");
  EXPECT_EQ(outcome(std::string(1u << 20, ' ')), "");
  EXPECT_EQ(outcome(std::string(10'000'000, 'x')), "E0101");
  EXPECT_EQ(outcome(head + std::string(1'000'000, 'x')), "");
  EXPECT_EQ(outcome(head + repeated("ŷ", 500'000)), "");
  EXPECT_EQ(outcome(head + repeated("x + ", 200'000) + "x"), "E0110");
  EXPECT_EQ(outcome(head + repeated("x+", 99'000) + "x"), "");
  EXPECT_EQ(outcome(repeated("\n", 1'000'000)), "E0110");
  EXPECT_EQ(outcome(head + "\"" + std::string(1'000'000, 'x')), "E0108");
  EXPECT_EQ(outcome("# " + std::string(1'000'000, '#')), "");
}

TEST(HostileText, Nesting) {
  for (const char* part : {"(", "[", "{", "-", "not ", "if ", "f(", "x[", "([{", "(-"}) {
    EXPECT_EQ(outcome(head + repeated(part, 60'000)), "E0111") << part;
  }
  EXPECT_EQ(outcome(head + repeated("if x then 1 else ", 30'000) + "0"), "E0111");
  EXPECT_EQ(outcome(head + repeated("x^", 80'000) + "x"), "E0111");
  EXPECT_EQ(outcome(head + "x" + repeated("[i]", 60'000)), "E0111");
  EXPECT_EQ(outcome(head + repeated("(", 90'000) + "x" + repeated(")", 90'000)), "E0111");
  EXPECT_EQ(outcome(head + repeated("exp(", 400) + "x" + repeated(")", 400)), "E0111");
  EXPECT_EQ(outcome(head + repeated("exp(", 250) + "x" + repeated(")", 250)), "");
  EXPECT_EQ(outcome(head + repeated("(a or b and not c == d * -e^", 60) + "x" + repeated(")", 60)),
            "");
}

TEST(HostileText, Unbalanced) {
  EXPECT_EQ(outcome(repeated(")", 100'000)), "E0203");
  EXPECT_EQ(outcome(repeated("loss f(\n", 40'000)), "E0202");
  EXPECT_EQ(outcome(repeated("loss f() {\n", 30'000)), "E0202");
  EXPECT_EQ(outcome("loss f() {\n" + repeated("let a = (\n", 30'000)), "E0202");
  EXPECT_EQ(outcome(repeated("test \"\n", 50'000)), "E0108");
}

/// One mistake a thousand times is a thousand reports, and no more however long the text is.
TEST(HostileText, ReportsAreLimited) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  for (const char* name : {"a.loss", "b.loss"}) {
    parse(sources.add(name, repeated(")", 100'000)), diagnostics);
  }
  EXPECT_EQ(diagnostics.reports().size(), 2 * Diagnostics::most_per_file);
  EXPECT_EQ(diagnostics.error_count(), 2 * Diagnostics::most_per_file);
  EXPECT_LT(render_text(diagnostics).size(), 100'000u);
}

TEST(HostileText, ManyMistakes) {
  EXPECT_EQ(outcome("loss f() {\n" + repeated("x x\n", 50'000) + "}\n"), "E0201");
  EXPECT_EQ(outcome("loss f() {\n" + repeated("x ? x\n", 30'000) + "}\n"), "E0207");
  EXPECT_EQ(outcome("loss f() {\n  x\n" + repeated("    - x\n", 50'000) + "}\n"), "E0204");
  EXPECT_EQ(outcome(repeated("$", 150'000)), "E0107");
  EXPECT_EQ(outcome(repeated(";", 100'000)), "E0210");
  EXPECT_EQ(outcome(repeated("\"", 150'000)), "E0232");
  EXPECT_EQ(outcome(head + repeated("x // ", 80'000) + "x"), "E0209");
  EXPECT_EQ(outcome(head + repeated("+", 100'000) + "x"), "E0229");
  EXPECT_EQ(outcome(head + repeated("+ ", 100'000) + "x"), "E0213");
  EXPECT_EQ(outcome(head + repeated("?", 100'000)), "E0207");
  EXPECT_EQ(outcome(head + "x[" + repeated(":", 100'000) + "]"), "E0211");
  EXPECT_EQ(outcome(head + repeated("x < ", 80'000) + "x"), "E0212");
  EXPECT_EQ(outcome(head + repeated("x.", 80'000) + "x"), "E0224");
  EXPECT_EQ(outcome(head + repeated("x if x else ", 40'000) + "x"), "E0111");
  EXPECT_EQ(outcome(head + repeated("x ? x : ", 40'000) + "x"), "E0207");
  EXPECT_EQ(outcome(head + repeated("1 + if x then 1 else ", 200) + "x"), "E0219");
}

TEST(HostileText, Large) {
  std::string lets = "loss f(pred x: real) {\n";
  for (int i = 0; i < 30'000; ++i) lets += "let a" + std::to_string(i) + " = x\n";
  EXPECT_EQ(outcome(lets + "x\n}\n"), "");
  std::string parameters = "loss f(";
  for (int i = 0; i < 10'000; ++i) parameters += "pred x" + std::to_string(i) + ": real, ";
  EXPECT_EQ(outcome(parameters + ") = 1\n"), "");
  EXPECT_EQ(outcome(head + "f(" + repeated("x, ", 80'000) + ")"), "");
  EXPECT_EQ(outcome(repeated("import a.b\n", 10'000)), "");
  EXPECT_EQ(outcome("test \"a\" {\n" + repeated("f(1) == 1 +- 1\n", 15'000) + "}\n"), "");
}

TEST(HostileText, Literals) {
  for (const char* number : {"1e999", "1e-999", "1e99999999999999999999", "00000"}) {
    EXPECT_EQ(outcome(head + number), "") << number;
  }
  EXPECT_EQ(outcome(head + std::string(400, '7')), "");
  EXPECT_EQ(outcome(head + "1..2"), "E0238");
  EXPECT_EQ(outcome(head + "1.2.3"), "E0201");
  EXPECT_EQ(outcome("loss f(pred x: real[99999999999999999999]) = 1"), "E0234");
}

TEST(HostileText, NamesOfOtherLanguages) {
  for (const char* name : {"exp", "main", "int", "return", "class", "operator", "loss"}) {
    EXPECT_EQ(outcome("loss " + std::string(name) + "(pred x: real) = x\n"), "") << name;
  }
  EXPECT_NE(outcome("loss llvm.memcpy(pred x: real) = x\n"), "");
}

/// Every prefix of a program, and the program with one byte changed: the commonest mistakes.
TEST(HostileText, PrefixesAndMutations) {
  const std::string program =
      "import std.regression\n## Docs\nloss f(pred z: logit[K - 1], target y: class(K, ignore = "
      "-1),\n"
      "       param w: nonnegative[K] = 1) {\n  require K > 1, \"a\\n\"\n"
      "  let p[i] = if w[i] == 0 then -1 else softmax(z)[i]^-2\n  weight = sum[k in 0..3 where k "
      "!= y](w[k])\n  grad[z] = p\n  -log(p[y])\n}\n\ntest \"t\" {\n  f(z = [1, 2], y = 1) == 1 +- "
      "1e-3\n}\n";
  EXPECT_EQ(outcome(program), "");
  for (std::size_t length = 0; length < program.size(); ++length) {
    outcome(program.substr(0, length));
    std::string without = program;
    without.erase(length, 1);
    outcome(without);
  }
  const std::string letters = "()[]{},:.=+-*/^<>!\"#?; \n\tx1_&|%@'\\i\xe2";
  std::mt19937 random(1);
  for (int i = 0; i < 2'000; ++i) {
    std::string changed = program;
    for (int k = 0; k < 1 + i % 4; ++k)
      changed[random() % changed.size()] = letters[random() % letters.size()];
    outcome(changed);
  }
}

TEST(HostileText, RandomTokens) {
  const char* words[] = {"loss", "f",   "(",  ")",     "[",       "]",    "{",     "}",   ",",
                         ":",    "=",   "==", "if",    "then",    "else", "let",   "x",   "1",
                         "..",   "+-",  "-",  "\n",    "not",     "in",   "where", "and", "?",
                         "//",   ";",   "_",  "\"s\"", "test",    "sort", "^",     "+",   "return",
                         "elif", "def", "2",  ".",     "require", "pi"};
  std::mt19937 random(2);
  for (int i = 0; i < 3'000; ++i) {
    std::string text;
    for (auto n = random() % 60; n > 0; --n) {
      text += words[random() % std::size(words)];
      text += ' ';
    }
    outcome(text);
  }
}

/// A host may call from a thread with little stack.
TEST(HostileText, SmallStack) {
  const auto body = [](void*) -> void* {
    SourceManager sources;
    Diagnostics diagnostics(sources);
    const std::string deep = head + repeated("(x + ", 250) + "x" + repeated(")", 250);
    parse(sources.add("a.loss", head + repeated("(", 100'000)), diagnostics);
    EXPECT_TRUE(diagnostics.has_errors());
    parse(sources.add("b.loss", head + repeated("(", 250) + "x" + repeated(")", 250)), diagnostics);
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread{};
  ASSERT_EQ(pthread_create(&thread, &attributes, body, nullptr), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace
}  // namespace lossc::syntax
