// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where lines end, where brackets close, and what a mistake costs.
#include <gtest/gtest.h>

#include "tests/unit/syntax/parsed.h"

namespace lossc::syntax {
namespace {

std::string body_of(const std::string& lines) {
  const Parsed parsed("loss f() {\n" + lines + "\n}\n");
  return parsed.codes() + parsed.tree();
}

TEST(Layout, LinesGoOnAfterAndBeforeOperators) {
  const std::string expected = body_of("  let a = x + y * z\n  a");
  for (const char* lines : {"  let a = x +\n y *\n z\n  a", "  let a\n = x\n + y\n * z\n  a",
                            "  let a =\n x + y * z\n  a", "  let a = x  # why\n    + y * z\n  a",
                            "\r\n  let a = x + y * z\r\n\r\n  a\r\n"}) {
    EXPECT_EQ(body_of(lines), expected) << lines;
  }
  EXPECT_EQ(body_of("if a\nthen b\nelse c"), body_of("if a then b else c"));
  EXPECT_EQ(body_of("if\na then\nb else\nc"), body_of("if a then b else c"));
  EXPECT_EQ(body_of("sum[i where\nx[i]\nand\nnot\ny\n](\nx\n)"),
            body_of("sum[i where x[i] and not y](x)"));
}

TEST(Layout, MinusBeginsAStatement) {
  const Parsed parsed("loss f() {\n  let a = x\n  -a\n}\n");
  EXPECT_EQ(parsed.codes(), "");
  EXPECT_NE(parsed.tree().find("negate"), std::string::npos);
}

TEST(Layout, AnIndentedMinusIsAnErrorWithItsMend) {
  const Parsed parsed("loss f() {\n  let a = x  # why\n    - y\n  a\n}\n");
  EXPECT_EQ(parsed.codes(), "E0204");
  EXPECT_EQ(parsed.fixed(), "loss f() {\n  let a = x -  # why\n    y\n  a\n}\n");
  EXPECT_EQ(parsed.tree(), Parsed(parsed.fixed()).tree());
  EXPECT_EQ(Parsed("loss f() = x\n  - y\n").codes(), "E0204");
}

TEST(Layout, ADeclarationClosesWhatIsOpen) {
  for (const char* wrong : {"loss f(pred x: real = 1\n", "loss f() {\n  let a = g((x\n",
                            "loss f() { x[1\n", "test \"a\" {\n  f(\n"}) {
    const Parsed parsed(std::string(wrong) + "loss good(pred z: real) = z\n");
    EXPECT_NE(parsed.codes().find("E0202"), std::string::npos) << wrong;
    EXPECT_NE(parsed.tree().find("loss good =\n  pred z"), std::string::npos) << wrong;
  }
}

TEST(Layout, LetClosesParentheses) {
  const Parsed parsed("loss f() {\n  let a = g(x\n  let b = a\n  b\n}\n");
  EXPECT_EQ(parsed.codes(), "E0202");
  EXPECT_NE(parsed.tree().find("let b"), std::string::npos);
}

TEST(Layout, OneMistakeOneDiagnostic) {
  EXPECT_EQ(Parsed("loss f(pred x: real {\n  x\n}\n").codes(), "E0202");
  EXPECT_EQ(Parsed("loss f() = g(x]\n").codes(), "E0202 E0203");
  EXPECT_EQ(Parsed("loss f() {\n  x)\n}\n").codes(), "E0203");
  EXPECT_EQ(Parsed("loss f() {\n  x\n}}\n").codes(), "E0203");
}

TEST(Layout, Documentation) {
  const Parsed parsed(
      "## lost\n\n## One\n##\n##   two \n### a rule\n## three\nfunc f() = 1\n## four\ntest \"a\" "
      "{}\n"
      "func g() = 2  ## beside\nfunc h() = 3\n");
  EXPECT_EQ(parsed.codes(), "");
  EXPECT_EQ(parsed.file.declarations[0].documentation, "three");
  EXPECT_EQ(parsed.file.declarations[1].documentation, "four");
  EXPECT_EQ(parsed.file.declarations[3].documentation, "");
  EXPECT_EQ(Parsed("## One\n##\n##   two \nfunc f() = 1").file.declarations[0].documentation,
            "One\n\n  two");
}

TEST(Layout, ContextualWordsAreNames) {
  const Parsed parsed(
      "loss test(target target: class(K), pred loss: real, param batch: real = 1) {\n"
      "  let func = loss * batch\n  let import = func\n  weight = metric\n  divisor = grad\n"
      "  grad[loss] = import\n  test + weight + class\n}\n");
  EXPECT_EQ(parsed.codes(), "");
}

TEST(Layout, DepthIsLimited) {
  const ParseLimits limits{.nesting = 8};
  const auto codes = [&](const std::string& expression) {
    return Parsed("loss f() = " + expression + "\nloss g() = f()\n", limits).codes();
  };
  EXPECT_EQ(codes("((((((x))))))"), "");
  EXPECT_EQ(codes("(((((((((x)))))))))"), "E0111");
  EXPECT_EQ(codes("---------x"), "E0111");
  EXPECT_EQ(codes("not not not not not not not not not x"), "E0111");
  EXPECT_EQ(codes("a^a^a^a^a^a^a^a^a^a"), "E0111");
  EXPECT_EQ(codes("x[i][i][i][i][i][i][i][i][i][i]"), "E0111");
  EXPECT_EQ(codes("a^2 + a^2 + a^2 + a^2 + a^2 + a^2 + a^2 + a^2 + a^2 + a^2"), "");
  EXPECT_EQ(codes("f(-a, -a, -a, -a, -a, -a, -a, -a, -a, -a)"), "");
  std::string choices;
  for (int i = 0; i < 9; ++i) choices += "if a then b else ";
  EXPECT_EQ(codes(choices + "c"), "E0111");
  const Parsed parsed("loss f() = (((((((((x\nloss g() = f()\n", limits);
  ASSERT_EQ(parsed.file.unparsed.size(), 1u);
  EXPECT_EQ(parsed.file.unparsed[0].text, "f");
  EXPECT_EQ(parsed.file.declarations.size(), 1u);
}

}  // namespace
}  // namespace lossc::syntax
