// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bodies, recovery, and what is left of a declaration with a mistake.
#include <gtest/gtest.h>

#include "tests/unit/syntax/parsed.h"

namespace lossc::syntax {
namespace {

const FunctionDeclaration& function(const Parsed& parsed, std::size_t index = 0) {
  return std::get<FunctionDeclaration>(parsed.file.declarations.at(index).node);
}

TEST(Declarations, Kinds) {
  const Parsed parsed(
      "import a.b\nloss f() = 1\nbatch loss g() = 1\nmetric h() = 1\nbatch metric i() = 1\n"
      "func j() = 1\ntest \"t\" {}\n");
  EXPECT_EQ(parsed.codes(), "");
  ASSERT_EQ(parsed.file.declarations.size(), 7u);
  EXPECT_EQ(function(parsed, 1).kind, DeclarationKind::loss);
  EXPECT_EQ(function(parsed, 2).kind, DeclarationKind::batch_loss);
  EXPECT_EQ(function(parsed, 3).kind, DeclarationKind::metric);
  EXPECT_EQ(function(parsed, 4).kind, DeclarationKind::batch_metric);
  EXPECT_EQ(function(parsed, 5).kind, DeclarationKind::func);
}

TEST(Declarations, Types) {
  const Parsed parsed(
      "loss f(pred z: class(K, ignore = -100)[N, K - 1, J + 2, 4], x, y = 1) = 1\n");
  EXPECT_EQ(parsed.codes(), "");
  const std::vector<Parameter>& parameters = function(parsed).parameters;
  const Type& type = *parameters.at(0).type;
  EXPECT_EQ(type.domain.text, "class");
  EXPECT_EQ(type.arguments.at(1).name->text, "ignore");
  EXPECT_EQ(type.axes.at(1).symbol->text, "K");
  EXPECT_EQ(type.axes.at(1).offset, -1);
  EXPECT_EQ(type.axes.at(2).offset, 2);
  EXPECT_FALSE(type.axes.at(3).symbol.has_value());
  EXPECT_EQ(type.axes.at(3).offset, 4);
  EXPECT_FALSE(parameters.at(1).type.has_value());
  EXPECT_NE(parameters.at(2).default_value, nullptr);
}

TEST(Declarations, Clauses) {
  const Parsed parsed(
      "loss f() {\n  weight = 1\n  divisor = 2\n  grad[x] = 3\n  hess[x] = 4\n  "
      "grad[x](f(1))\n}\n");
  EXPECT_EQ(parsed.codes(), "");
  const std::vector<Statement>& body = function(parsed).body;
  ASSERT_EQ(body.size(), 5u);
  EXPECT_EQ(std::get<ClauseStatement>(body[2].node).clause, Clause::grad);
  EXPECT_EQ(std::get<ClauseStatement>(body[3].node).subject->text, "x");
  EXPECT_TRUE(std::holds_alternative<ResultStatement>(body[4].node));
}

TEST(Declarations, TheResultIsLast) {
  EXPECT_EQ(Parsed("loss f() {\n  let a = 1\n}\n").codes(), "E0217");
  EXPECT_EQ(Parsed("loss f() {}\n").codes(), "E0217");
  EXPECT_EQ(Parsed("loss f() {\n  1\n  let a = 1\n}\n").codes(), "E0218");
  EXPECT_EQ(Parsed("loss f() {\n  1\n  2\n}\n").codes(), "E0218");
}

TEST(Declarations, EveryBodyHasAResult) {
  for (const char* body : {"let a = 1", "", "x x", "let a = ", "x\nlet a = 1", "let a = 1 1"}) {
    const Parsed parsed("loss f() {\n" + std::string(body) + "\n}\n");
    EXPECT_TRUE(parsed.diagnostics.has_errors()) << body;
    EXPECT_TRUE(std::holds_alternative<ResultStatement>(function(parsed).body.back().node)) << body;
  }
}

TEST(Declarations, ABrokenLetKeepsItsName) {
  const Parsed parsed("loss f() {\n  let a = x y\n  let b = * a\n  let c = a\n  c\n}\n");
  EXPECT_EQ(parsed.codes(), "E0201 E0201");
  const std::vector<Statement>& body = function(parsed).body;
  ASSERT_EQ(body.size(), 4u);
  const auto& let = std::get<LetStatement>(body[0].node);
  EXPECT_EQ(let.name.text, "a");
  EXPECT_TRUE(std::holds_alternative<Invalid>(let.value->node));
}

TEST(Declarations, EachLineHasItsDiagnostic) {
  const Parsed parsed(
      "loss f() {\n  x x\n  let\n  y * / 2\n  require\n  1\n}\nloss g( = 2\nloss h() = 3\n"
      "4\nloss i() = = 5\n");
  EXPECT_EQ(parsed.codes(), "E0201 E0201 E0201 E0201 E0202 E0201 E0232 E0215");
  EXPECT_NE(parsed.tree().find("loss h ="), std::string::npos);
  std::string unparsed;
  for (const Name& name : parsed.file.unparsed) unparsed += name.text;
  EXPECT_EQ(unparsed, "gi");
}

TEST(Declarations, ReservedWordsAreNoNames) {
  EXPECT_EQ(Parsed("loss f(pred in: real) = 1\n").codes(), "E0221");
  EXPECT_EQ(Parsed("loss if(pred x: real) = 1\n").codes(), "E0221");
  EXPECT_EQ(Parsed("loss f() {\n  let true = 1\n  2\n}\n").codes(), "E0221");
  EXPECT_EQ(Parsed("loss f() {\n  let ｐｉ = 1\n  2\n}\n").codes(), "E0221");
  EXPECT_EQ(Parsed("loss f() {\n  let _ = 1\n  2\n}\n").codes(), "E0236");
  EXPECT_EQ(Parsed("loss repeat() = 1\n").codes(), "E0220");
}

TEST(Declarations, Tests) {
  const Parsed parsed(
      "test \"a \\\"b\\\" \\\\ \\n\" {\n  let a = 1\n  f(a) == 2\n  grad[z](f(a)) == [1, 2] +- "
      "0.1\n}\n");
  EXPECT_EQ(parsed.codes(), "");
  const auto& test = std::get<TestDeclaration>(parsed.file.declarations[0].node);
  EXPECT_EQ(test.title, "a \"b\" \\ \n");
  EXPECT_EQ(std::get<CheckStatement>(test.body[1].node).tolerance, nullptr);
  EXPECT_NE(std::get<CheckStatement>(test.body[2].node).tolerance, nullptr);
  EXPECT_EQ(Parsed("test \"a\" {\n  f(1) == 2  f(2) == 3\n}\n").codes(), "E0201");
  EXPECT_EQ(Parsed("test \"a\" {\n  f(1) < 2\n  weight = 1\n  require 1, \"a\"\n}\n").codes(),
            "E0227 E0235 E0235");
}

}  // namespace
}  // namespace lossc::syntax
