// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators. Each rule of the grammar has one operand or a flat list with the signs between; a list
// of one is its operand.
#include <antlr4-runtime.h>
#include <fmt/format.h>

#include "compiler/syntax/builder.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

namespace {

Builder::Context* child(Builder::Context* tree, std::size_t index) {
  return static_cast<Builder::Context*>(tree->children[index]);
}
antlr4::Token* terminal(Builder::Context* tree, std::size_t index) {
  return static_cast<antlr4::tree::TerminalNode*>(tree->children[index])->getSymbol();
}

Relation relation(std::size_t type) {
  switch (type) {
    case LossParser::LESS:
      return Relation::less;
    case LossParser::LESS_EQUAL:
      return Relation::less_equal;
    case LossParser::GREATER:
      return Relation::greater;
    case LossParser::GREATER_EQUAL:
      return Relation::greater_equal;
    case LossParser::EQUAL:
      return Relation::equal;
    default:
      return Relation::not_equal;
  }
}

}  // namespace

ExprPtr Builder::expression(Context* tree) {
  auto* expr = static_cast<LossParser::ExprContext*>(tree);
  if (expr->children.size() == 1) return logical(child(expr, 0), LogicalOp::disjunction);
  return make(range(tree), Conditional{expression(expr->expr(0)), expression(expr->expr(1)),
                                       expression(expr->expr(2))});
}

/// disjunction or conjunction
ExprPtr Builder::logical(Context* tree, LogicalOp op) {
  const auto operand = [&](std::size_t i) {
    return op == LogicalOp::disjunction ? logical(child(tree, i), LogicalOp::conjunction)
                                        : negation(child(tree, i));
  };
  if (tree->children.size() == 1) return operand(0);
  Logical result{op, {}};
  for (std::size_t i = 0; i < tree->children.size(); i += 2) {
    result.operands.push_back(operand(i));
  }
  return make(range(tree), std::move(result));
}

ExprPtr Builder::negation(Context* tree) {
  if (tree->children.size() == 1) return comparison(child(tree, 0));
  return make(range(tree), Unary{UnaryOp::logical_not, negation(child(tree, 1))});
}

ExprPtr Builder::comparison(Context* tree) {
  const std::size_t count = tree->children.size();
  if (count == 1) return sum(child(tree, 0));
  ExprPtr left = sum(child(tree, 0));
  ExprPtr right = sum(child(tree, 2));
  if (count == 3) {
    return make(range(tree), Comparison{relation(terminal(tree, 1)->getType()), std::move(left),
                                        std::move(right)});
  }
  std::string mended;
  for (std::size_t i = 0; i + 2 < count; i += 2) {
    mended += fmt::format("{}{} {} {}", i == 0 ? "" : " and ", text(range(child(tree, i))),
                          text(range(terminal(tree, i + 1))), text(range(child(tree, i + 2))));
  }
  diagnostics_.report(Diagnostic::chained_comparison, range(terminal(tree, 3)))
      .fix(range(tree), mended, "write");
  return make(range(tree), Invalid{});
}

ExprPtr Builder::sum(Context* tree) {
  if (tree->children.size() == 1) return product(child(tree, 0));
  Sum result;
  result.terms.push_back({false, product(child(tree, 0)), {}});
  for (std::size_t i = 1; i < tree->children.size(); i += 2) {
    antlr4::Token* sign = terminal(tree, i);
    result.terms.push_back(
        {sign->getType() == LossParser::MINUS, product(child(tree, i + 1)), range(sign)});
  }
  return make(range(tree), std::move(result));
}

ExprPtr Builder::product(Context* tree) {
  if (tree->children.size() == 1) return unary(child(tree, 0));
  Product result;
  result.factors.push_back({false, unary(child(tree, 0)), {}});
  for (std::size_t i = 1; i < tree->children.size(); i += 2) {
    antlr4::Token* sign = terminal(tree, i);
    result.factors.push_back(
        {sign->getType() == LossParser::DIVIDE, unary(child(tree, i + 1)), range(sign)});
  }
  return make(range(tree), std::move(result));
}

ExprPtr Builder::unary(Context* tree) {
  if (tree->children.size() == 1) return power(child(tree, 0));
  return make(range(tree), Unary{UnaryOp::negate, unary(child(tree, 1))});
}

ExprPtr Builder::power(Context* tree) {
  if (tree->children.size() == 1) return postfix(child(tree, 0));
  ExprPtr base = postfix(child(tree, 0));
  return make(range(tree), Power{std::move(base), exponent(child(tree, 2))});
}

ExprPtr Builder::exponent(Context* tree) {
  if (tree->children.size() == 1) return power(child(tree, 0));
  return make(range(tree), Unary{UnaryOp::negate, exponent(child(tree, 1))});
}

ExprPtr Builder::primary(Context* tree) {
  auto* primary = static_cast<LossParser::PrimaryContext*>(tree);
  const SourceRange place = range(tree);
  if (LossParser::NameContext* reference = primary->name()) {
    return make(place, Reference{name(reference)});
  }
  switch (primary->getStart()->getType()) {
    case LossParser::NUMBER:
      return make(place, Number{std::string(text(place))});
    case LossParser::TRUE:
      return make(place, Boolean{true});
    case LossParser::FALSE:
      return make(place, Boolean{false});
    case LossParser::INF:
      return make(place, Infinity{});
    case LossParser::PI:
      return make(place, Pi{});
    case LossParser::LPAREN:
      return expression(primary->expr(0));
    case LossParser::LBRACKET:
      break;
    default:
      return make(place, Invalid{});
  }
  ArrayLiteral array;
  for (std::size_t i = 1; i + 1 < primary->children.size(); i += 2) {
    array.elements.push_back(expression(child(primary, i)));
  }
  if (!array.elements.empty()) return make(place, std::move(array));
  diagnostics_.report(Diagnostic::empty_brackets, place);
  return make(place, Invalid{});
}

}  // namespace lossc::syntax
