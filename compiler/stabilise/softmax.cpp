// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmax at one position. With R′ = lse over the other positions and u = x − R′, all is as with a
// single logit:
//
//   weight(x, R) = sigmoid(u)      R − x = softplus(−u)
//
// Nothing cancels for a certain class, in either direction, nor in any derivative; with R itself,
// 1 − p and log p lose every digit when p rounds to 1. The label's place is known before the loop,
// so leaving it out costs nothing.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Graph;
using ir::Number;
using ir::Op;
using ir::ReduceOp;
using ir::Relation;

ExprId lse_of_others(Graph& graph, ExprId reduced, ExprId position) {
  const Axis axis = graph.axis(reduced);
  const Axis other = graph.fresh_axis(axis.size);
  const ExprId body = graph.substitute(graph.operands(reduced)[0], {{axis, graph.index(other)}});
  const ExprId apart = graph.compare(Relation::not_equal, graph.index(other), position);
  return graph.reduce(ReduceOp::lse, other,
                      graph.select(apart, body, graph.constant(Number::infinity(true))));
}

namespace {

/// The subscripts at `slot` of loads of `array` below the nodes.
void append_subscripts(const Graph& graph, const std::vector<ExprId>& below, ir::ArrayId array,
                       std::size_t slot, std::vector<ExprId>& out) {
  for (const ExprId node : below) {
    if (graph.op(node) != Op::load || graph.array(node) != array) continue;
    const ExprId subscript = graph.operands(node)[slot];
    if (std::find(out.begin(), out.end(), subscript) == out.end()) out.push_back(subscript);
  }
}

bool within(const ir::AxisSet& part, const ir::AxisSet& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

}  // namespace

/// Where along R's axis the nodes may look: the subscripts they use in place of that axis.
std::vector<ExprId> Stabiliser::positions(ExprId reduced, const std::vector<ExprId>& nodes) {
  const ExprId place = graph_.index(graph_.axis(reduced));
  const std::vector<ExprId> below = graph_.reachable(nodes);
  std::vector<ExprId> found;
  for (const ExprId node : graph_.reachable(std::vector<ExprId>{graph_.operands(reduced)[0]})) {
    if (graph_.op(node) != Op::load) continue;
    for (std::size_t slot = 0; slot < graph_.operands(node).size(); ++slot) {
      if (graph_.operands(node)[slot] != place) continue;
      append_subscripts(graph_, below, graph_.array(node), slot, found);
    }
  }
  // A subscript below a reduction may use the axis bound there: it means nothing outside.
  std::erase_if(found, [&](ExprId position) {
    return !within(graph_.free_axes(position), graph_.free_axes(reduced));
  });
  return found;
}

/// The e with x = body[axis := e].
std::optional<ExprId> Stabiliser::position_of(ExprId x, ExprId reduced) {
  const ExprId body = graph_.operands(reduced)[0];
  for (const ExprId position : positions(reduced, {x})) {
    if (graph_.substitute(body, {{graph_.axis(reduced), position}}) == x) return position;
  }
  return std::nullopt;
}

/// u = x − R′, −∞ where x is (even if all the others are, too: then there is no class at all).
ExprId Stabiliser::margin(ExprId x, ExprId reduced, ExprId position) {
  const ExprId others = lse_of_others(graph_, reduced, position);
  const ExprId difference = graph_.minus(x, others);
  if (!may_be_absent(x)) return difference;
  const ExprId nothing = graph_.constant(Number::infinity(true));
  return graph_.select(graph_.compare(Relation::equal, x, nothing), nothing, difference);
}

ExprId Stabiliser::stable_weight(ExprId node) {
  const ExprId x = graph_.operands(node)[0];
  const ExprId reduced = graph_.operands(node)[1];
  if (!is_lse(reduced)) {
    // R = c + lse(…): the same weight with c moved to x.
    const Sum sum = as_sum(graph_, reduced);
    for (const auto& [term, factor] : sum.terms) {
      if (!is_lse(term) || !factor.is(1)) continue;
      return graph_.weight(graph_.minus(x, graph_.minus(reduced, term)), term);
    }
    return node;
  }
  if (graph_.op(x) == Op::select) {
    // softmax at a label that may be ignored.
    const ExprId condition = graph_.operands(x)[0];
    const ExprId yes = graph_.operands(x)[1];
    const ExprId no = graph_.operands(x)[2];
    if (within(graph_.free_axes(yes), graph_.free_axes(reduced)) && position_of(yes, reduced)) {
      return graph_.select(condition, settled(graph_.weight(yes, reduced)),
                           graph_.weight(no, reduced));
    }
  }
  if (!within(graph_.free_axes(x), graph_.free_axes(reduced))) {
    const Form form = weight_without_logs(node);
    return form ? *form : node;
  }
  const auto position = position_of(x, reduced);
  if (!position) {
    const Form form = weight_without_logs(node);
    return form ? *form : node;
  }
  note(RuleId::softmax_at_position);
  return graph_.call(Builtin::sigmoid, {margin(x, reduced, *position)});
}

/// lse(z + c) = lse(z) + c where c does not depend on the axis: hand-made shifts by the maximum go.
ExprId Stabiliser::stable_lse(ExprId node) {
  if (stage_ == Stage::derivatives) return node;  // certain.cpp wants shifts where it puts them
  const Axis axis = graph_.axis(node);
  Sum body = as_sum(graph_, graph_.operands(node)[0]);
  Sum shift;
  shift.constant = body.constant;
  body.constant = Number(0);
  for (std::size_t i = body.terms.size(); i-- > 0;) {
    if (graph_.is_free(body.terms[i].first, axis)) continue;
    shift.add_term(body.terms[i].first, body.terms[i].second);
    body.remove(i);
  }
  if (body.terms.empty() || (shift.terms.empty() && shift.constant.is(0))) return node;
  note(RuleId::lse_shift);
  const ExprId rest = graph_.reduce(ReduceOp::lse, axis, built(graph_, body));
  return graph_.plus(rest, built(graph_, shift));
}

/// a·R − a·x with x = body[axis := e] in a sum, also with x under a guard: [c] x.
bool Stabiliser::take_gather(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [reduced, factor] = sum.terms[i];
    if (!is_lse(reduced)) continue;
    std::vector<ExprId> others;
    for (const auto& term : sum.terms) {
      if (term.first != reduced) others.push_back(term.first);
    }
    for (const ExprId position : positions(reduced, others)) {
      const ExprId x =
          graph_.substitute(graph_.operands(reduced)[0], {{graph_.axis(reduced), position}});
      if (!within(graph_.free_axes(x), graph_.free_axes(reduced))) continue;
      const Sum wanted = as_sum(graph_, x);
      if (wanted.terms.empty()) continue;
      if (sum.contains(wanted, Number(0) - factor)) {
        note(RuleId::cross_entropy_of_logits);
        const ExprId away = graph_.negate(margin(x, reduced, position));
        sum.subtract_terms(wanted, Number(0) - factor);
        sum.add_term(reduced, Number(0) - factor);
        sum.constant = sum.constant + factor * wanted.constant;
        sum.add(graph_, graph_.call(Builtin::softplus, {away}), factor);
        return true;
      }
      for (std::size_t j = 0; j < sum.terms.size(); ++j) {
        const auto [guard, weight] = sum.terms[j];
        if (graph_.op(guard) != Op::select || graph_.operands(guard)[1] != x) continue;
        if (!graph_.is_constant(graph_.operands(guard)[2], 0)) continue;
        if (weight != Number(0) - factor) continue;
        note(RuleId::cross_entropy_of_logits);
        const ExprId condition = graph_.operands(guard)[0];
        const ExprId away = graph_.negate(margin(x, reduced, position));
        const ExprId loss = graph_.call(Builtin::softplus, {away});
        sum.add_term(guard, Number(0) - weight);
        sum.add_term(reduced, Number(0) - factor);
        sum.add_term(graph_.select(condition, loss, reduced), factor);
        return true;
      }
    }
  }
  return false;
}

}  // namespace lossc::stabilise
