// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a node varies with, in one pass over ascending ids.

#include "compiler/schedule/dependence.h"

namespace lossc::schedule {

namespace {

bool made_of_constants(const ir::Graph& graph, ir::ExprId id, const std::vector<bool>& literal) {
  switch (graph.op(id)) {
    case ir::Op::size:
    case ir::Op::index:
    case ir::Op::load:
    case ir::Op::reduce:
    case ir::Op::weight:
      return false;
    default:
      break;
  }
  for (ir::ExprId operand : graph.operands(id)) {
    if (!literal[operand.index]) return false;
  }
  return true;
}

}  // namespace

Dependence::Dependence(const ir::Function& function, std::span<const ir::ExprId> roots)
    : graph_(function.graph),
      nodes_(graph_.reachable(roots)),
      per_example_(graph_.size(), false),
      literal_(graph_.size(), false) {
  for (ir::ExprId id : nodes_) {
    bool per_example = graph_.op(id) == ir::Op::load && function.per_example(graph_.array(id));
    for (ir::ExprId operand : graph_.operands(id)) {
      per_example = per_example || per_example_[operand.index];
    }
    per_example_[id.index] = per_example;
    literal_[id.index] = made_of_constants(graph_, id, literal_);
  }
}

bool Dependence::varies(ir::ExprId id, ir::Axis axis) const {
  return axis == batch_axis ? per_example_[id.index] : graph_.is_free(id, axis);
}

bool Dependence::varies(ir::ExprId id) const {
  return per_example_[id.index] || !graph_.free_axes(id).empty();
}

}  // namespace lossc::schedule
