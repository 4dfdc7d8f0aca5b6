// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The equations of a whole softmax and of groups of its classes, as pairs of expressions that a
// test evaluates.
#include <array>

#include "compiler/ir/builtins.h"
#include "compiler/ir/softmax.h"
#include "compiler/stabilise/rules.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {
namespace {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::ReduceOp;
using ir::Relation;

/// z[K], t[K] and y of the test function along one axis, and R = lse(z).
struct Row {
  explicit Row(Function& function)
      : graph(function.graph), axis(graph.fresh_axis(function.arrays[0].shape[0])) {
    k = graph.index(axis);
    z = graph.load(ir::ArrayId{0}, std::array{k});
    t = graph.load(ir::ArrayId{1}, std::array{k});
    y = graph.load(ir::ArrayId{2}, {});
    whole = over(ReduceOp::lse, z);
    w = graph.weight(z, whole);
    largest = ir::largest_position(graph, whole);
    here = graph.compare(Relation::equal, k, largest);
    const ExprId rest = lse_of_others(graph, whole, largest);
    margin = graph.minus(ir::logit_at(graph, whole, largest), rest);
  }
  ExprId over(ReduceOp op, ExprId body) {
    const Axis fresh = graph.fresh_axis(axis.size);
    return graph.reduce(op, fresh, graph.substitute(body, {{axis, graph.index(fresh)}}));
  }
  ExprId sum(ExprId body) { return over(ReduceOp::sum, body); }
  ExprId part(bool inside) {
    const ExprId within = graph.compare(Relation::less_equal, k, y);
    const ExprId kept = inside ? within : graph.negation(within);
    return over(ReduceOp::lse, graph.select(kept, z, graph.constant(Number::infinity(true))));
  }
  ExprId call(Builtin builtin, ExprId x) { return graph.call(builtin, {x}); }
  ExprId weighted(ExprId element) { return sum(graph.times(t, element)); }

  Graph& graph;
  Axis axis;
  ExprId k, z, t, y, whole, w, largest, here, margin;
};

using Sides = std::pair<ExprId, ExprId>;

Sides log_softmax_at_largest(Function& function) {
  Row row(function);
  const ExprId plain = row.graph.minus(row.whole, row.z);
  const ExprId loss = row.call(Builtin::softplus, row.graph.negate(row.margin));
  return {row.weighted(plain), row.weighted(row.graph.select(row.here, loss, plain))};
}

Sides one_minus_softmax(Function& function) {
  Row row(function);
  const ExprId plain = row.graph.minus(row.graph.constant(1), row.w);
  const ExprId rest = row.call(Builtin::sigmoid, row.graph.negate(row.margin));
  return {row.weighted(plain), row.weighted(row.graph.select(row.here, rest, plain))};
}

Sides difference_of_softmaxes(Function& function) {
  Row row(function);
  Graph& graph = row.graph;
  const ExprId other = row.over(ReduceOp::lse, row.t);
  const ExprId plain = graph.minus(row.w, graph.weight(row.t, other));
  const ExprId margin = graph.minus(ir::logit_at(graph, other, row.largest),
                                    lse_of_others(graph, other, row.largest));
  const std::array<ExprId, 2> margins{row.margin, margin};
  // Both are infinite where there is one class only.
  const ExprId there =
      graph.guard(graph.compare(Relation::not_equal, row.margin, margin),
                  ir::instantiated(graph, rule(RuleId::difference_of_sigmoids).right, margins));
  return {row.weighted(plain), row.weighted(graph.select(row.here, there, plain))};
}

Sides soft_label_at_largest(Function& function) {
  Row row(function);
  Graph& graph = row.graph;
  const ExprId total = row.sum(row.t);
  const ExprId plain = graph.minus(graph.times(row.w, total), row.t);
  const ExprId apart = graph.compare(Relation::not_equal, row.k, row.largest);
  const ExprId others = row.sum(graph.guard(apart, row.t));
  const ExprId there =
      graph.minus(graph.times(row.call(Builtin::sigmoid, row.margin), others),
                  graph.times(row.call(Builtin::sigmoid, graph.negate(row.margin)), row.t));
  return {row.weighted(plain), row.weighted(graph.select(row.here, there, plain))};
}

Sides entropy_of_softmax(Function& function) {
  Row row(function);
  Graph& graph = row.graph;
  return {graph.minus(row.whole, row.sum(graph.times(row.w, row.z))),
          row.sum(graph.times(row.w, graph.minus(row.whole, row.z)))};
}

Sides mean_of_softmax(Function& function) {
  Row row(function);
  Graph& graph = row.graph;
  const ExprId there = graph.substitute(row.t, {{row.axis, row.largest}});
  const ExprId relative = graph.guard(graph.negation(row.here), graph.minus(row.t, there));
  const auto spread = [&](ExprId element) {
    const ExprId mean = row.sum(graph.times(row.w, element));
    return row.sum(graph.power(graph.minus(element, mean), Number(2)));
  };
  return {spread(row.t), spread(relative)};
}

Sides sum_of_softmax(Function& function) {
  Row row(function);
  return {row.sum(row.w), row.graph.constant(1)};
}

Sides one_minus_mean(Function& function) {
  Row row(function);
  Graph& graph = row.graph;
  const ExprId rest = graph.minus(graph.constant(1), row.w);
  return {graph.minus(graph.constant(1), row.sum(graph.times(row.w, row.w))),
          row.sum(graph.times(row.w, rest))};
}

Sides softmax_of_group(Function& function) {
  Row row(function);
  const ExprId within = row.graph.compare(Relation::less_equal, row.k, row.y);
  const ExprId margin = row.graph.minus(row.part(true), row.part(false));
  return {row.sum(row.graph.guard(within, row.w)), row.call(Builtin::sigmoid, margin)};
}

Sides part_of_logsumexp(Function& function) {
  Row row(function);
  const ExprId away = row.graph.minus(row.part(false), row.part(true));
  return {row.graph.minus(row.whole, row.part(true)), row.call(Builtin::softplus, away)};
}

Sides weighted_softmax(Function& function) {
  Row row(function);
  Graph& graph = row.graph;
  const ExprId v = row.call(Builtin::abs, row.t);
  const ExprId log = row.call(Builtin::log, v);
  return {row.sum(graph.weight(graph.plus(row.z, log), row.whole)), row.sum(graph.times(v, row.w))};
}

Sides mean_of_log_softmax(Function& function) {
  Row row(function);
  Graph& graph = row.graph;
  const ExprId there = ir::logit_at(graph, row.whole, row.largest);
  const ExprId all = graph.times(graph.size(row.axis.size), graph.minus(row.whole, there));
  return {graph.plus(all, row.sum(graph.minus(row.z, row.whole))),
          row.sum(graph.minus(row.z, there))};
}

Sides log_mean_exp(Function& function) {
  Row row(function);
  Graph& graph = row.graph;
  const ExprId count = graph.size(row.axis.size);
  const ExprId there = ir::logit_at(graph, row.whole, row.largest);
  const ExprId gaps = row.sum(row.call(Builtin::expm1, graph.minus(row.z, there)));
  return {graph.minus(row.whole, row.call(Builtin::log, count)),
          graph.plus(there, row.call(Builtin::log1p, graph.over(gaps, count)))};
}

}  // namespace

