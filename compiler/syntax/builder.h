// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ANTLR's tree → ours, by recursion over its contexts, and the rules that need more than one token:
// the result is last, positional arguments come first, a test has only checks. A context is passed
// as its base class, so that ANTLR's headers stay in the .cpp files; each function says which rule
// it takes. Where the parser met an error the line or declaration is marked; everything else is
// complete and is read without looking for holes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/syntax/tokens.h"

namespace antlr4 {
class ParserRuleContext;
class Token;
namespace tree {
class ParseTree;
}
}  // namespace antlr4

namespace lossc::syntax {

class Builder {
 public:
  using Context = antlr4::ParserRuleContext;

  Builder(FileId file, TokenStream& stream, Diagnostics& diagnostics);

  File file(Context* tree);

 private:
  // build_declarations.cpp
  void declaration(Context* tree, File& result);
  void remember_name(Context* tree, File& result);
  FunctionDeclaration function(Context* tree);
  ImportDeclaration import(Context* tree);
  TestDeclaration test(Context* tree);
  Parameter parameter(Context* tree);
  Type type(Context* tree);
  std::optional<SizeExpr> size(const Expr& expr);

  // build_statements.cpp
  std::vector<Statement> function_body(Context* block, const Name& name);
  std::vector<Statement> test_body(Context* block);
  std::optional<Statement> statement(Context* tree, bool in_test);
  std::optional<Statement> broken_statement(Context* line);
  std::optional<Statement> definition(Context* tree);
  std::optional<Statement> requirement(Context* tree, bool in_test);
  std::optional<Statement> assignment(Context* tree, bool in_test);
  std::optional<Statement> clause(Clause clause, const Expr& target, ExprPtr value);
  std::optional<Statement> check(Context* tree);
  void report_missing_result(const Name& name, const std::vector<Statement>& body,
                             const SourceRange& brace);

  // build_expressions.cpp
  ExprPtr expression(Context* tree);
  ExprPtr logical(Context* tree, LogicalOp op);
  ExprPtr negation(Context* tree);
  ExprPtr comparison(Context* tree);
  ExprPtr sum(Context* tree);
  ExprPtr product(Context* tree);
  ExprPtr unary(Context* tree);
  ExprPtr power(Context* tree);
  ExprPtr exponent(Context* tree);
  ExprPtr primary(Context* tree);

  // build_postfix.cpp
  struct Chain;
  ExprPtr postfix(Context* tree);
  void qualify(Chain& chain, Name part);
  void call(Chain& chain, const SourceRange& open, std::vector<Argument> values,
            const SourceRange& close);
  void select(Chain& chain, Brackets next);
  void settle(Chain& chain);
  std::vector<Argument> arguments(const std::vector<Context*>& trees);
  Argument argument(Context* tree);
  Brackets brackets(Context* tree);
  BracketItem item(Context* tree);

  // build_declarations.cpp: what all use
  Name name(Context* tree);
  std::string string(antlr4::Token* token) const;
  SourceRange range(Context* tree) const;
  SourceRange range(antlr4::Token* token) const;
  std::string_view text(const SourceRange& place) const;
  ExprPtr make(const SourceRange& place, decltype(Expr::node) node) const;

  FileId file_;
  TokenStream& stream_;
  Diagnostics& diagnostics_;
  std::string_view source_;
};

}  // namespace lossc::syntax
