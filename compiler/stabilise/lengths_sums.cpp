// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums with lengths: √(x² + y²) − y, and what the second derivative of a norm leaves of its square.
#include <algorithm>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

/// A·hypot(x, y) − A·y of a y ≥ 0.
bool Stabiliser::take_side(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [term, factor] = sum.terms[i];
    for (const auto& [length, exponent] : as_product(graph_, term).powers) {
      if (!is_call(length, Builtin::hypot) || !exponent.is(1)) continue;
      const ExprId rest = without(graph_, term, length, Number(1));
      for (const std::size_t side : {0u, 1u}) {
        const ExprId x = graph_.operands(length)[1 - side];
        const ExprId y = graph_.operands(length)[side];
        if (!nonnegative(y)) continue;
        const Sum wanted = as_sum(graph_, graph_.times(rest, y));
        const Number opposite = Number(0) - factor;
        if (!sum.contains(wanted, opposite)) continue;
        if (wanted.terms.empty() && !(sum.constant == opposite * wanted.constant)) continue;
        sum.remove(i);
        sum.subtract_terms(wanted, opposite);
        sum.constant = sum.constant - opposite * wanted.constant;
        note(RuleId::hypot_minus_side);
        Product joined = as_product(graph_, rest);
        joined.multiply(graph_, x, Number(2));
        joined.multiply(graph_, graph_.plus(length, y), Number(-1));
        sum.add(graph_, built(graph_, joined), factor);
        return true;
      }
    }
  }
  return false;
}

/// √Σ_{k ≠ position} b²
ExprId Stabiliser::norm_of_others(ExprId norm, ExprId position) {
  const ir::Axis axis = graph_.axis(norm);
  const ir::Axis other = graph_.fresh_axis(axis.size);
  const ExprId index = graph_.index(other);
  const ExprId body = graph_.substitute(graph_.operands(norm)[0], {{axis, index}});
  const ExprId apart = graph_.compare(ir::Relation::not_equal, index, position);
  return graph_.reduce(ReduceOp::norm, other, graph_.guard(apart, body));
}

bool Stabiliser::is_norm(ExprId node) const {
  return graph_.op(node) == Op::reduce && graph_.reduce_op(node) == ReduceOp::norm;
}

/// The product with x/m written down for quotient(x, m).
Product Stabiliser::without_quotients(ExprId node) {
  Product product;
  for (const auto& [base, power] : as_product(graph_, node).powers) {
    const bool quotient = is_call(base, Builtin::quotient);
    product.multiply(graph_, quotient ? graph_.operands(base)[0] : base, power);
    if (quotient) product.multiply(graph_, graph_.operands(base)[1], Number(0) - power);
  }
  return product;
}

/// Where along the norm's axis the element may be: the subscripts of its loads in place of the
/// axis.
std::vector<ExprId> Stabiliser::places(ExprId norm, ExprId element) {
  const ExprId index = graph_.index(graph_.axis(norm));
  const auto& allowed = graph_.free_axes(element);
  std::vector<ExprId> found;
  for (const ExprId node : graph_.reachable(std::vector<ExprId>{graph_.operands(norm)[0]})) {
    if (graph_.op(node) != Op::load) continue;
    const auto slots = graph_.operands(node);
    const auto slot = static_cast<std::size_t>(std::ranges::find(slots, index) - slots.begin());
    if (slot == slots.size()) continue;
    for (const ExprId other : graph_.reachable(std::vector<ExprId>{element})) {
      if (graph_.op(other) != Op::load || graph_.array(other) != graph_.array(node)) continue;
      const ExprId place = graph_.operands(other)[slot];
      const auto& axes = graph_.free_axes(place);
      if (!std::ranges::includes(allowed, axes)) continue;
      if (std::ranges::find(found, place) == found.end()) found.push_back(place);
    }
  }
  return found;
}

/// Where v has an element whose square is among the factors: its position, and the factors without
/// that square.
std::optional<std::pair<ExprId, Product>> Stabiliser::element_squared(const Product& product,
                                                                      ExprId norm) {
  for (const auto& [element, power] : product.powers) {
    if (power.sign() < 0) continue;
    for (const ExprId position : places(norm, element)) {
      const ExprId here =
          graph_.substitute(graph_.operands(norm)[0], {{graph_.axis(norm), position}});
      Product rest = product;
      const Product square = as_product(graph_, graph_.power(here, Number(2)));
      const bool held = std::all_of(square.powers.begin(), square.powers.end(), [&](const auto& s) {
        return std::any_of(product.powers.begin(), product.powers.end(), [&](const auto& p) {
          const bool enough = s.second.sign() > 0 ? !(p.second < s.second) : !(s.second < p.second);
          return p.first == s.first && enough;
        });
      });
      if (!held) continue;
      for (const auto& [base, exponent] : square.powers) {
        rest.multiply(graph_, base, Number(0) - exponent);
      }
      rest.coefficient = rest.coefficient / square.coefficient;
      return std::pair(position, rest);
    }
  }
  return std::nullopt;
}

