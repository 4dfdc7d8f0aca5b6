// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reverse mode. One invariant, asserted: the adjoint of a node has only that node's free axes; what
// an operand lacks is summed over. Contributions to an adjoint are collected and added once, so the
// work is linear in the edges of the graph. The loop goes over ids from the root down: no
// recursion.
#include "compiler/autodiff/gradient.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "compiler/autodiff/partials.h"
#include "compiler/autodiff/reverse.h"
#include "compiler/autodiff/softmax.h"
#include "compiler/ir/softmax.h"
#include "compiler/support/assert.h"

namespace lossc::autodiff {

using ir::ArrayId;
using ir::Axis;
using ir::AxisSet;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::Op;
using ir::Output;
using ir::OutputKind;
using ir::Relation;

namespace {

ExprId added(Graph& graph, const std::vector<ExprId>& values) {
  std::vector<std::pair<ExprId, Number>> terms;
  for (const ExprId value : values) terms.emplace_back(value, Number(1));
  return graph.add(Number(0), terms);
}

/// A subscript that is an index plus a constant.
struct Shift {
  Axis axis;
  Number offset;
};

std::optional<Shift> as_shift(const Graph& graph, ExprId subscript) {
  if (graph.op(subscript) == Op::index) return Shift{graph.axis(subscript), Number(0)};
  if (graph.op(subscript) != Op::add || graph.operands(subscript).size() != 1) return std::nullopt;
  const ExprId operand = graph.operands(subscript)[0];
  if (graph.op(operand) != Op::index || !graph.factors(subscript)[0].is(1)) return std::nullopt;
  return Shift{graph.axis(operand), graph.constant_of(subscript)};
}

/// Reverse mode of one scalar root by one array.
class Reverse {
 public:
  Reverse(Function& function, ArrayId array, const std::vector<Axis>& axes)
      : function_(function), graph_(function.graph), array_(array), axes_(axes) {}

  ExprId run(ExprId root) {
    const std::vector<ExprId> nodes = graph_.reachable(std::vector<ExprId>{root});
    const Activity activity = activity_of(graph_, nodes, array_);
    if (!is_active(activity, root)) return graph_.constant(0);
    contributions_.at(root).push_back(graph_.constant(1));
    for (auto node = nodes.rbegin(); node != nodes.rend() && !graph_.exhausted(); ++node) {
      if (!is_active(activity, *node) || contributions_[*node].empty()) continue;
      const ExprId adjoint = added(graph_, contributions_[*node]);
      contributions_.at(*node).clear();
      check_axes(adjoint, *node);
      if (graph_.op(*node) == Op::load) {
        elements_.push_back(scattered(*node, adjoint));
      } else {
        distribute(*node, adjoint, activity);
      }
    }
    return added(graph_, elements_);
  }

 private:
  void check_axes(ExprId adjoint, ExprId node) const {
    if (graph_.exhausted()) return;
    const AxisSet& allowed = graph_.free_axes(node);
    const AxisSet& found = graph_.free_axes(adjoint);
    LOSSC_ASSERT(std::includes(allowed.begin(), allowed.end(), found.begin(), found.end()),
                 "an adjoint has an axis that its node lacks");
  }

  void distribute(ExprId node, ExprId adjoint, const Activity& activity) {
    if (const auto axis = ir::softmax_axis(graph_, node)) {
      const ExprId slope = graph_.times(node, centred(function_, node, *axis, adjoint));
      contributions_.at(graph_.operands(node)[0]).push_back(slope);
      return;
    }
    AxisSet scope = graph_.free_axes(node);
    if (graph_.op(node) == Op::reduce) scope.push_back(graph_.axis(node));
    for (const Partial& partial : partials(graph_, node, activity)) {
      ExprId contribution = applied(graph_, partial, adjoint);
      for (const Axis axis : scope) {
        if (graph_.is_free(partial.operand, axis)) continue;
        contribution = summed(graph_, axis, contribution);
      }
      contributions_.at(partial.operand).push_back(contribution);
    }
  }

  /// The element at axes_ of Σ over free(load) of [axes_ = subscripts] · adjoint. A subscript that
  /// is a plain index (± a constant) is renamed; any other leaves the delta to the constructor of
  /// sum.
  ExprId scattered(ExprId load, ExprId adjoint) {
    const auto operands = graph_.operands(load);
    const std::vector<ExprId> subscripts(operands.begin(), operands.end());
    Graph::Substitution renaming;
    std::vector<ExprId> conditions;
    std::vector<ExprId> deltas;
    for (std::size_t i = 0; i < subscripts.size(); ++i) {
      const ExprId position = graph_.index(axes_[i]);
      const auto shift = as_shift(graph_, subscripts[i]);
      const bool taken =
          shift && std::any_of(renaming.begin(), renaming.end(),
                               [&](const auto& pair) { return pair.first == shift->axis; });
      if (!shift || taken) {
        deltas.push_back(graph_.compare(Relation::equal, position, subscripts[i]));
        continue;
      }
      const ExprId source =
          graph_.add(-shift->offset, std::vector<std::pair<ExprId, Number>>{{position, Number(1)}});
      renaming.emplace_back(shift->axis, source);
      if (shift->offset.is(0) && shift->axis.size == axes_[i].size) continue;
      const ExprId extent = graph_.size(shift->axis.size);
      conditions.push_back(graph_.compare(Relation::less_equal, graph_.constant(0), source));
      conditions.push_back(graph_.compare(Relation::less, source, extent));
    }
    return placed(load, adjoint, renaming, conditions, deltas);
  }

