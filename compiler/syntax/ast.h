// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The abstract syntax: what the author wrote, with places, before any meaning. Sums, products and
// chains of `and`/`or` are flat lists, so that a sum of 200,000 terms is one node and no pass needs
// a deep stack; what still nests is limited to 256 levels by the parser.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "compiler/support/source.h"

namespace lossc::syntax {

/// An identifier after NFKC, with ′ as '.
struct Name {
  std::string text;
  SourceRange range;
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Number {
  std::string spelling;  ///< as written: the checker decides what it means exactly
};
struct Boolean {
  bool value = false;
};
struct Infinity {};
struct Pi {};
/// A wrong expression that was diagnosed; every pass accepts it silently.
struct Invalid {};

/// A name used as a value: a parameter, a `let`, a size or an index.
struct Reference {
  Name name;
};

struct ArrayLiteral {
  std::vector<ExprPtr> elements;
};

/// One entry of `[…]`: an expression, `_`, `i in K`, or `i in a .. b`.
struct BracketItem {
  SourceRange range;
  bool keep = false;    ///< `_`
  ExprPtr value;        ///< the expression; for `i in …`, a Reference to i
  ExprPtr range_first;  ///< `i in a .. b`: a; `i in K`: null
  ExprPtr range_last;   ///< b, or K
  bool has_range() const { return range_last != nullptr; }
};

/// `[i, j where c]`.
struct Brackets {
  SourceRange range;
  std::vector<BracketItem> items;
  ExprPtr where;  ///< may be null
};

struct Argument {
  std::optional<Name> name;  ///< of `name = value`
  ExprPtr value;
};

/// `f(x, y = 1)`, `module.f(x)`, `sum[K](e)`, `grad[z](focal(…))`.
struct Call {
  std::vector<Name> qualifier;  ///< `regression` of `regression.huber(…)`
  Name callee;
  std::optional<Brackets> brackets;
  std::vector<Argument> arguments;
};

/// `a[i, _]`; also `count[i where c]`, which has no argument list.
struct Subscript {
  ExprPtr base;
  Brackets brackets;
};

enum class UnaryOp { negate, logical_not };
struct Unary {
  UnaryOp op{};
  ExprPtr operand;
};

struct Power {
  ExprPtr base;
  ExprPtr exponent;
};

/// A term of a sum or a factor of a product; `inverse` is − or ÷ before it.
struct Term {
  bool inverse = false;
  ExprPtr value;
  SourceRange op;  ///< of the operator before it; invalid for the first
};
struct Sum {
  std::vector<Term> terms;  ///< at least two
};
struct Product {
  std::vector<Term> factors;  ///< at least two
};

enum class Relation { less, less_equal, greater, greater_equal, equal, not_equal };
struct Comparison {
  Relation relation{};
  ExprPtr left;
  ExprPtr right;
};

enum class LogicalOp { conjunction, disjunction };
struct Logical {
  LogicalOp op{};
  std::vector<ExprPtr> operands;  ///< at least two
};

struct Conditional {
  ExprPtr condition;
  ExprPtr consequence;
  ExprPtr alternative;
};

struct Expr {
  SourceRange range;
  std::variant<Invalid, Number, Boolean, Infinity, Pi, Reference, ArrayLiteral, Call, Subscript,
               Unary, Power, Sum, Product, Comparison, Logical, Conditional>
      node;
};

/// `K`, `K - 1`, `4`: a symbol plus an offset; without a symbol, the offset is the size.
struct SizeExpr {
  std::optional<Name> symbol;
  std::int64_t offset = 0;
  SourceRange range;
};

struct DomainArgument {
  std::optional<Name> name;  ///< `ignore` of `ignore = -100`
  ExprPtr value;
};

/// `class(K, ignore = -100)[T]`.
struct Type {
  Name domain;
  std::vector<DomainArgument> arguments;
  std::vector<SizeExpr> axes;
  SourceRange range;
};

enum class Role { none, pred, target, param };

struct Parameter {
  Role role = Role::none;
  Name name;
  std::optional<Type> type;
  ExprPtr default_value;  ///< may be null
  SourceRange range;
};

struct LetStatement {
  Name name;
  std::optional<Brackets> indices;
  ExprPtr value;
};
struct RequireStatement {
  ExprPtr condition;
  std::string message;
};
enum class Clause { weight, divisor, grad, hess };
/// `weight = e`, `divisor = e`, `grad[x] = e`, `hess[x] = e`.
struct ClauseStatement {
  Clause clause{};
  std::optional<Name> subject;  ///< x
  ExprPtr value;
};
/// The last statement of a body.
struct ResultStatement {
  ExprPtr value;
};
/// `left == right +- tolerance`, in tests only.
struct CheckStatement {
  ExprPtr left;
  ExprPtr right;
  ExprPtr tolerance;  ///< may be null
};

struct Statement {
  SourceRange range;
  std::variant<LetStatement, RequireStatement, ClauseStatement, ResultStatement, CheckStatement>
      node;
};

enum class DeclarationKind { loss, batch_loss, metric, batch_metric, func };

struct FunctionDeclaration {
  DeclarationKind kind{};
  Name name;
  std::vector<Parameter> parameters;
  std::vector<Statement> body;
  bool single_expression = false;  ///< written `= expr`
};
struct ImportDeclaration {
  std::vector<Name> path;
};
struct TestDeclaration {
  std::string title;
  std::vector<Statement> body;
};

struct Declaration {
  SourceRange range;
  std::string documentation;  ///< the `##` lines before it, joined by newlines, markers removed
  std::variant<ImportDeclaration, FunctionDeclaration, TestDeclaration> node;
};

struct File {
  FileId file;
  std::vector<Declaration> declarations;
  /// Functions whose declaration was too wrong to keep; calls of them are no further errors.
  std::vector<Name> unparsed;
};

}  // namespace lossc::syntax
