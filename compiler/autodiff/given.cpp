// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/autodiff/given.h"

#include <algorithm>
#include <functional>

#include "compiler/autodiff/partials.h"
#include "compiler/ir/builtins.h"

namespace lossc::autodiff {

using ir::Builtin;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Op;

namespace {

bool is_given_call(const Graph& graph, ExprId node) {
  return graph.op(node) == Op::call && ir::is_given(graph.builtin(node));
}

bool is_call(const Graph& graph, ExprId node, Builtin builtin) {
  return graph.op(node) == Op::call && graph.builtin(node) == builtin;
}

/// The row with these operands once the first differentiation is done.
ExprId after_first(Graph& graph, Builtin builtin, const std::vector<ExprId>& operands) {
  switch (builtin) {
    case Builtin::hold_second:
      return graph.call(Builtin::hold_first, operands);
    case Builtin::pull_next:
      return graph.call(Builtin::pull_first, operands);
    case Builtin::hold_first:
      return operands[0];
    default:
      return graph.constant(0);
  }
}

using Replacement = std::function<ExprId(Graph&, Builtin, const std::vector<ExprId>&)>;

Function replaced(const Function& function, const Replacement& replacement) {
  const auto given = [&](ExprId node) { return is_given_call(function.graph, node); };
  const std::vector<ExprId> roots = function.roots();
  const std::vector<ExprId> nodes = function.graph.reachable(roots);
  if (std::none_of(nodes.begin(), nodes.end(), given)) return function;
  Function result = function;
  Graph& graph = result.graph;
  ir::NodeMap<ExprId> image;
  for (const ExprId node : nodes) {
    std::vector<ExprId> operands;
    bool changed = false;
    for (const ExprId operand : graph.operands(node)) {
      operands.push_back(image[operand]);
      changed = changed || image[operand] != operand;
    }
    if (given(node)) {
      image.at(node) = replacement(graph, graph.builtin(node), operands);
    } else {
      image.at(node) = changed ? graph.rebuilt(node, operands) : node;
    }
  }
  for (ir::Output& output : result.outputs) output.root = image[output.root];
  for (ir::Requirement& requirement : result.requirements) {
    requirement.condition = image[requirement.condition];
  }
  return result;
}

/// Where the sum of a call and what it pulls goes on its way to the value.
enum class Way : char { none, affine, curved };

Way way_through(const Graph& graph, ExprId node, const Activity& activity,
                const ir::NodeMap<Way>& ways) {
  const auto operands = graph.operands(node);
  Way worst = Way::none;
  std::size_t carriers = 0;
  for (const ExprId operand : operands) {
    if (ways[operand] == Way::none) continue;
    worst = std::max(worst, ways[operand]);
    ++carriers;
  }
  if (carriers == 0 || worst == Way::curved) return worst;
  switch (graph.op(node)) {
    case Op::add:
    case Op::select:
      return Way::affine;
    case Op::reduce:
      return graph.reduce_op(node) == ir::ReduceOp::sum ? Way::affine : Way::curved;
    case Op::mul: {
      const auto exponents = graph.factors(node);
      std::size_t moving = 0;
      bool first_powers = true;
      for (std::size_t i = 0; i < operands.size(); ++i) {
        if (!is_active(activity, operands[i]) && ways[operands[i]] == Way::none) continue;
        ++moving;
        first_powers = first_powers && exponents[i].is(1);
      }
      return moving == 1 && first_powers ? Way::affine : Way::curved;
    }
    default:
      return Way::curved;
  }
}

}  // namespace

Function past_first(const Function& function, bool diagonals_follow) {
  return diagonals_follow ? replaced(function, after_first) : past_second(function);
}

Function past_second(const Function& function) {
  return replaced(function, [](Graph& graph, Builtin builtin, const std::vector<ExprId>& operands) {
    return ir::is_identity(builtin) ? operands[0] : graph.constant(0);
  });
}

const char* misplaced_curvature(const Function& function, ir::ArrayId array, bool gauss_newton) {
  const Graph& graph = function.graph;
  const ir::Output* value = function.find(ir::OutputKind::value);
  if (value == nullptr) return nullptr;
  const std::vector<ExprId> nodes = graph.reachable(std::vector<ExprId>{value->root});
  const Activity activity = activity_of(graph, nodes, array);
  ir::NodeMap<Way> ways;
  for (const ExprId node : nodes) {
    if (!is_call(graph, node, Builtin::pull_second)) {
      if (is_active(activity, node)) ways.at(node) = way_through(graph, node, activity, ways);
      continue;
    }
    const ExprId x = graph.operands(node)[0];
    // Under the clause of a call around it this one is not asked.
    if (!is_active(activity, x) || is_call(graph, x, Builtin::hold_second)) continue;
    if (gauss_newton) return "Gauss and Newton's is made from the formula";
    if (graph.op(x) != Op::load) return "its argument is not the pred itself";
    ways.at(node) = Way::affine;
  }
  return ways[value->root] == Way::curved ? "the loss is not affine in the call" : nullptr;
}

}  // namespace lossc::autodiff