  ExprId placed(ExprId load, ExprId adjoint, const Graph::Substitution& renaming,
                const std::vector<ExprId>& conditions, const std::vector<ExprId>& deltas) {
    const AxisSet scope = graph_.free_axes(load);
    std::vector<Axis> bound;
    Graph::Substitution all = renaming;
    for (const Axis axis : scope) {
      const bool renamed = std::any_of(renaming.begin(), renaming.end(),
                                       [&](const auto& pair) { return pair.first == axis; });
      if (renamed) continue;
      bound.push_back(graph_.fresh_axis(axis.size));
      all.emplace_back(axis, graph_.index(bound.back()));
    }
    std::sort(all.begin(), all.end());
    ExprId value = graph_.substitute(adjoint, all);
    if (!deltas.empty()) {
      std::vector<ExprId> moved;
      for (const ExprId delta : deltas) moved.push_back(graph_.substitute(delta, all));
      value = graph_.guard(graph_.conjunction(moved), value);
    }
    if (!conditions.empty()) value = graph_.guard(graph_.conjunction(conditions), value);
    for (const Axis axis : bound) value = graph_.reduce(ir::ReduceOp::sum, axis, value);
    return value;
  }

  Function& function_;
  Graph& graph_;
  ArrayId array_;
  std::vector<Axis> axes_;  ///< temporaries: the position in the array
  ir::NodeMap<std::vector<ExprId>> contributions_;
  std::vector<ExprId> elements_;
};

}  // namespace

std::vector<Axis> canonical_axes(const Function& function, ArrayId array) {
  std::vector<Axis> axes;
  for (const ir::SizeId size : function.arrays[array.index].shape) {
    const auto same = std::count_if(axes.begin(), axes.end(),
                                    [&](const Axis& axis) { return axis.size == size; });
    axes.push_back({size, static_cast<std::uint16_t>(same)});
  }
  return axes;
}

ExprId renamed(Graph& graph, ExprId root, const std::vector<Axis>& from,
               const std::vector<Axis>& to) {
  Graph::Substitution map;
  for (std::size_t i = 0; i < from.size(); ++i) map.emplace_back(from[i], graph.index(to[i]));
  std::sort(map.begin(), map.end());
  return map.empty() ? root : graph.substitute(root, map);
}

std::vector<Axis> fresh_axes(Function& function, ArrayId array) {
  std::vector<Axis> axes;
  for (const ir::SizeId size : function.arrays[array.index].shape) {
    axes.push_back(function.graph.fresh_axis(size));
  }
  return axes;
}

ExprId gradient(Function& function, ExprId root, ArrayId array, const std::vector<Axis>& axes) {
  LOSSC_ASSERT(function.graph.mode() == Graph::Mode::normalising,
               "differentiation needs a normalising graph");
  LOSSC_ASSERT(function.graph.free_axes(root).empty(), "a gradient is of a scalar");
  return Reverse(function, array, axes).run(root);
}

void check_differentiable(const Function& function, ArrayId array) {
  LOSSC_ASSERT(array.index < function.arrays.size(), "no such array");
  const ir::Domain domain = function.arrays[array.index].domain;
  LOSSC_ASSERT(domain != ir::Domain::class_ && domain != ir::Domain::one_of,
               "labels and options have no derivative");
  LOSSC_ASSERT(
      function.kind != ir::FunctionKind::metric && function.kind != ir::FunctionKind::batch_metric,
      "a metric is never differentiated");
}

Function with_gradients(const Function& function, std::span<const ArrayId> arrays) {
  Function result =
      function.graph.mode() == Graph::Mode::normalising ? function : ir::normalised(function);
  const Output* value = result.find(OutputKind::value);
  LOSSC_ASSERT(value != nullptr, "a loss has a value");
  const ExprId root = value->root;
  for (const ArrayId array : arrays) {
    check_differentiable(result, array);
    if (result.find(OutputKind::gradient, array) != nullptr) continue;
    const std::vector<Axis> axes = canonical_axes(result, array);
    ExprId derivative;
    if (const Output* given = result.find(OutputKind::given_gradient, array)) {
      derivative = renamed(result.graph, given->root, given->axes, axes);
    } else {
      const std::vector<Axis> positions = fresh_axes(result, array);
      derivative = renamed(result.graph, gradient(result, root, array, positions), positions, axes);
    }
    result.outputs.push_back({OutputKind::gradient, array, axes, derivative});
  }
  return result;
}

}  // namespace lossc::autodiff
