// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A group S of classes: Σ_{i ∈ S} p_i of a softmax, log of it, 1 − it. As with one position, all is
// a sigmoid of one margin, u = lse over S − lse over the others; and logarithms of sums of exps of
// which one is part of the other differ by a softplus:
//
//   Σ_S p = sigmoid(u)      R − R_S = softplus(−u)
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/softmax.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;
using ir::Relation;

/// The lse of the x that are kept; of one position, x there.
ExprId Stabiliser::lse_where(ExprId kept, ExprId x, Axis axis) {
  if (graph_.op(kept) == Op::compare && graph_.relation(kept) == Relation::equal) {
    const ExprId place = graph_.index(axis);
    const auto sides = graph_.operands(kept);
    const ExprId position = sides[0] == place ? sides[1] : sides[0];
    const bool apart = (sides[0] == place || sides[1] == place) && !graph_.is_free(position, axis);
    if (apart) return graph_.substitute(x, {{axis, position}});
  }
  return graph_.reduce(ReduceOp::lse, axis,
                       graph_.select(kept, x, graph_.constant(Number::infinity(true))));
}

/// R_S − R_rest where both are over one body; −∞ of a group that has no class.
ExprId Stabiliser::group_margin(ExprId part, ExprId rest, ExprId body) {
  const ExprId difference = graph_.minus(part, rest);
  if (graph_.op(part) != Op::reduce && !may_be_absent(body)) return difference;
  const ExprId nothing = graph_.constant(Number::infinity(true));
  return graph_.select(graph_.compare(Relation::equal, part, nothing), nothing, difference);
}

/// The body of an lse as what it is over a part of the classes.
std::optional<Stabiliser::Masked> Stabiliser::masked(ExprId reduced) {
  const ExprId body = graph_.operands(reduced)[0];
  if (graph_.op(body) != Op::select) return std::nullopt;
  const ExprId condition = graph_.operands(body)[0];
  const auto absent = [&](std::size_t branch) {
    const ExprId x = graph_.operands(body)[branch];
    return graph_.op(x) == Op::constant &&
           graph_.constant_of(x).kind() == Number::Kind::minus_infinity;
  };
  if (absent(1)) return Masked{graph_.negation(condition), graph_.operands(body)[2]};
  if (absent(2)) return Masked{condition, graph_.operands(body)[1]};
  return std::nullopt;
}

/// Softmax at one position, sigmoid(x − R′), as the whole R and the position.
std::optional<Stabiliser::Share> Stabiliser::share_of(ExprId node) {
  if (!is_call(node, Builtin::sigmoid)) return std::nullopt;
  ExprId u = argument(node);
  if (graph_.op(u) == Op::select) u = graph_.operands(u)[2];
  const Sum sum = as_sum(graph_, u);
  for (const auto& [others, factor] : sum.terms) {
    if (!is_lse(others) || !factor.is(-1)) continue;
    const auto mask = masked(others);
    if (!mask || graph_.op(mask->kept) != Op::compare) continue;
    if (graph_.relation(mask->kept) != Relation::not_equal) continue;
    const Axis axis = graph_.axis(others);
    const ExprId place = graph_.index(axis);
    const auto sides = graph_.operands(mask->kept);
    if (sides[0] != place && sides[1] != place) continue;
    const ExprId position = sides[0] == place ? sides[1] : sides[0];
    const ExprId x = graph_.plus(u, others);
    if (graph_.substitute(mask->x, {{axis, position}}) != x) continue;
    return Share{graph_.reduce(ReduceOp::lse, axis, mask->x), position, x};
  }
  return std::nullopt;
}

