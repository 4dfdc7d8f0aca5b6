// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A softmax that was spelled out, e/Σe, after the constructors have taken what they could out of
// the sums around it: eᵘ Σ_k eᵛ f is Σ_k softmax f, and 1 − Σ_k softmax f is Σ_k softmax (1 − f).
#include <algorithm>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

/// e^(u + v) as a power of a whole softmax along the axis, n R being part of −u.
Stabiliser::Form Stabiliser::softmax_power(ExprId u, ExprId v, Axis axis) {
  for (const auto& [reduced, factor] : as_sum(graph_, u).terms) {
    if (!is_lse(reduced) || factor.sign() >= 0) continue;
    const Number power = Number(0) - factor;
    const ExprId log = graph_.scaled(Number(1) / power, graph_.plus(u, v));
    const ExprId weight = graph_.weight(graph_.plus(log, reduced), reduced);
    if (ir::softmax_axis(graph_, weight) == axis) return graph_.power(weight, power);
  }
  return std::nullopt;
}

/// eᵘ Σ_k eᵛ f → Σ_k softmax f.
bool Stabiliser::distribute_exp(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [outer, one] = product.powers[i];
    if (!is_call(outer, Builtin::exp) || !one.is(1)) continue;
    for (std::size_t j = 0; j < product.powers.size(); ++j) {
      const auto [sum, exponent] = product.powers[j];
      if (!exponent.is(1) || graph_.op(sum) != Op::reduce) continue;
      if (graph_.reduce_op(sum) != ReduceOp::sum) continue;
      const Axis axis = graph_.fresh_axis(graph_.axis(sum).size);
      ExprId body = ir::logit_at(graph_, sum, graph_.index(axis));
      ExprId condition;
      if (graph_.op(body) == Op::select && graph_.is_constant(graph_.operands(body)[2], 0)) {
        condition = graph_.operands(body)[0];
        body = graph_.operands(body)[1];
      }
      for (const auto& [inner, power] : as_product(graph_, body).powers) {
        if (!is_call(inner, Builtin::exp) || !power.is(1)) continue;
        const Form weight = softmax_power(argument(outer), argument(inner), axis);
        if (!weight) continue;
        ExprId element = graph_.times(without(graph_, body, inner, Number(1)), *weight);
        if (condition.valid()) element = graph_.guard(condition, element);
        note(RuleId::softmax_from_exps);
        product.remove(std::max(i, j));
        product.remove(std::min(i, j));
        const ExprId total = settled(graph_.reduce(ReduceOp::sum, axis, element));
        product.multiply(graph_, total, Number(1));
        return true;
      }
    }
  }
  return false;
}

/// 1 − Σ_k softmax f with 0 ≤ f ≤ 1.
Stabiliser::Form Stabiliser::complement_of_mean(ExprId e) {
  const Axis axis = graph_.fresh_axis(graph_.axis(e).size);
  const ExprId body = ir::logit_at(graph_, e, graph_.index(axis));
  for (const auto& [w, exponent] : as_product(graph_, body).powers) {
    if (exponent.sign() <= 0 || !exponent.is_integer()) continue;
    if (ir::softmax_axis(graph_, w) != axis) continue;
    if (may_be_absent(graph_.operands(w)[0])) continue;
    const ExprId value = without(graph_, body, w, Number(1));
    if (!unit(value) || graph_.op(value) == Op::constant) continue;
    note(RuleId::one_minus_mean);
    return graph_.reduce(ReduceOp::sum, axis, graph_.times(w, complement(value)));
  }
  return std::nullopt;
}

/// c·P·(R − z_i) + c·P·Σ_k (z_k − R)/K = c·P·Σ_k (z_k − z_i)/K. After the first is a softplus and
/// the second is what certain.cpp makes of it, if it has come so far.
bool Stabiliser::take_mean_of_logs(Sum& sum) {
  const auto holds_sum = [&](const auto& term) {
    const Product product = as_product(graph_, term.first);
    return std::any_of(product.powers.begin(), product.powers.end(),
                       [&](const auto& power) { return is_sum_over_axis(power.first); });
  };
  if (std::none_of(sum.terms.begin(), sum.terms.end(), holds_sum)) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    for (const auto& [loss, one] : as_product(graph_, sum.terms[i].first).powers) {
      if (!is_call(loss, Builtin::softplus) || !one.is(1)) continue;
      const auto share = share_of(graph_.call(Builtin::sigmoid, {graph_.negate(argument(loss))}));
      if (!share) continue;
      const Axis axis = graph_.fresh_axis(graph_.axis(share->reduced).size);
      Product scale = as_product(graph_, without(graph_, sum.terms[i].first, loss, Number(1)));
      scale.multiply(graph_, graph_.size(axis.size), Number(-1));
      const ExprId here = ir::logit_at(graph_, share->reduced, graph_.index(axis));
      for (const bool negative : {false, true}) {
        const ExprId plain =
            graph_.scaled(Number(negative ? 1 : -1), graph_.minus(here, share->reduced));
        const ExprId log =
            stage_ == Stage::derivatives ? log_weight(share->reduced, axis, negative) : plain;
        const ExprId total = graph_.reduce(ReduceOp::sum, axis, log);
        const ExprId mean = graph_.times(built(graph_, scale), total);
        const Number factor = sum.terms[i].second;
        const Number opposite = negative ? factor : Number(0) - factor;
        if (sum.coefficient_of(mean) != opposite) continue;
        note(RuleId::mean_of_log_softmax);
        const ExprId gaps = graph_.reduce(ReduceOp::sum, axis, graph_.minus(here, share->x));
        sum.add_term(ExprId(sum.terms[i].first), Number(0) - factor);
        sum.add_term(mean, Number(0) - opposite);
        sum.add(graph_, graph_.times(built(graph_, scale), gaps), factor);
        return true;
      }
    }
  }
  return false;
}

}  // namespace lossc::stabilise
