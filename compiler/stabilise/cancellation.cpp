// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Terms that cancel symbolically once a product is multiplied out or brought to one denominator:
// what derivatives of quotients are made of.
#include <algorithm>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::ExprId;
using ir::Number;
using ir::Op;

/// r·(y − x)·a − r·y·a → −r·x·a.
bool Stabiliser::take_term_of_factor(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [term, factor] = sum.terms[i];
    if (graph_.op(term) != Op::mul) continue;
    for (const auto& [base, exponent] : as_product(graph_, term).powers) {
      if (graph_.op(base) != Op::add || !exponent.is(1)) continue;
      const ExprId rest = without(graph_, term, base, Number(1));
      Sum inner = as_sum(graph_, base);
      if (inner.terms.size() > 8) continue;
      if (!inner.constant.is(0)) inner.terms.emplace_back(graph_.constant(1), inner.constant);
      inner.constant = Number(0);
      for (std::size_t k = 0; k < inner.terms.size(); ++k) {
        Product part = as_product(graph_, rest);
        part.multiply(graph_, inner.terms[k].first, Number(1));
        const Number scale = factor * inner.terms[k].second * part.coefficient;
        part.coefficient = Number(1);
        const ExprId opposite = built(graph_, part);
        const bool constant = graph_.is_constant(opposite, 1);
        const Number found = constant ? sum.constant : sum.coefficient_of(opposite);
        if (found.is(0) || found != Number(0) - scale) continue;
        inner.remove(k);
        sum.remove(i);
        if (constant) {
          sum.constant = Number(0);
        } else {
          sum.add_term(opposite, scale);
        }
        Sum kept;
        for (const auto& [part_of, coefficient] : inner.terms) {
          kept.add(graph_, part_of, coefficient);
        }
        Product left = as_product(graph_, rest);
        left.multiply(graph_, built(graph_, kept), Number(1));
        sum.add(graph_, built(graph_, left), factor);
        return true;
      }
    }
  }
  return false;
}

/// r/u − r/v → r·(v − u)/(u·v), where v − u is shorter than u and v.
bool Stabiliser::join_reciprocals(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  const auto below = [&](ExprId term) {
    std::vector<ExprId> found;
    for (const auto& [base, exponent] : as_product(graph_, term).powers) {
      if (graph_.op(base) == Op::add && exponent.is(-1)) found.push_back(base);
    }
    return found;
  };
  const auto length = [&](ExprId node) {
    const Sum parts = as_sum(graph_, node);
    return parts.terms.size() + (parts.constant.is(0) ? 0 : 1);
  };
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto [first, factor] = sum.terms[i];
      const auto [second, opposite] = sum.terms[j];
      if (factor != Number(0) - opposite) continue;
      for (const ExprId u : below(first)) {
        for (const ExprId v : below(second)) {
          const ExprId rest = without(graph_, first, u, Number(-1));
          if (u == v || rest != without(graph_, second, v, Number(-1))) continue;
          const ExprId gap = graph_.minus(v, u);
          if (length(gap) >= std::max(length(u), length(v))) continue;
          note(RuleId::difference_of_reciprocals);
          const ExprId joined = graph_.over(gap, graph_.times(u, v));
          const Number scale = factor;
          sum.remove(i);
          sum.remove(j);
          sum.add(graph_, graph_.times(rest, joined), scale);
          return true;
        }
      }
    }
  }
  return false;
}

/// |x|² = x², which has no kink.
bool Stabiliser::drop_absolute(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [base, exponent] = product.powers[i];
    const auto whole = exponent.to_long();
    if (!is_call(base, ir::Builtin::abs) || !whole || *whole % 2 != 0) continue;
    note(RuleId::absolute_value_squared);
    product.remove(i);
    product.multiply(graph_, argument(base), exponent);
    return true;
  }
  return false;
}

}  // namespace lossc::stabilise
