// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The equations with reductions, as pairs of expressions that a test evaluates.
#include <algorithm>
#include <array>
#include <vector>

#include "compiler/ir/builtins.h"
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

ExprId norm(Function& function, ir::ArrayId array) {
  return reduced(function, ReduceOp::norm, array, Builtin::stop_gradient);
}

Sides norm_over_axis(Function& function) {
  Graph& graph = function.graph;
  const Axis axis = classes(function);
  const ExprId square = graph.power(element(graph, others, graph.index(axis)), ir::Number(2));
  const ir::Number half = ir::Number(1) / ir::Number(2);
  return {graph.power(graph.reduce(ReduceOp::sum, axis, square), half), norm(function, others)};
}

Sides norm_of_others(Function& function) {
  Graph& graph = function.graph;
  const ExprId position = graph.load(label, {});
  const Axis axis = classes(function);
  const ExprId k = graph.index(axis);
  const ExprId apart = graph.compare(ir::Relation::not_equal, k, position);
  const ExprId rest = graph.guard(apart, element(graph, others, k));
  const ir::Number two(2);
  return {graph.minus(graph.power(norm(function, others), two),
                      graph.power(element(graph, others, position), two)),
          graph.power(graph.reduce(ReduceOp::norm, axis, rest), two)};
}

Sides difference_of_norms(Function& function) {
  Graph& graph = function.graph;
  const Axis axis = classes(function);
  const ExprId x = element(graph, logits, graph.index(axis));
  const ExprId t = element(graph, others, graph.index(axis));
  const ExprId both = graph.plus(norm(function, logits), norm(function, others));
  const ExprId slope = graph.call(Builtin::quotient, {graph.plus(x, t), both});
  return {graph.minus(norm(function, logits), norm(function, others)),
          graph.reduce(ReduceOp::sum, axis, graph.times(graph.minus(x, t), slope))};
}

Sides difference_of_directions(Function& function) {
  Graph& graph = function.graph;
  const ExprId position = graph.load(label, {});
  const ExprId x = at_label(graph);
  const ExprId t = element(graph, others, position);
  const ExprId first = graph.over(x, norm(function, logits));
  const ExprId second = graph.over(t, norm(function, others));
  const ExprId lengths = graph.minus(norm(function, logits), norm(function, others));
  const ExprId both = graph.plus(norm(function, logits), norm(function, others));
  const ExprId above = graph.minus(graph.scaled(ir::Number(2), graph.minus(x, t)),
                                   graph.times(lengths, graph.plus(first, second)));
  return {graph.minus(first, second), graph.over(above, both)};
}

Sides scaled_dot(Function& function) {
  Graph& graph = function.graph;
  const Axis axis = classes(function);
  const ExprId x = element(graph, logits, graph.index(axis));
  const ExprId t = element(graph, others, graph.index(axis));
  const ExprId length = norm(function, others);
  const ExprId scaled = graph.call(Builtin::quotient, {t, length});
  return {graph.over(graph.reduce(ReduceOp::sum, axis, graph.times(x, t)), length),
          graph.reduce(ReduceOp::sum, axis, graph.times(x, scaled))};
}

Sides one_minus_cosine(Function& function) {
  Graph& graph = function.graph;
  const Axis axis = classes(function);
  const auto scaled = [&](ir::ArrayId array) {
    const ExprId x = element(graph, array, graph.index(axis));
    return graph.call(Builtin::quotient, {x, norm(function, array)});
  };
  const ExprId x = scaled(logits);
  const ExprId t = scaled(others);
  const ExprId apart = graph.power(graph.minus(x, t), ir::Number(2));
  const ExprId cosine = graph.reduce(ReduceOp::sum, axis, graph.times(x, t));
  const ir::Number half = ir::Number(1) / ir::Number(2);
  return {graph.minus(graph.constant(1), cosine),
          graph.scaled(half, graph.reduce(ReduceOp::sum, axis, apart))};
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
  static const std::vector<Shape> table = [] {
    std::vector<Shape> rows{
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
        {RuleId::norm_over_axis, "norm over an axis", "sqrt(sum[k](t[k]^2))", "norm[k](t[k])", "",
         norm_over_axis},
        {RuleId::scaled_dot, "dot product of normalised vectors",
         "sum[k](x[k] * t[k]) / norm[k](t[k])", "sum[k](x[k] * quotient(t[k], norm[k](t[k])))",
         "quotient(x, y) is x / y, not multiplied out", scaled_dot},
        {RuleId::one_minus_cosine, "1 - cosine of an angle",
         "1 - sum[k](x[k] * t[k]) / (norm[k](x[k]) * norm[k](t[k]))",
         "sum[k]((x[k] / norm[k](x[k]) - t[k] / norm[k](t[k]))^2) / 2", "neither norm is 0",
         one_minus_cosine},
        {RuleId::norm_of_others, "norm without one element", "norm[k](t[k])^2 - t[y]^2",
         "norm[k where k != y](t[k])^2", "y is one position", norm_of_others},
        {RuleId::difference_of_norms, "difference of norms", "norm[k](z[k]) - norm[k](t[k])",
         "sum[k]((z[k] - t[k]) * (z[k] + t[k])) / (norm[k](z[k]) + norm[k](t[k]))", "",
         difference_of_norms},
        {RuleId::difference_of_directions, "difference of directions",
         "z[y] / norm[k](z[k]) - t[y] / norm[k](t[k])",
         "(2 * (z[y] - t[y]) - d * (z[y] / norm[k](z[k]) + t[y] / norm[k](t[k])))"
         " / (norm[k](z[k]) + norm[k](t[k]))",
         "neither norm is 0; d is their difference", difference_of_directions},
        {RuleId::softmax_at_position, "softmax at one position", "softmax(z)[y]",
         "sigmoid(z[y] - logsumexp[k where k != y](z[k]))", "y is one position",
         softmax_at_position},
        {RuleId::log_softmax, "log of softmax", "log(softmax(z)[i])", "z[i] - logsumexp[k](z[k])",
         "", log_softmax},
        {RuleId::cross_entropy_of_logits, "cross-entropy of logits", "logsumexp[k](z[k]) - z[y]",
         "softplus(logsumexp[k where k != y](z[k]) - z[y])", "y is one position",
         cross_entropy_of_logits},
    };
    // In the order of RuleId.
    const auto softmax = softmax_shapes();
    rows.insert(rows.end(), softmax.begin(), softmax.end());
    const auto moments = moment_shapes();
    rows.insert(rows.end(), moments.begin(), moments.end());
    std::ranges::sort(rows, {}, &Shape::id);
    return rows;
  }();
  return table;
}

}  // namespace lossc::stabilise
