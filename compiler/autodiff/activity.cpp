// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which nodes a derivative flows through. A subscript, a comparison, the condition of a select, an
// arg-reduction and a locally constant builtin stop it.
#include "compiler/autodiff/partials.h"
#include "compiler/ir/builtins.h"

namespace lossc::autodiff {
namespace {

using ir::ExprId;
using ir::Graph;
using ir::Op;
using ir::ReduceOp;

/// The first operand whose value enters the node, or the operand count if none does.
std::size_t first_differentiable(const Graph& graph, ExprId node) {
  const std::size_t none = graph.operands(node).size();
  switch (graph.op(node)) {
    case Op::add:
    case Op::mul:
    case Op::weight:
      return 0;
    case Op::select:
      return 1;
    case Op::call:
      return ir::info(graph.builtin(node)).partials.empty() ? none : 0;
    case Op::reduce:
      switch (graph.reduce_op(node)) {
        case ReduceOp::sum:
        case ReduceOp::prod:
        case ReduceOp::max:
        case ReduceOp::min:
        case ReduceOp::lse:
        case ReduceOp::norm:
          return 0;
        default:
          return none;
      }
    default:
      return none;
  }
}

}  // namespace

Activity activity_of(const Graph& graph, const std::vector<ExprId>& nodes, ir::ArrayId array) {
  Activity activity(Dependence::constant);
  for (const ExprId node : nodes) {
    const auto operands = graph.operands(node);
    Dependence dependence = Dependence::constant;
    if (graph.op(node) == Op::load) {
      const bool wanted = graph.array(node) == array;
      dependence = wanted ? Dependence::active : Dependence::varying;
    }
    const std::size_t first = first_differentiable(graph, node);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Dependence operand = activity[operands[i]];
      const bool flows = operand == Dependence::active && i >= first;
      if (flows) dependence = Dependence::active;
      if (operand != Dependence::constant && dependence == Dependence::constant) {
        dependence = Dependence::varying;
      }
    }
    activity.at(node) = dependence;
  }
  return activity;
}

}  // namespace lossc::autodiff
