// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Terms taken apart.

#include "compiler/schedule/contraction.h"

namespace lossc::schedule {

namespace {

/// How many more loads below the nodes have the index along one axis as their last subscript than
/// along another.
int loads_along(const ir::Graph& graph, std::span<const ir::ExprId> roots, ir::Axis axis,
                ir::Axis than) {
  int balance = 0;
  for (ir::ExprId id : graph.reachable(roots)) {
    if (graph.op(id) != ir::Op::load || graph.operands(id).empty()) continue;
    const ir::ExprId last = graph.operands(id).back();
    if (graph.op(last) != ir::Op::index) continue;
    balance += graph.axis(last) == axis ? 1 : graph.axis(last) == than ? -1 : 0;
  }
  return balance;
}

}  // namespace

std::optional<Separated> separated(const ir::Graph& graph, const Dependence& dependence,
                                   ir::ExprId reduction, ir::Axis row, ir::Axis axis) {
  if (graph.op(reduction) != ir::Op::reduce || graph.reduce_op(reduction) != ir::ReduceOp::sum) {
    return std::nullopt;
  }
  Separated parts;
  ir::ExprId term = graph.operands(reduction)[0];
  while (graph.op(term) == ir::Op::select) {
    const auto operands = graph.operands(term);
    if (!graph.is_constant(operands[2], 0) || dependence.varies(operands[0], axis)) {
      return std::nullopt;
    }
    parts.conditions.push_back(operands[0]);
    term = operands[1];
  }
  if (graph.op(term) != ir::Op::mul) return std::nullopt;
  parts.product = term;
  std::vector<ir::ExprId> right;
  for (std::size_t i = 0; i < graph.operands(term).size(); ++i) {
    const ir::ExprId factor = graph.operands(term)[i];
    if (!dependence.varies(factor, axis)) {
      parts.left.push_back(i);
    } else if (!dependence.varies(factor, row)) {
      parts.right.push_back(i);
      right.push_back(factor);
    } else {
      return std::nullopt;
    }
  }
  if (right.empty()) return std::nullopt;
  parts.along_reduced = loads_along(graph, right, graph.axis(reduction), axis) > 0;
  return parts;
}

}  // namespace lossc::schedule
