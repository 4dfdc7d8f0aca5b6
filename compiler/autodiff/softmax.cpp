// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/autodiff/softmax.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "compiler/autodiff/partials.h"
#include "compiler/ir/builtins.h"
#include "compiler/ir/softmax.h"

namespace lossc::autodiff {

using ir::Axis;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::Op;
using ir::Relation;

namespace {

using Terms = std::vector<std::pair<ExprId, Number>>;

/// The operands and factors of a sum or a product, split by whether they vary along the axis.
struct Parts {
  Terms varying;
  Terms fixed;
};

Parts parts_of(const Graph& graph, ExprId node, Axis axis) {
  Parts parts;
  const auto operands = graph.operands(node);
  const auto factors = graph.factors(node);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Terms& part = graph.is_free(operands[i], axis) ? parts.varying : parts.fixed;
    part.emplace_back(operands[i], factors[i]);
  }
  return parts;
}

/// value as scale · (varying + what does not vary along the axis), under conditions that do not.
struct Varying {
  ExprId scale;
  ExprId value;
  std::vector<ExprId> conditions;
};

Varying varying_part(Graph& graph, ExprId value, Axis axis) {
  Varying result{graph.constant(1), value, {}};
  while (true) {
    const ExprId node = result.value;
    const bool guard =
        graph.op(node) == Op::select && graph.is_constant(graph.operands(node)[2], 0);
    if (graph.op(node) == Op::add) {
      const Parts parts = parts_of(graph, node, axis);
      result.value = graph.add(Number(0), parts.varying);
    } else if (graph.op(node) == Op::mul) {
      const Parts parts = parts_of(graph, node, axis);
      const ExprId fixed = graph.mul(graph.constant_of(node), parts.fixed);
      result.scale = graph.times(result.scale, fixed);
      result.value = graph.mul(Number(1), parts.varying);
    } else if (guard && !graph.is_free(graph.operands(node)[0], axis)) {
      result.conditions.push_back(graph.operands(node)[0]);
      result.value = graph.operands(node)[1];
    }
    if (result.value == node) return result;
  }
}

/// Whether the value asks which elements are equal to something, as derivatives of a maximum do.
/// At another place the sum in question may be rounded in another order and be equal no more.
bool asks_for_equality(const Graph& graph, ExprId value, Axis axis) {
  const std::vector<ExprId> nodes = graph.reachable(std::vector<ExprId>{value});
  return std::any_of(nodes.begin(), nodes.end(), [&](ExprId node) {
    return graph.op(node) == Op::compare && graph.relation(node) == Relation::equal &&
           graph.is_free(node, axis) && graph.op(graph.operands(node)[0]) != Op::index &&
           graph.op(graph.operands(node)[1]) != Op::index;
  });
}

}  // namespace

ExprId centred(Function& function, ExprId weight, Axis axis, ExprId value) {
  Graph& graph = function.graph;
  if (!graph.is_free(value, axis)) return graph.constant(0);
  const Varying varying = varying_part(graph, value, axis);
  if (asks_for_equality(graph, varying.value, axis)) {
    return graph.minus(value, summed(graph, axis, graph.times(weight, value)));
  }
  const ExprId reduced = graph.operands(weight)[1];
  const ExprId largest = ir::largest_position(graph, reduced);
  const ExprId pivot = graph.substitute(varying.value, {{axis, largest}});
  std::vector<ExprId> apart{graph.compare(Relation::not_equal, graph.index(axis), largest)};
  // With no class there is no pivot either: −∞ less −∞.
  if (const auto any = ir::any_class(function, reduced)) apart.push_back(*any);
  const ExprId relative = graph.guard(graph.conjunction(apart), graph.minus(varying.value, pivot));
  const ExprId mean = summed(graph, axis, graph.times(weight, relative));
  ExprId result = graph.times(varying.scale, graph.minus(relative, mean));
  if (!varying.conditions.empty()) {
    result = graph.guard(graph.conjunction(varying.conditions), result);
  }
  return result;
}

}  // namespace lossc::autodiff
