// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The Hessian diagonal: forward mode over the gradient. The gradient's element j is pushed forward
// along the unit vector j itself, that is with the tangent A[s] ↦ [s = j]; delta elimination in the
// constructor of sum then removes the deltas, so the result is closed in the IR again.
#include <algorithm>
#include <utility>

#include "compiler/autodiff/gradient.h"
#include "compiler/autodiff/partials.h"
#include "compiler/autodiff/reverse.h"
#include "compiler/autodiff/softmax.h"
#include "compiler/ir/facts.h"
#include "compiler/ir/softmax.h"
#include "compiler/support/assert.h"

namespace lossc::autodiff {
namespace {

using ir::ArrayId;
using ir::Axis;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::Op;
using ir::Output;
using ir::OutputKind;

/// Π [subscriptᵢ = positionᵢ], the tangent of a load.
ExprId delta(Graph& graph, ExprId load, const std::vector<Axis>& positions) {
  const auto operands = graph.operands(load);
  const std::vector<ExprId> subscripts(operands.begin(), operands.end());
  std::vector<ExprId> conditions;
  for (std::size_t i = 0; i < subscripts.size(); ++i) {
    conditions.push_back(
        graph.compare(ir::Relation::equal, graph.index(positions[i]), subscripts[i]));
  }
  if (conditions.empty()) return graph.constant(1);
  return graph.guard(graph.conjunction(conditions), graph.constant(1));
}

/// Σ partial · tangent over the operands, and over what a reduction binds.
ExprId tangent_of(Function& function, ExprId node, const Activity& activity,
                  const std::vector<Axis>& positions, const ir::NodeMap<ExprId>& tangents) {
  Graph& graph = function.graph;
  if (const auto axis = ir::softmax_axis(graph, node)) {
    const ExprId tangent = tangents[graph.operands(node)[0]];
    // Of a delta the mean is one weight, and nothing cancels that 1 − w does not show. Along the
    // axis of the seed itself the tangent is that of one element.
    const bool seed = std::find(positions.begin(), positions.end(), *axis) != positions.end();
    if (!seed && (graph.node(tangent).facts & ir::delta_fact) == 0) {
      return graph.times(node, centred(function, node, *axis, tangent));
    }
  }
  std::vector<std::pair<ExprId, Number>> terms;
  for (const Partial& partial : partials(graph, node, activity)) {
    ExprId term = applied(graph, partial, tangents[partial.operand]);
    if (graph.op(node) == Op::reduce) term = summed(graph, graph.axis(node), term);
    terms.emplace_back(term, Number(1));
  }
  return graph.add(Number(0), terms);
}

ExprId pushed_forward(Function& function, ExprId root, ArrayId array,
                      const std::vector<Axis>& positions) {
  Graph& graph = function.graph;
  const std::vector<ExprId> nodes = graph.reachable(std::vector<ExprId>{root});
  const Activity activity = activity_of(graph, nodes, array);
  if (!is_active(activity, root)) return graph.constant(0);
  ir::NodeMap<ExprId> tangents;
  for (const ExprId node : nodes) {
    if (graph.exhausted()) break;
    if (!is_active(activity, node)) continue;
    tangents.at(node) = graph.op(node) == Op::load
                            ? delta(graph, node, positions)
                            : tangent_of(function, node, activity, positions, tangents);
  }
  return graph.exhausted() ? root : tangents[root];
}

ExprId derived_diagonal(Function& function, ArrayId array, const std::vector<Axis>& axes) {
  const std::vector<Axis> positions = fresh_axes(function, array);
  ExprId slope;
  if (const Output* given = function.find(OutputKind::given_gradient, array)) {
    slope = renamed(function.graph, given->root, given->axes, positions);
  } else if (const Output* made = function.find(OutputKind::gradient, array)) {
    slope = renamed(function.graph, made->root, made->axes, positions);
  } else {
    const ExprId root = function.find(OutputKind::value)->root;
    slope = gradient(function, root, array, positions);
  }
  const ExprId diagonal = pushed_forward(function, slope, array, positions);
  return renamed(function.graph, diagonal, positions, axes);
}

}  // namespace

Function with_hessian_diagonals(const Function& function, std::span<const ArrayId> arrays) {
  Function result =
      function.graph.mode() == Graph::Mode::normalising ? function : ir::normalised(function);
  for (const ArrayId array : arrays) {
    check_differentiable(result, array);
    LOSSC_ASSERT(result.find(OutputKind::value) != nullptr, "a loss has a value");
    if (result.find(OutputKind::hessian, array) != nullptr) continue;
    const std::vector<Axis> axes = canonical_axes(result, array);
    ExprId diagonal;
    if (const Output* given = result.find(OutputKind::given_hessian, array)) {
      diagonal = renamed(result.graph, given->root, given->axes, axes);
    } else {
      diagonal = derived_diagonal(result, array, axes);
    }
    result.outputs.push_back({OutputKind::hessian, array, axes, diagonal});
  }
  return result;
}

}  // namespace lossc::autodiff
