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
  return summed_terms(node, partials(graph, node, activity), tangents_);
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
/// those terms of it are kept that are known not to be negative, ∂n/∂a ≥ 0 and G(a) ≥ 0: the
/// curvature of a convex function of a convex one, as of softplus(lse(x) − x_y), is there whole.
ExprId Forward::gauss_newton(ExprId root) {
  Graph& graph = function_.graph;
  const std::vector<ExprId> nodes = graph.reachable(std::vector<ExprId>{root});
  const Activity activity = activity_of(graph, nodes, array_);
  if (!is_active(activity, root)) return graph.constant(0);
  (void)tangent(root);
  analysis::Ranges ranges(function_);
  ir::NodeMap<ExprId> curvatures;
  ir::NodeMap<char> convex;
  for (const ExprId node : nodes) {
    if (graph.exhausted()) return root;
    if (!is_active(activity, node)) continue;
    std::vector<Partial> curved;
    std::vector<Partial> kept;
    bool nonnegative = true;
    const std::vector<Partial> terms =
        graph.op(node) == Op::load ? std::vector<Partial>() : partials(graph, node, activity);
    for (const Partial& term : terms) {
      const bool rises = !term.factor.valid() || ranges[term.factor].nonnegative();
      const bool straight = graph.is_constant(curvatures[term.operand], 0);
      const bool harmless = straight || (rises && convex[term.operand] != 0);
      if (harmless) kept.push_back(term);
      nonnegative = nonnegative && harmless;
      if (!term.factor.valid()) continue;
      const ExprId change = tangent(term.factor);
      if (!graph.is_constant(change, 0)) curved.push_back({term.operand, change, term.guard});
    }
    const ExprId own = summed_terms(node, curved, tangents_);
    if (curved.empty()) kept = terms;
    curvatures.at(node) = graph.plus(own, summed_terms(node, kept, curvatures));
    const bool log_sum_exp =
        graph.op(node) == Op::reduce && graph.reduce_op(node) == ir::ReduceOp::lse;
    const bool bends_up = curved.empty() ? nonnegative : log_sum_exp || ranges[own].nonnegative();
    convex.at(node) = bends_up ? 1 : 0;
  }
  return curvatures[root];
}

}  // namespace lossc::autodiff
