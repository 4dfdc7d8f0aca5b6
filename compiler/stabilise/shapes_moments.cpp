// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The equations of second moments, as pairs of expressions that a test evaluates.
#include <array>

#include "compiler/stabilise/rules.h"

namespace lossc::stabilise {
namespace {

using ir::Axis;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::ReduceOp;

using Sides = std::pair<ExprId, ExprId>;

/// The rows z[K] and t[K] of the test function.
struct Rows {
  explicit Rows(Function& function)
      : graph(function.graph), axis(graph.fresh_axis(function.arrays[0].shape[0])) {
    const ExprId k = graph.index(axis);
    z = graph.load(ir::ArrayId{0}, std::array{k});
    t = graph.load(ir::ArrayId{1}, std::array{k});
    size = graph.size(axis.size);
  }

  ExprId sum(ExprId body) { return graph.reduce(ReduceOp::sum, axis, body); }
  ExprId square(ExprId x) { return graph.power(x, Number(2)); }
  ExprId mean(ExprId body) { return graph.over(sum(body), size); }

  Graph& graph;
  Axis axis;
  ExprId z, t, size;
};

Sides variance(Function& function) {
  Rows rows(function);
  Graph& graph = rows.graph;
  const ExprId product = graph.times(rows.mean(rows.z), rows.mean(rows.t));
  const ExprId z = graph.minus(rows.z, rows.mean(rows.z));
  const ExprId t = graph.minus(rows.t, rows.mean(rows.t));
  return {graph.minus(rows.mean(graph.times(rows.z, rows.t)), product),
          rows.mean(graph.times(z, t))};
}

}  // namespace

std::span<const Shape> moment_shapes() {
  static constexpr std::array<Shape, 1> table{{
      {RuleId::variance, "mean of a product less the product of means",
       "mean(z * t) - mean(z) * mean(t)", "mean((z - mean(z)) * (t - mean(t)))", "", variance},
  }};
  return table;
}

}  // namespace lossc::stabilise
