// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/numerics/syntax_copy.h"

namespace lossc::testing {
namespace {

using syntax::Expr;
using syntax::ExprPtr;

ExprPtr optional_copy(const ExprPtr& expression) {
  return expression == nullptr ? nullptr : copy_of(*expression);
}

syntax::Brackets copy_of_brackets(const syntax::Brackets& brackets) {
  syntax::Brackets result;
  for (const syntax::BracketItem& item : brackets.items) {
    result.items.push_back({item.range, item.keep, optional_copy(item.value),
                            optional_copy(item.range_first), optional_copy(item.range_last)});
  }
  result.where = optional_copy(brackets.where);
  return result;
}

struct Copier {
  const ExpressionMap& image;

  std::vector<syntax::Term> terms(const std::vector<syntax::Term>& from) const {
    std::vector<syntax::Term> result;
    for (const syntax::Term& term : from) result.push_back({term.inverse, image(*term.value), {}});
    return result;
  }
  std::vector<ExprPtr> all(const std::vector<ExprPtr>& from) const {
    std::vector<ExprPtr> result;
    for (const ExprPtr& one : from) result.push_back(image(*one));
    return result;
  }

  template <class Leaf>
  ExprPtr operator()(const Leaf& leaf) const {
    return expression_of(leaf);
  }
  ExprPtr operator()(const syntax::ArrayLiteral& literal) const {
    return expression_of(syntax::ArrayLiteral{all(literal.elements)});
  }
  ExprPtr operator()(const syntax::Call& call) const {
    syntax::Call result;
    result.qualifier = call.qualifier;
    result.callee = call.callee;
    if (call.brackets) result.brackets = copy_of_brackets(*call.brackets);
    for (const syntax::Argument& argument : call.arguments) {
      result.arguments.push_back({argument.name, image(*argument.value)});
    }
    return expression_of(std::move(result));
  }
  ExprPtr operator()(const syntax::Subscript& subscript) const {
    return expression_of(
        syntax::Subscript{image(*subscript.base), copy_of_brackets(subscript.brackets)});
  }
  ExprPtr operator()(const syntax::Unary& unary) const {
    return expression_of(syntax::Unary{unary.op, image(*unary.operand)});
  }
  ExprPtr operator()(const syntax::Power& power) const {
    return expression_of(syntax::Power{image(*power.base), image(*power.exponent)});
  }
  ExprPtr operator()(const syntax::Sum& sum) const {
    return expression_of(syntax::Sum{terms(sum.terms)});
  }
  ExprPtr operator()(const syntax::Product& product) const {
    return expression_of(syntax::Product{terms(product.factors)});
  }
  ExprPtr operator()(const syntax::Comparison& comparison) const {
    return expression_of(
        syntax::Comparison{comparison.relation, image(*comparison.left), image(*comparison.right)});
  }
  ExprPtr operator()(const syntax::Logical& logical) const {
    return expression_of(syntax::Logical{logical.op, all(logical.operands)});
  }
  ExprPtr operator()(const syntax::Conditional& conditional) const {
    return expression_of(syntax::Conditional{image(*conditional.condition),
                                             image(*conditional.consequence),
                                             image(*conditional.alternative)});
  }
};

}  // namespace

ExprPtr with_operands(const Expr& expression, const ExpressionMap& image) {
  return std::visit(Copier{image}, expression.node);
}

ExprPtr copy_of(const Expr& expression) {
  return with_operands(expression, [](const Expr& operand) { return copy_of(operand); });
}

syntax::Type copy_of(const syntax::Type& type) {
  syntax::Type result;
  result.domain = type.domain;
  for (const syntax::DomainArgument& argument : type.arguments) {
    result.arguments.push_back({argument.name, optional_copy(argument.value)});
  }
  result.axes = type.axes;
  return result;
}

ExprPtr reference_to(const std::string& name) {
  return expression_of(syntax::Reference{{name, {}}});
}

}  // namespace lossc::testing