/// A − A·v[j]²·‖v‖⁻² = A·‖v without v[j]‖²·‖v‖⁻², as in the second derivative of a norm, and
/// likewise with hypot(‖v‖, y) for ‖v‖.
bool Stabiliser::take_other_squares(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [small, factor] = sum.terms[i];
    if (graph_.op(small) != Op::mul) continue;
    const Product product = without_quotients(small);
    for (const auto& [length, below] : product.powers) {
      const bool smoothed = is_call(length, Builtin::hypot);
      const std::size_t side = smoothed && !is_norm(graph_.operands(length)[0]) ? 1 : 0;
      const ExprId norm = smoothed ? graph_.operands(length)[side] : length;
      if (!is_norm(norm) || Number(-2) < below) continue;
      const auto found = element_squared(product, norm);
      if (!found) continue;
      Product large = found->second;
      large.multiply(graph_, length, Number(2));
      const Number scale = large.coefficient;
      large.coefficient = Number(1);
      const ExprId whole = built(graph_, large);
      const bool constant = graph_.op(whole) == Op::constant;
      const Number there = constant ? sum.constant : sum.coefficient_of(whole);
      if (there != Number(0) - factor * scale) continue;
      note(RuleId::norm_of_others);
      ExprId others = norm_of_others(norm, found->first);
      if (smoothed) {
        others = applied(RuleId::root_of_squares, {others, graph_.operands(length)[1 - side]});
      }
      large.multiply(graph_, others, Number(2));
      large.multiply(graph_, length, Number(-2));
      sum.remove(i);
      if (constant) {
        sum.constant = Number(0);
      } else {
        sum.add_term(whole, Number(0) - there);
      }
      sum.add(graph_, built(graph_, large), there);
      return true;
    }
  }
  return false;
}

/// The same once products with sums are multiplied out, as simplify has factored them.
bool Stabiliser::take_factored_squares(Sum& sum) {
  if (stage_ != Stage::derivatives || sum.terms.size() > 8) return false;
  const bool scaled = std::any_of(sum.terms.begin(), sum.terms.end(), [&](const auto& term) {
    bool norm = false;
    bool inner = false;
    for (const auto& [base, exponent] : as_product(graph_, term.first).powers) {
      norm = norm || (exponent.sign() < 0 && is_norm(base));
      inner = inner || (graph_.op(base) == Op::add && exponent.is(1));
    }
    return norm && inner;
  });
  if (!scaled) return false;
  Sum wide = expanded(sum);
  if (!take_other_squares(wide)) return false;
  sum = wide;
  return true;
}

/// [j = p]·A − A′·v[p]·v[j]·‖v‖⁻², as in the derivative of v[p]/‖v‖: by cases, of which the first
/// is the difference above.
bool Stabiliser::take_guarded_squares(Sum& sum) {
  if (sum.terms.size() > 8) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [guard, there] = sum.terms[i];
    if (graph_.op(guard) != Op::select || !graph_.is_constant(graph_.operands(guard)[2], 0))
      continue;
    const ExprId condition = graph_.operands(guard)[0];
    if (graph_.op(condition) != Op::compare) continue;
    if (graph_.relation(condition) != ir::Relation::equal) continue;
    for (const std::size_t side : {0u, 1u}) {
      const ExprId index = graph_.operands(condition)[side];
      const ExprId position = graph_.operands(condition)[1 - side];
      if (graph_.op(index) != Op::index) continue;
      const ir::Axis axis = graph_.axis(index);
      if (graph_.is_free(position, axis)) continue;
      for (std::size_t j = 0; j < sum.terms.size(); ++j) {
        const auto [small, factor] = sum.terms[j];
        if (i == j || graph_.op(small) != Op::mul || !graph_.is_free(small, axis)) continue;
        Sum both;
        both.add(graph_, graph_.operands(guard)[1], there);
        both.add(graph_, graph_.substitute(small, {{axis, position}}), factor);
        if (!take_other_squares(both)) continue;
        const ExprId chosen =
            graph_.select(condition, built(graph_, both), graph_.scaled(factor, small));
        sum.remove(std::max(i, j));
        sum.remove(std::min(i, j));
        sum.add(graph_, chosen, Number(1));
        return true;
      }
    }
  }
  return false;
}

}  // namespace lossc::stabilise
