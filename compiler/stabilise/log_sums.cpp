// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(eˣ + eʸ) once all derivatives are there. While formulas are matched it is y + softplus(x −
// y), one term of which may cancel with others; but if |y| is large and x is not, its rounding
// shows: then it is max(x, y) + softplus(−|x − y|). And eˣ of an x that holds log w is w·e^(x − log
// w).
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;

/// c·y + c·softplus(x − y) → c·max(x, y) + c·softplus(−|x − y|).
bool Stabiliser::take_log_add(Sum& sum) {
  if (stage_ != Stage::derivatives || sum.terms.size() > longest) return false;
  for (const auto& [loss, factor] : sum.terms) {
    if (!is_call(loss, Builtin::softplus)) continue;
    const ExprId u = argument(loss);
    Sum minuend;  // −y
    for (const auto& [term, coefficient] : as_sum(graph_, u).terms) {
      if (sum.coefficient_of(term) == Number(0) - coefficient * factor) {
        minuend.add_term(term, coefficient);
      }
    }
    const ExprId y = graph_.negate(built(graph_, minuend));
    const ExprId x = graph_.plus(u, y);
    if (minuend.terms.empty() || graph_.is_constant(x, 0)) continue;
    const ExprId distance = graph_.call(Builtin::abs, {u});
    const ExprId near = graph_.call(Builtin::softplus, {graph_.negate(distance)});
    const Number scale = factor;
    note(RuleId::log_sum_of_exps_by_larger);
    sum.add_term(ExprId(loss), Number(0) - scale);
    sum.subtract_terms(minuend, Number(0) - scale);
    sum.add(graph_, graph_.call(Builtin::max, {x, y}), scale);
    sum.add(graph_, near, scale);
    return true;
  }
  return false;
}

/// A product with a 0 is 0, also that of Σ and 1/n over an empty selection. In parts its logarithm
/// would be −∞ + ∞.
Stabiliser::Form Stabiliser::of_nothing_first(ExprId e, const Form& parts) {
  if (!parts) return parts;
  for (const auto& [base, exponent] : as_product(graph_, e).powers) {
    const analysis::Range& range = ranges_[base];
    const bool counts = exponent.sign() < 0 && range.integer && range.low == 0 &&
                        graph_.op(base) != ir::Op::size && graph_.op(base) != ir::Op::load;
    if (!counts) continue;
    const ExprId none = graph_.compare(ir::Relation::equal, base, graph_.constant(0));
    const ExprId whole = graph_.call(Builtin::stop_gradient, {e});
    return graph_.select(none, graph_.call(Builtin::log, {whole}), *parts);
  }
  return parts;
}

/// Whether a filter or a branch may leave nothing of what it is the logarithm of: then it is −∞.
bool Stabiliser::may_vanish(ExprId log, int depth) {
  constexpr int most_nested = 8;
  const auto operands = graph_.operands(log);
  if (graph_.op(log) == ir::Op::constant) {
    const Number& value = graph_.constant_of(log);
    return value.sign() < 0 && !value.finite();
  }
  if (depth == most_nested) return false;
  if (is_lse(log)) return may_vanish(operands[0], depth + 1);
  if (graph_.op(log) == ir::Op::select) {
    return may_vanish(operands[1], depth + 1) || may_vanish(operands[2], depth + 1);
  }
  return graph_.op(log) == ir::Op::add &&
         std::any_of(operands.begin(), operands.end(),
                     [&](ExprId term) { return may_vanish(term, depth + 1); });
}

/// log(eˣ + eʸ), also where both are empty sums: −∞ less −∞ is no number.
ExprId Stabiliser::log_add(ExprId x, ExprId y) {
  const ExprId sum = applied(RuleId::log_sum_of_exps, {x, y});
  if (!may_vanish(x) || !may_vanish(y)) return sum;
  const ExprId nothing = graph_.constant(Number::infinity(true));
  return graph_.select(graph_.compare(ir::Relation::equal, y, nothing), x, sum);
}

/// The number of elements along an axis.
bool Stabiliser::is_extent(ExprId node, ir::SizeId size) {
  if (graph_.op(node) == ir::Op::size) return graph_.size_of(node) == size;
  const auto extent = graph_.extent(size);
  return extent && graph_.is_constant(node, static_cast<long>(*extent));
}

/// c·R − c·log K, the logarithm of a mean of exps, which is near the mean of x where all x are
/// small: x_m + log1p(mean(expm1(x − x_m))).
bool Stabiliser::take_log_mean(Sum& sum) {
  if (stage_ != Stage::derivatives) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [reduced, factor] = sum.terms[i];
    if (!is_lse(reduced) || may_be_absent(graph_.operands(reduced)[0])) continue;
    const ir::SizeId size = graph_.axis(reduced).size;
    for (std::size_t j = 0; j < sum.terms.size(); ++j) {
      const auto [log, opposite] = sum.terms[j];
      if (!is_call(log, Builtin::log) || opposite != Number(0) - factor) continue;
      if (!is_extent(argument(log), size)) continue;
      note(RuleId::log_mean_exp);
      const ExprId largest = ir::logit_at(graph_, reduced, ir::largest_position(graph_, reduced));
      const ir::Axis axis = graph_.fresh_axis(size);
      const ExprId x = ir::logit_at(graph_, reduced, graph_.index(axis));
      const ExprId gap = graph_.call(Builtin::expm1, {graph_.minus(x, largest)});
      const ExprId total = graph_.reduce(ir::ReduceOp::sum, axis, gap);
      const ExprId mean = graph_.over(total, argument(log));
      sum.remove(std::max(i, j));
      sum.remove(std::min(i, j));
      sum.add(graph_, largest, factor);
      sum.add(graph_, graph_.call(Builtin::log1p, {mean}), factor);
      return true;
    }
  }
  return false;
}

/// weight(x + g log v, R) → v^g weight(x, R): what log v has lost, v has not. But at the largest
/// logit x + g log v and R have lost the same.
Stabiliser::Form Stabiliser::weight_without_logs(ExprId node) {
  const auto axis = stage_ == Stage::derivatives ? ir::softmax_axis(graph_, node) : std::nullopt;
  if (!axis) return std::nullopt;
  const ExprId x = graph_.operands(node)[0];
  Sum rest = as_sum(graph_, x);
  Product factors;
  for (std::size_t i = rest.terms.size(); i-- > 0;) {
    const auto [term, factor] = rest.terms[i];
    if (!is_call(term, Builtin::log) || factor.sign() < 0) continue;
    factors.multiply(graph_, argument(term), factor);
    rest.remove(i);
  }
  if (factors.powers.empty() || rest.terms.empty()) return std::nullopt;
  note(RuleId::weighted_softmax);
  const ExprId reduced = graph_.operands(node)[1];
  factors.multiply(graph_, graph_.weight(built(graph_, rest), reduced), Number(1));
  const Largest largest = largest_of(reduced, *axis);
  return graph_.select(largest.here, graph_.call(Builtin::sigmoid, {largest.margin}),
                       built(graph_, factors));
}

}  // namespace lossc::stabilise