std::span<const Shape> softmax_shapes() {
  static constexpr std::array<Shape, 13> table{{
      {RuleId::log_softmax_at_largest, "log of softmax at the largest logit",
       "logsumexp[k](z[k]) - z[i]", "softplus(logsumexp[k where k != i](z[k]) - z[i])",
       "z[i] is the largest", log_softmax_at_largest},
      {RuleId::one_minus_softmax, "1 - softmax", "1 - softmax(z)[i]",
       "sigmoid(logsumexp[k where k != i](z[k]) - z[i])", "z[i] is the largest", one_minus_softmax},
      {RuleId::difference_of_softmaxes, "difference of softmaxes", "softmax(z)[i] - softmax(t)[i]",
       "difference of their sigmoids", "z[i] is the largest", difference_of_softmaxes},
      {RuleId::soft_label_at_largest, "softmax less a soft label", "softmax(z)[i] * sum(t) - t[i]",
       "softmax(z)[i] * sum[k where k != i](t[k]) - (1 - softmax(z)[i]) * t[i]",
       "z[i] is the largest", soft_label_at_largest},
      {RuleId::entropy_of_softmax, "entropy of softmax", "logsumexp[k](z[k]) - sum(softmax(z) * z)",
       "-sum(softmax(z) * log_softmax(z))", "", entropy_of_softmax},
      {RuleId::sum_of_softmax, "sum of softmax", "sum(softmax(z))", "1", "", sum_of_softmax},
      {RuleId::mean_of_softmax, "mean under a softmax", "v[i] - sum(softmax(z) * v)",
       "(v[i] - v[m]) - sum[k where k != m](softmax(z)[k] * (v[k] - v[m]))", "z[m] is the largest",
       mean_of_softmax},
      {RuleId::one_minus_mean, "1 - mean under a softmax", "1 - sum(softmax(z) * v)",
       "sum(softmax(z) * (1 - v))", "0 <= v <= 1", one_minus_mean},
      {RuleId::softmax_of_group, "softmax of a group", "sum[k where c[k]](softmax(z)[k])",
       "sigmoid(logsumexp[k where c[k]](z[k]) - logsumexp[k where not c[k]](z[k]))", "",
       softmax_of_group},
      {RuleId::part_of_logsumexp, "part of a logsumexp",
       "logsumexp[k](z[k]) - logsumexp[k where c[k]](z[k])",
       "softplus(logsumexp[k where not c[k]](z[k]) - logsumexp[k where c[k]](z[k]))", "",
       part_of_logsumexp},
      {RuleId::weighted_softmax, "softmax with a weight", "exp(z[i] + log(v[i]) - r)",
       "v[i] * exp(z[i] - r)", "v >= 0", weighted_softmax},
      {RuleId::log_mean_exp, "log of a mean of exps", "logsumexp[k](z[k]) - log(K)",
       "z[m] + log1p(mean[k](exp(z[k] - z[m]) - 1))", "z[m] is the largest", log_mean_exp},
      {RuleId::mean_of_log_softmax, "mean of log_softmax",
       "logsumexp[k](z[k]) - z[y] + sum(log_softmax(z)) / K", "sum[k](z[k] - z[y]) / K",
       "y is one position", mean_of_log_softmax},
  }};
  return table;
}

}  // namespace lossc::stabilise
