// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rounds of local rewrites, bottom up, until nothing changes or `rounds` is reached: every rewrite
// lowers the cost, so what the bound cuts off is only a little dearer, never wrong.
#include "compiler/simplify/simplify.h"

#include "compiler/simplify/rewrites.h"

namespace lossc::simplify {
namespace {

using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Op;

constexpr int rounds = 4;

/// A condition that was decided may decide what it guards; the constructors see to that.
ExprId rewritten(Function& function, analysis::Ranges& ranges, ExprId node, Purpose purpose) {
  switch (function.graph.op(node)) {
    case Op::add: {
      const ExprId joined = gathered(function.graph, node);
      return joined == node ? factored(function.graph, node) : joined;
    }
    case Op::mul:
      return purpose == Purpose::code ? of_first_opposites(function.graph, node)
                                      : without_opposites(function.graph, node);
    case Op::compare:
      return decided(function, ranges, node);
    case Op::conjunction:
      return reduced(function, node);
    default:
      return node;
  }
}

/// Whether any root changed.
bool simplify_once(Function& function, Purpose purpose) {
  Graph& graph = function.graph;
  analysis::Ranges ranges(function);
  ir::NodeMap<ExprId> image;
  std::vector<ExprId> operands;
  for (const ExprId node : graph.reachable(function.roots())) {
    operands.clear();
    bool changed = false;
    for (const ExprId operand : graph.operands(node)) {
      operands.push_back(image[operand]);
      changed = changed || operands.back() != operand;
    }
    const ExprId built = changed ? graph.rebuilt(node, operands) : node;
    const ExprId better = rewritten(function, ranges, built, purpose);
    if (better != node) graph.set_origin(better, graph.origin(node));
    image.at(node) = better;
    if (graph.exhausted()) return false;
  }
  bool changed = false;
  for (ir::Output& output : function.outputs) {
    changed = changed || image[output.root] != output.root;
    output.root = image[output.root];
  }
  for (ir::Requirement& requirement : function.requirements) {
    changed = changed || image[requirement.condition] != requirement.condition;
    requirement.condition = image[requirement.condition];
  }
  return changed;
}

}  // namespace

Function simplified(const Function& function, Purpose purpose) {
  Function result = ir::normalised(function);
  for (int round = 0; round < rounds && !result.graph.exhausted(); ++round) {
    if (!simplify_once(result, purpose)) break;
    result = ir::normalised(result);
  }
  return result;
}

}  // namespace lossc::simplify
