// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Logarithms of sums of squares and of what they make with their roots.
#include <algorithm>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

/// log(u + √(u² + c²)) = asinh(u/c) + log c, log(u + √(u² − 1)) = acosh u.
Stabiliser::Form Stabiliser::log_of_root_sum(const Sum& sum) {
  if (sum.terms.size() != 2 || !sum.constant.is(0)) return std::nullopt;
  for (const std::size_t i : {0u, 1u}) {
    const auto [root, one] = sum.terms[i];
    if (!one.is(1)) continue;
    const ExprId u = graph_.scaled(sum.terms[1 - i].second, sum.terms[1 - i].first);
    if (is_call(root, Builtin::hypot)) {
      for (const std::size_t side : {0u, 1u}) {
        const ExprId x = graph_.operands(root)[side];
        const ExprId c = graph_.operands(root)[1 - side];
        if (graph_.op(c) != Op::constant || (x != u && x != graph_.negate(u))) continue;
        const ExprId log = applied(RuleId::log_plus_length, {graph_.over(u, c)});
        return graph_.plus(log, logarithm(c));
      }
    }
    if (is_root_of_square_less_one(root, u)) {
      return applied(RuleId::log_plus_root, {u});
    }
  }
  return std::nullopt;
}

/// √(u² − 1), as it stands or as √((u − 1)(u + 1)).
bool Stabiliser::is_root_of_square_less_one(ExprId root, ExprId u) {
  const ExprId one = graph_.constant(1);
  Product square = as_product(graph_, graph_.power(root, Number(2)));
  if (square.powers.size() == 1 && square.coefficient.is(1)) {
    return square.powers[0].second.is(1) &&
           square.powers[0].first == graph_.minus(graph_.power(u, Number(2)), one);
  }
  if (square.powers.size() != 2) return false;
  Number sign = square.coefficient;
  bool above = false;
  bool below = false;
  for (const auto& [base, exponent] : square.powers) {
    if (!exponent.is(1)) return false;
    const Sum side = as_sum(graph_, graph_.minus(base, u));
    const Sum opposite = as_sum(graph_, graph_.plus(base, u));
    const bool mirrored = !side.terms.empty();
    const Sum& rest = mirrored ? opposite : side;
    if (!rest.terms.empty()) return false;
    if (mirrored) sign = Number(0) - sign;
    const Number constant = mirrored ? Number(0) - rest.constant : rest.constant;
    above = above || constant.is(1);
    below = below || constant.is(-1);
  }
  return above && below && sign.is(1);
}

/// log(1 + side²), numerator and denominator of the side apart.
ExprId Stabiliser::log_one_plus_square(ExprId side) {
  Product above = as_product(graph_, side);
  Product below;
  for (const auto& [base, exponent] : above.powers) {
    if (exponent.sign() < 0) below.powers.emplace_back(base, Number(0) - exponent);
  }
  std::erase_if(above.powers, [](const auto& p) { return p.second.sign() < 0; });
  return applied(RuleId::log_one_plus_square, {built(graph_, above), built(graph_, below)});
}

/// log of a sum of squares, of 1 and squares by the primitive that keeps its digits near 1.
Stabiliser::Form Stabiliser::log_of_squares(ExprId e) {
  Sum rest = as_sum(graph_, e);
  if (rest.constant.sign() > 0) {
    const Number constant = rest.constant;
    rest.constant = Number(0);
    for (auto& [term, coefficient] : rest.terms) coefficient = coefficient / constant;
    const Form side = length_of(built(graph_, rest));
    if (!side) return std::nullopt;
    return graph_.plus(log_one_plus_square(*side), logarithm(graph_.constant(constant)));
  }
  const Form length = length_of(e);
  if (!length) return std::nullopt;
  note(RuleId::log_of_squares);
  return graph_.scaled(Number(2), logarithm(*length));
}

}  // namespace lossc::stabilise
