// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tangents are kept: those of a gradient's parts are asked for again and again.
#include "compiler/autodiff/forward.h"

#include <algorithm>
#include <utility>

#include "compiler/analysis/ranges.h"
#include "compiler/autodiff/softmax.h"
#include "compiler/ir/facts.h"
#include "compiler/ir/softmax.h"

namespace lossc::autodiff {

using ir::Axis;
using ir::ExprId;
using ir::Graph;
using ir::Number;
using ir::Op;

namespace {

/// Whether the elements of a length hold sums of their own, so that one number moves several.
bool of_sums(const Graph& graph, ExprId length) {
  const std::vector<ExprId> nodes = graph.reachable(std::vector<ExprId>{graph.operands(length)[0]});
  return std::any_of(nodes.begin(), nodes.end(),
                     [&](ExprId node) { return graph.op(node) == Op::reduce; });
}

/// x / ‖x‖ is 0 at 0, as is its derivative: what was 0 · ∞ there must not leave a lone ∞ behind. Of
/// lengths along axes, where points meet themselves, of lengths of sums, and of all along a given
/// vector; in a diagonal a guard on another single length would hide differences of lengths from
/// the stabiliser, and nothing is left of it anyway.
ExprId away_from_zero(Graph& graph, ExprId node, ExprId tangent, bool single_too) {
  if (graph.op(node) != Op::mul) return tangent;
  const auto operands = graph.operands(node);
  const auto exponents = graph.factors(node);
  std::vector<ExprId> lengths;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool is_norm =
        graph.op(operands[i]) == Op::reduce && graph.reduce_op(operands[i]) == ir::ReduceOp::norm;
    if (!is_norm || exponents[i].sign() > 0) continue;
    const bool single = graph.free_axes(operands[i]).empty() && !of_sums(graph, operands[i]);
    if (single && !single_too) continue;
    lengths.push_back(operands[i]);
  }
  for (const ExprId length : lengths) {
    const ExprId zero = graph.constant(0);
    tangent = graph.guard(graph.compare(ir::Relation::not_equal, length, zero), tangent);
  }
  return tangent;
}

}  // namespace

/// Σ term · value over the operands, and over what a reduction binds.
ExprId Forward::summed_terms(ExprId node, const std::vector<Partial>& terms,
                             const ir::NodeMap<ExprId>& values) {
  Graph& graph = function_.graph;
  std::vector<std::pair<ExprId, Number>> sum;
  for (const Partial& partial : terms) {
    ExprId term = applied(graph, partial, values[partial.operand]);
    if (graph.op(node) == Op::reduce) term = summed(graph, graph.axis(node), term);
    sum.emplace_back(term, Number(1));
  }
  return graph.add(Number(0), sum);
}

ExprId Forward::tangent_of(ExprId node, const Activity& activity) {
  Graph& graph = function_.graph;
  if (const auto axis = ir::softmax_axis(graph, node)) {
    const ExprId tangent = tangents_[graph.operands(node)[0]];
    // Of a delta the mean is one weight, and nothing cancels that 1 − w does not show. Along the
    // axis of the seed itself the tangent is that of one element.
    const bool seed = std::find(positions_.begin(), positions_.end(), *axis) != positions_.end();
    if (!seed && (graph.node(tangent).facts & ir::delta_fact) == 0) {
      return graph.times(node, centred(function_, node, *axis, tangent));
    }
  }
  return away_from_zero(graph, node, summed_terms(node, partials(graph, node, activity), tangents_),
                        of_vector_);
}

ExprId Forward::tangent(ExprId root) {
  Graph& graph = function_.graph;
  const std::vector<ExprId> nodes = graph.reachable(std::vector<ExprId>{root});
  const Activity activity = activity_of(graph, nodes, array_);
  if (!is_active(activity, root)) return graph.constant(0);
  for (const ExprId node : nodes) {
    if (graph.exhausted()) return root;
    if (!is_active(activity, node) || tangents_[node].valid()) continue;
    const ExprId made =
        graph.op(node) == Op::load ? seed_(graph, node) : tangent_of(node, activity);
    tangents_.at(node) = made;
  }
  return tangents_[root];
}

/// G(n) = Σ (∂n/∂a)′·a′ + Σ ∂n/∂a · G(a). An affine n has the second sum alone. Of a curved n only
/// those terms of it are kept that are known to bend as n does: the curvature of a convex function
/// of a convex one, as of softplus(lse(x) − x_y), is there whole.
ExprId Forward::gauss_newton(ExprId root) {
  Graph& graph = function_.graph;
  const std::vector<ExprId> nodes = graph.reachable(std::vector<ExprId>{root});
  const Activity activity = activity_of(graph, nodes, array_);
  if (!is_active(activity, root)) return graph.constant(0);
  (void)tangent(root);
  analysis::Ranges ranges(function_);
  ir::NodeMap<ExprId> curvatures;
  ir::NodeMap<Bend> bends;
  for (const ExprId node : nodes) {
    if (graph.exhausted()) return root;
    if (!is_active(activity, node)) continue;
    std::vector<Partial> terms;
    if (graph.op(node) != Op::load) terms = partials(graph, node, activity);
    std::vector<Partial> curved;
    for (const Partial& term : terms) {
      if (!term.factor.valid()) continue;
      const ExprId change = tangent(term.factor);
      if (!graph.is_constant(change, 0)) curved.push_back({term.operand, change, term.guard});
    }
    const ExprId own = summed_terms(node, curved, tangents_);
    Bend bend{ranges[own].nonnegative(), ranges[own].high <= 0};
    if (graph.op(node) == Op::reduce && graph.reduce_op(node) == ir::ReduceOp::lse) bend.up = true;
    std::vector<Partial> kept;
    for (const Partial& term : terms) {
      const Bend inner = bends[term.operand];
      const bool rises = !term.factor.valid() || ranges[term.factor].nonnegative();
      const bool falls = term.factor.valid() && ranges[term.factor].high <= 0;
      const Bend outer{(rises && inner.up) || (falls && inner.down),
                       (rises && inner.down) || (falls && inner.up)};
      const bool straight = inner.up && inner.down;
      const bool keeps = straight || (bend.up && outer.up) || (bend.down && outer.down);
      if (curved.empty() || keeps) kept.push_back(term);
      if (curved.empty() && !straight) bend = {bend.up && outer.up, bend.down && outer.down};
    }
    curvatures.at(node) = graph.plus(own, summed_terms(node, kept, curvatures));
    bends.at(node) = bend;
  }
  return curvatures[root];
}

}  // namespace lossc::autodiff
