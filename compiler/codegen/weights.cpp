// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The weight of an example as a factor of what it multiplies. A weight that may be large makes an
// ordinary number of one that has left the range: such products are formed in the graph, where they
// are evaluated like those that the author has written. Other weights are multiplied last.

#include <algorithm>

#include "compiler/analysis/ranges.h"
#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

namespace {

constexpr double far = 0x1p32;

/// Cases, and sums of products: what a weight is multiplied into. Other sums may have a form as
/// one.
bool distributes(const ir::Graph& graph, ir::ExprId node) {
  if (graph.op(node) == ir::Op::select) return !graph.is_bool(node);
  const auto is_product = [&](ir::ExprId term) {
    return graph.op(term) == ir::Op::mul || graph.op(term) == ir::Op::select;
  };
  return graph.op(node) == ir::Op::add && graph.constant_of(node).is(0) &&
         std::ranges::all_of(graph.operands(node), is_product);
}

/// weight · root, in each of its cases.
ir::ExprId times_weight(ir::Graph& graph, ir::ExprId weight, ir::ExprId root) {
  ir::NodeMap<bool> known;
  std::vector<ir::ExprId> found{root};
  for (std::size_t next = 0; next < found.size(); ++next) {
    if (!distributes(graph, found[next])) continue;
    for (const ir::ExprId operand : graph.operands(found[next])) {
      if (!graph.is_bool(operand) && !known[operand]) found.push_back(operand);
      known.at(operand) = true;
    }
  }
  std::ranges::sort(found, {}, &ir::ExprId::index);
  ir::NodeMap<ir::ExprId> image;
  for (const ir::ExprId node : found) {
    std::vector<ir::ExprId> operands;
    for (const ir::ExprId operand : graph.operands(node)) {
      operands.push_back(graph.is_bool(operand) ? operand : image[operand]);
    }
    image.at(node) =
        distributes(graph, node) ? graph.rebuilt(node, operands) : graph.times(weight, node);
  }
  return image[root];
}

}  // namespace

std::optional<ir::Function> weighted(const ir::Function& function) {
  const ir::Output* weight = function.find(ir::OutputKind::weight);
  if (weight == nullptr || function.graph.mode() != ir::Graph::Mode::normalising) return {};
  if (analysis::Ranges(function)[weight->root].within(-far, far)) return {};
  ir::Function result = function;
  for (const std::size_t position : schedule::kernel_outputs(function)) {
    ir::Output& output = result.outputs[position];
    if (output.kind == ir::OutputKind::weight) continue;
    output.root = times_weight(result.graph, weight->root, output.root);
  }
  return result;
}

}  // namespace lossc::codegen
