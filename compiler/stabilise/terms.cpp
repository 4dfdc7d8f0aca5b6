// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/stabilise/terms.h"

#include <algorithm>

namespace lossc::stabilise {

using ir::ExprId;
using ir::Graph;
using ir::Number;
using ir::Op;

Number Sum::coefficient_of(ExprId term) const {
  for (const auto& [node, coefficient] : terms) {
    if (node == term) return coefficient;
  }
  return Number(0);
}

void Sum::add_term(ExprId term, const Number& coefficient) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].first != term) continue;
    terms[i].second = terms[i].second + coefficient;
    if (terms[i].second.is(0)) remove(i);
    return;
  }
  if (!coefficient.is(0)) terms.emplace_back(term, coefficient);
}

void Sum::add(Graph& graph, ExprId node, const Number& factor) {
  const Sum other = as_sum(graph, node);
  constant = constant + factor * other.constant;
  for (const auto& [term, coefficient] : other.terms) add_term(term, factor * coefficient);
}

bool Sum::contains(const Sum& other, const Number& factor) const {
  return std::all_of(other.terms.begin(), other.terms.end(), [&](const auto& term) {
    return coefficient_of(term.first) == factor * term.second;
  });
}

void Sum::subtract_terms(const Sum& other, const Number& factor) {
  for (const auto& [term, coefficient] : other.terms) {
    add_term(term, Number(0) - factor * coefficient);
  }
}

void Product::multiply(Graph& graph, ExprId node, const Number& exponent) {
  const Product other = as_product(graph, node);
  const auto scale = ir::power(other.coefficient, exponent);
  const bool whole = other.coefficient.is(1) || (exponent.is_integer() && scale);
  if (!whole) {
    powers.emplace_back(node, exponent);
    return;
  }
  if (!other.coefficient.is(1)) coefficient = coefficient * *scale;
  for (const auto& [base, power] : other.powers) {
    const auto same = std::find_if(powers.begin(), powers.end(),
                                   [&, b = base](const auto& entry) { return entry.first == b; });
    if (same == powers.end()) {
      powers.emplace_back(base, power * exponent);
      continue;
    }
    same->second = same->second + power * exponent;
    if (same->second.is(0)) powers.erase(same);
  }
}

Sum as_sum(Graph& graph, ExprId node) {
  Sum sum;
  switch (graph.op(node)) {
    case Op::constant:
      sum.constant = graph.constant_of(node);
      return sum;
    case Op::mul: {
      const Number coefficient = graph.constant_of(node);
      if (coefficient.is(1)) break;
      Product unit = as_product(graph, node);
      unit.coefficient = Number(1);
      sum.terms.emplace_back(built(graph, unit), coefficient);
      return sum;
    }
    case Op::add: {
      sum.constant = graph.constant_of(node);
      const auto operand_span = graph.operands(node);
      const std::vector<ExprId> operands(operand_span.begin(), operand_span.end());
      const auto factor_span = graph.factors(node);
      const std::vector<Number> factors(factor_span.begin(), factor_span.end());
      for (std::size_t i = 0; i < operands.size(); ++i) {
        const bool scaled =
            graph.op(operands[i]) == Op::mul && !graph.constant_of(operands[i]).is(1);
        if (scaled) {
          sum.add(graph, operands[i], factors[i]);
        } else {
          sum.terms.emplace_back(operands[i], factors[i]);
        }
      }
      return sum;
    }
    default:
      break;
  }
  sum.terms.emplace_back(node, Number(1));
  return sum;
}

Product as_product(Graph& graph, ExprId node) {
  Product product;
  if (graph.op(node) == Op::constant) {
    product.coefficient = graph.constant_of(node);
    return product;
  }
  if (graph.op(node) == Op::mul) {
    product.coefficient = graph.constant_of(node);
    const auto operands = graph.operands(node);
    const auto exponents = graph.factors(node);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      product.powers.emplace_back(operands[i], exponents[i]);
    }
    return product;
  }
  const bool scaled = graph.op(node) == Op::add && graph.operands(node).size() == 1 &&
                      graph.constant_of(node).is(0);
  if (!scaled) {
    product.powers.emplace_back(node, Number(1));
    return product;
  }
  const Number coefficient = graph.factors(node)[0];
  const ExprId operand = graph.operands(node)[0];
  if (graph.op(operand) == Op::mul) {
    product = as_product(graph, operand);
    product.coefficient = product.coefficient * coefficient;
  } else {
    product.coefficient = coefficient;
    product.powers.emplace_back(operand, Number(1));
  }
  return product;
}

ExprId without(Graph& graph, ExprId node, ExprId base, const Number& exponent) {
  Product product = as_product(graph, node);
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    if (product.powers[i].first != base) continue;
    product.powers[i].second = product.powers[i].second - exponent;
    if (product.powers[i].second.is(0)) product.remove(i);
    break;
  }
  return built(graph, product);
}

ExprId built(Graph& graph, const Sum& sum) { return graph.add(sum.constant, sum.terms); }
ExprId built(Graph& graph, const Product& product) {
  return graph.mul(product.coefficient, product.powers);
}

}  // namespace lossc::stabilise
