// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The equations with reductions, as pairs of expressions that a test evaluates.
#include <array>

#include "compiler/stabilise/rules.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {
namespace {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::ReduceOp;

using Sides = std::pair<ExprId, ExprId>;

/// The arrays of the test function: z[K], t[K] and the label y.
constexpr ir::ArrayId logits{0};
constexpr ir::ArrayId others{1};
constexpr ir::ArrayId label{2};

Axis classes(Function& function) {
  return function.graph.fresh_axis(function.arrays[logits.index].shape[0]);
}
ExprId element(Graph& graph, ir::ArrayId array, ExprId place) {
  return graph.load(array, std::array{place});
}
ExprId at_label(Graph& graph) { return element(graph, logits, graph.load(label, {})); }
ExprId reduced(Function& function, ReduceOp op, ir::ArrayId array, Builtin of) {
  Graph& graph = function.graph;
  const Axis axis = classes(function);
  const ExprId x = element(graph, array, graph.index(axis));
  return graph.reduce(op, axis, of == Builtin::stop_gradient ? x : graph.call(of, {x}));
}
ExprId lse(Function& function) {
  return reduced(function, ReduceOp::lse, logits, Builtin::stop_gradient);
}
ExprId log(Graph& graph, ExprId x) { return graph.call(Builtin::log, {x}); }
ExprId exp(Graph& graph, ExprId x) { return graph.call(Builtin::exp, {x}); }

Sides log_sum_exp(Function& function) {
  return {log(function.graph, reduced(function, ReduceOp::sum, logits, Builtin::exp)),
          lse(function)};
}

Sides log_product_over_axis(Function& function) {
  return {log(function.graph, reduced(function, ReduceOp::prod, others, Builtin::exp)),
          reduced(function, ReduceOp::sum, others, Builtin::stop_gradient)};
}

Sides lse_shift(Function& function) {
  Graph& graph = function.graph;
  const ExprId shift = at_label(graph);
  const Axis axis = classes(function);
  const ExprId moved = graph.minus(element(graph, logits, graph.index(axis)), shift);
  return {graph.reduce(ReduceOp::lse, axis, moved), graph.minus(lse(function), shift)};
}

Sides softmax_from_exps(Function& function) {
  Graph& graph = function.graph;
  const ExprId total = reduced(function, ReduceOp::sum, logits, Builtin::exp);
  return {graph.over(exp(graph, at_label(graph)), total),
          graph.weight(at_label(graph), lse(function))};
}

Sides scaled_norm(Function& function) {
  Graph& graph = function.graph;
  // An exponent of at least 1 that is no constant.
  const ExprId p = graph.plus(graph.constant(1), exp(graph, at_label(graph)));
  const ExprId root = graph.power(p, ir::Number(-1));
  const ExprId largest = reduced(function, ReduceOp::max, others, Builtin::abs);
  const Axis axis = classes(function);
  const ExprId x = graph.call(Builtin::abs, {element(graph, others, graph.index(axis))});
  const auto norm = [&](ExprId element_size) {
    const ExprId power = graph.call(Builtin::pow, {element_size, p});
    return graph.call(Builtin::pow, {graph.reduce(ReduceOp::sum, axis, power), root});
  };
  return {norm(x), graph.times(largest, norm(graph.over(x, largest)))};
}

Sides softmax_at_position(Function& function) {
  Graph& graph = function.graph;
  const ExprId rest = lse_of_others(graph, lse(function), graph.load(label, {}));
  return {graph.weight(at_label(graph), lse(function)),
          graph.call(Builtin::sigmoid, {graph.minus(at_label(graph), rest)})};
}

Sides log_softmax(Function& function) {
  Graph& graph = function.graph;
  return {log(graph, graph.weight(at_label(graph), lse(function))),
          graph.minus(at_label(graph), lse(function))};
}

Sides cross_entropy_of_logits(Function& function) {
  Graph& graph = function.graph;
  const ExprId rest = lse_of_others(graph, lse(function), graph.load(label, {}));
  return {graph.minus(lse(function), at_label(graph)),
          graph.call(Builtin::softplus, {graph.minus(rest, at_label(graph))})};
}

}  // namespace

std::span<const Shape> shapes() {
  static constexpr std::array<Shape, 8> table{{
      {RuleId::log_sum_exp, "log of a sum of exps over an axis", "log(sum[k](exp(z[k])))",
       "logsumexp[k](z[k])", "", log_sum_exp},
      {RuleId::log_product_over_axis, "log of a product over an axis", "log(prod[k](x[k]))",
       "sum[k](log(x[k]))", "x[k] >= 0", log_product_over_axis},
      {RuleId::lse_shift, "shift of a logsumexp", "logsumexp[k](z[k] + c)",
       "logsumexp[k](z[k]) + c", "c does not depend on k", lse_shift},
      {RuleId::softmax_from_exps, "quotient of exps", "exp(z[i]) / sum[k](exp(z[k]))",
       "softmax(z)[i]", "", softmax_from_exps},
      {RuleId::scaled_norm, "norm of a variable order", "sum[k](abs(t[k])^p)^(1 / p)",
       "m * sum[k]((abs(t[k]) / m)^p)^(1 / p)", "m is the largest |t[k]|", scaled_norm},
      {RuleId::softmax_at_position, "softmax at one position", "softmax(z)[y]",
       "sigmoid(z[y] - logsumexp[k where k != y](z[k]))", "y is one position", softmax_at_position},
      {RuleId::log_softmax, "log of softmax", "log(softmax(z)[i])", "z[i] - logsumexp[k](z[k])", "",
       log_softmax},
      {RuleId::cross_entropy_of_logits, "cross-entropy of logits", "logsumexp[k](z[k]) - z[y]",
       "softplus(logsumexp[k where k != y](z[k]) - z[y])", "y is one position",
       cross_entropy_of_logits},
  }};
  return table;
}

}  // namespace lossc::stabilise
