// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/ir/softmax.h"

#include <algorithm>

namespace lossc::ir {

namespace {

/// Deeper than this a logit is taken to be one that may be absent.
constexpr int deepest = 4;

bool may_be_absent(const Function& function, ExprId x, int depth) {
  const Graph& graph = function.graph;
  const auto operand = [&](ExprId id) {
    return depth == deepest || may_be_absent(function, id, depth + 1);
  };
  switch (graph.op(x)) {
    case Op::constant:
      return graph.constant_of(x).kind() == Number::Kind::minus_infinity;
    case Op::load:
      return info(function.arrays[graph.array(x).index].domain).may_be_infinite;
    case Op::add:
    case Op::mul: {
      const auto operands = graph.operands(x);
      return std::any_of(operands.begin(), operands.end(), operand);
    }
    case Op::select:
      return operand(graph.operands(x)[1]) || operand(graph.operands(x)[2]);
    default:
      return false;
  }
}

}  // namespace

bool may_be_absent(const Function& function, ExprId x) { return may_be_absent(function, x, 0); }

std::optional<ExprId> any_class(Function& function, ExprId reduced) {
  Graph& graph = function.graph;
  if (!may_be_absent(function, graph.operands(reduced)[0])) return std::nullopt;
  return graph.compare(Relation::not_equal, reduced, graph.constant(Number::infinity(true)));
}

ExprId logit_at(Graph& graph, ExprId reduced, ExprId position) {
  return graph.substitute(graph.operands(reduced)[0], {{graph.axis(reduced), position}});
}

std::optional<Axis> softmax_axis(Graph& graph, ExprId node) {
  if (graph.op(node) != Op::weight) return std::nullopt;
  const ExprId x = graph.operands(node)[0];
  const ExprId reduced = graph.operands(node)[1];
  if (graph.op(reduced) != Op::reduce || graph.reduce_op(reduced) != ReduceOp::lse) {
    return std::nullopt;
  }
  const AxisSet axes = graph.free_axes(x);
  for (const Axis axis : axes) {
    if (axis.size != graph.axis(reduced).size || graph.is_free(reduced, axis)) continue;
    if (logit_at(graph, reduced, graph.index(axis)) == x) return axis;
  }
  return std::nullopt;
}

ExprId largest_position(Graph& graph, ExprId reduced) {
  const Axis axis = graph.fresh_axis(graph.axis(reduced).size);
  return graph.reduce(ReduceOp::argmax, axis, logit_at(graph, reduced, graph.index(axis)));
}

}  // namespace lossc::ir