/// c·p_i + c·p_j + … at positions that differ.
bool Stabiliser::take_group(Sum& sum) {
  const auto count = std::count_if(sum.terms.begin(), sum.terms.end(), [&](const auto& term) {
    return is_call(term.first, Builtin::sigmoid);
  });
  if (count < 2 || sum.terms.size() > longest) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto first = share_of(sum.terms[i].first);
    if (!first || graph_.op(first->position) != Op::constant) continue;
    std::vector<Share> group{*first};
    std::vector<std::size_t> places{i};
    for (std::size_t j = i + 1; j < sum.terms.size(); ++j) {
      if (sum.terms[j].second != sum.terms[i].second) continue;
      const auto other = share_of(sum.terms[j].first);
      if (!other || other->reduced != first->reduced) continue;
      if (graph_.op(other->position) != Op::constant) continue;
      group.push_back(*other);
      places.push_back(j);
    }
    if (group.size() < 2) continue;
    const Number factor = sum.terms[i].second;
    for (std::size_t j = places.size(); j-- > 0;) sum.remove(places[j]);
    note(RuleId::softmax_of_group);
    sum.add(graph_, graph_.call(Builtin::sigmoid, {margin_of(group)}), factor);
    return true;
  }
  return false;
}

ExprId Stabiliser::margin_of(const std::vector<Share>& group) {
  const ExprId whole = group[0].reduced;
  const Axis axis = graph_.fresh_axis(graph_.axis(whole).size);
  const ExprId body = ir::logit_at(graph_, whole, graph_.index(axis));
  std::vector<ExprId> members;
  for (const Share& share : group) {
    members.push_back(graph_.compare(Relation::equal, graph_.index(axis), share.position));
  }
  const ExprId within = graph_.disjunction(members);
  const ExprId rest = lse_where(graph_.negation(within), body, axis);
  if (may_be_absent(body)) return group_margin(lse_where(within, body, axis), rest, body);
  ExprId part = group[0].x;
  for (std::size_t i = 1; i < group.size(); ++i) {
    part = applied(RuleId::log_sum_of_exps, {group[i].x, part});
  }
  return graph_.minus(part, rest);
}

/// Σ [c] w over part of a softmax.
Stabiliser::Form Stabiliser::masked_share(ExprId sum) {
  const Axis axis = graph_.axis(sum);
  const Condition parts = condition_of(graph_.operands(sum)[0]);
  if (!parts.condition.valid() || ir::softmax_axis(graph_, parts.value) != axis) {
    return std::nullopt;
  }
  const ExprId body = graph_.operands(parts.value)[0];
  const ExprId part = lse_where(parts.condition, body, axis);
  const ExprId rest = lse_where(graph_.negation(parts.condition), body, axis);
  note(RuleId::softmax_of_group);
  return graph_.call(Builtin::sigmoid, {group_margin(part, rest, body)});
}

/// A node as [condition] value, factors that are 0 or 1 being conditions.
Stabiliser::Condition Stabiliser::condition_of(ExprId node) {
  std::vector<ExprId> conditions;
  if (graph_.op(node) == Op::select && graph_.is_constant(graph_.operands(node)[2], 0)) {
    conditions.push_back(graph_.operands(node)[0]);
    node = graph_.operands(node)[1];
  }
  Product product = as_product(graph_, node);
  for (std::size_t i = product.powers.size(); i-- > 0;) {
    const auto [base, exponent] = product.powers[i];
    if (product.powers.size() < 2 || exponent.sign() <= 0 || !binary(base)) continue;
    if (graph_.op(base) == Op::weight) continue;
    conditions.push_back(graph_.compare(Relation::equal, base, graph_.constant(1)));
    product.remove(i);
  }
  if (conditions.empty()) return {ExprId{}, node};
  return {graph_.conjunction(conditions), built(graph_, product)};
}

/// c·R − c·R_S, R_S over part of the classes of R.
bool Stabiliser::take_subset(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [whole, factor] = sum.terms[i];
    if (!is_lse(whole)) continue;
    for (std::size_t j = 0; j < sum.terms.size(); ++j) {
      const auto [part, other] = sum.terms[j];
      if (i == j || !is_lse(part) || other != Number(0) - factor) continue;
      const auto mask = masked(part);
      if (!mask || graph_.reduce(ReduceOp::lse, graph_.axis(part), mask->x) != whole) continue;
      const ExprId rest = lse_where(graph_.negation(mask->kept), mask->x, graph_.axis(part));
      note(RuleId::part_of_logsumexp);
      const ExprId away = graph_.negate(group_margin(part, rest, mask->x));
      sum.remove(std::max(i, j));
      sum.remove(std::min(i, j));
      sum.add(graph_, graph_.call(Builtin::softplus, {away}), factor);
      return true;
    }
  }
  return false;
}

}  // namespace lossc::stabilise
