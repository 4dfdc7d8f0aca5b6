// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Norms with an exponent that is known only when it runs, (Σ bᵢ^p)^(1/p), by the largest element:
// M·(Σ (bᵢ/M)^p)^(1/p), whose powers neither overflow nor vanish. As a function of M the right side
// is constant, so M is held fixed when it is differentiated, and the derivatives are those of the
// scaled sum. (A constant p would need quotients that are never multiplied out.)
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/rational.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

/// The node as b^p with b ≥ 0 and p ≠ 1.
std::optional<Stabiliser::Power> Stabiliser::as_power(ExprId node) {
  if (is_call(node, Builtin::pow)) {
    const ExprId base = argument(node);
    if (!nonnegative(base)) return std::nullopt;
    return Power{base, graph_.operands(node)[1]};
  }
  if (graph_.op(node) != Op::mul) return std::nullopt;
  const Product product = as_product(graph_, node);
  if (product.powers.size() != 1 || !product.coefficient.is(1)) return std::nullopt;
  const auto [base, exponent] = product.powers[0];
  if (exponent.sign() <= 0) return std::nullopt;
  const auto whole = exponent.to_long();
  const bool even = whole && *whole % 2 == 0;
  if (!even && !nonnegative(base)) return std::nullopt;
  const ExprId size = nonnegative(base) ? base : graph_.call(Builtin::abs, {base});
  return Power{size, graph_.constant(exponent)};
}

ExprId Stabiliser::raised(ExprId base, ExprId exponent) {
  if (graph_.op(exponent) == Op::constant) {
    return graph_.power(base, graph_.constant_of(exponent));
  }
  return graph_.call(Builtin::pow, {base, exponent});
}

/// M, 1 if all elements are 0, without a derivative.
ExprId Stabiliser::scale_of(ExprId largest) {
  const ExprId nothing = graph_.compare(ir::Relation::equal, largest, graph_.constant(0));
  return graph_.call(Builtin::stop_gradient, {graph_.select(nothing, graph_.constant(1), largest)});
}

/// Whether the elements of a sum were divided by their scale already: it is at least 1, and a
/// second time would change nothing.
bool Stabiliser::is_scaled(ExprId sum) {
  const bool reduced = graph_.op(sum) == Op::reduce && graph_.reduce_op(sum) == ReduceOp::sum;
  const Sum terms = as_sum(graph_, reduced ? graph_.operands(sum)[0] : sum);
  if (terms.terms.empty() || !terms.constant.is(0)) return false;
  return std::all_of(terms.terms.begin(), terms.terms.end(), [&](const auto& term) {
    const auto power = as_power(term.first);
    if (!power) return false;
    const Product base = as_product(graph_, power->base);
    return std::any_of(base.powers.begin(), base.powers.end(), [&](const auto& factor) {
      return is_call(factor.first, Builtin::stop_gradient) && factor.second.is(-1);
    });
  });
}

/// The sum of powers as its scale M and Σ (bᵢ/M)^p, whose terms are at most 1.
std::optional<Stabiliser::Scaled> Stabiliser::scaled_powers(ExprId sum) {
  if (graph_.op(sum) == Op::reduce && graph_.reduce_op(sum) == ReduceOp::sum) {
    const ir::Axis axis = graph_.axis(sum);
    const auto power = as_power(graph_.operands(sum)[0]);
    if (!power || graph_.is_free(power->exponent, axis)) return std::nullopt;
    const ExprId scale = scale_of(graph_.reduce(ReduceOp::max, axis, power->base));
    const ExprId part = raised(graph_.over(power->base, scale), power->exponent);
    return Scaled{scale, graph_.reduce(ReduceOp::sum, axis, part), power->exponent};
  }
  const Sum terms = as_sum(graph_, sum);
  if (!terms.constant.is(0) || terms.terms.size() < 2 || terms.terms.size() > 8) {
    return std::nullopt;
  }
  std::vector<Power> powers;
  for (const auto& [term, coefficient] : terms.terms) {
    const auto power = coefficient.is(1) ? as_power(term) : std::nullopt;
    if (!power || (!powers.empty() && powers[0].exponent != power->exponent)) return std::nullopt;
    powers.push_back(*power);
  }
  ExprId largest = powers[0].base;
  for (std::size_t i = 1; i < powers.size(); ++i) {
    largest = graph_.call(Builtin::max, {largest, powers[i].base});
  }
  const ExprId scale = scale_of(largest);
  Sum total;
  for (const Power& power : powers) {
    total.add(graph_, raised(graph_.over(power.base, scale), power.exponent), Number(1));
  }
  return Scaled{scale, built(graph_, total), powers[0].exponent};
}

/// Roots of a power: √(x²) = |x|.
bool Stabiliser::join_roots(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [base, exponent] = product.powers[i];
    if (exponent.is_integer()) continue;
    const auto power = as_power(base);
    if (!power || graph_.op(power->exponent) != Op::constant) continue;
    note(RuleId::root_of_square);
    product.remove(i);
    product.multiply(graph_, power->base, graph_.constant_of(power->exponent) * exponent);
    return true;
  }
  return false;
}

/// pow(Σ bᵢ^p, 1/p) with a p that is known only when it runs.
Stabiliser::Form Stabiliser::scaled_norm(ExprId base, ExprId exponent) {
  if (graph_.op(exponent) == Op::constant) return std::nullopt;
  const auto scaled = scaled_powers(base);
  if (!scaled || graph_.op(scaled->exponent) == Op::constant ||
      exponent != graph_.power(scaled->exponent, Number(-1)))
    return std::nullopt;
  note(RuleId::scaled_norm);
  return graph_.times(scaled->scale, graph_.call(Builtin::pow, {scaled->sum, exponent}));
}

}  // namespace lossc::stabilise
