// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A whole softmax of which one class is certain. With p_m → 1 at the largest logit m, log p_m, 1 −
// p_m and the difference of two such weights lose every digit; everywhere else they keep them. So
// the element m alone is computed as softmax.cpp computes one position:
//
//   R − x_k     =  softplus(R′ − x_m)  where k = m        R′ = lse over k ≠ m
//   1 − w_k     =  sigmoid(R′ − x_m)   where k = m
//   R − Σ w x   =  Σ w (R − x)         as Σ w = 1
//
// One select per element, of a value that does not vary. Only after differentiating: derivatives of
// these forms are those of the plain ones, which are shorter.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/softmax.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Axis;
using ir::AxisSet;
using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;
using ir::Relation;

/// What the position m takes in place of what varies along the axis. The margin is −lse(x − x_m)
/// over the others: differences of logits keep digits that R′ has not room for.
Stabiliser::Largest Stabiliser::largest_of(ExprId reduced, Axis axis) {
  const ExprId place = ir::largest_position(graph_, reduced);
  const auto any = ir::any_class(function_, reduced);
  const ExprId x = ir::logit_at(graph_, reduced, place);
  const ExprId pivot = any ? graph_.guard(*any, x) : x;
  const Axis other = graph_.fresh_axis(axis.size);
  const ExprId body = ir::logit_at(graph_, reduced, graph_.index(other));
  const ExprId apart = graph_.compare(Relation::not_equal, graph_.index(other), place);
  const ExprId nothing = graph_.constant(Number::infinity(true));
  const ExprId others =
      graph_.reduce(ReduceOp::lse, other, graph_.select(apart, graph_.minus(body, pivot), nothing));
  const ExprId margin = graph_.negate(others);
  return {place, graph_.compare(Relation::equal, graph_.index(axis), place), pivot,
          any ? graph_.select(*any, margin, nothing) : margin};
}

/// R − x along an axis of x, or x − R where `negative`.
ExprId Stabiliser::log_weight(ExprId reduced, Axis axis, bool negative) {
  const Largest largest = largest_of(reduced, axis);
  const ExprId loss = graph_.call(Builtin::softplus, {graph_.negate(largest.margin)});
  const ExprId x = ir::logit_at(graph_, reduced, graph_.index(axis));
  const ExprId plain = graph_.plus(graph_.minus(largest.pivot, x), loss);
  note(RuleId::log_softmax_at_largest);
  if (!negative) return graph_.select(largest.here, loss, plain);
  return graph_.select(largest.here, graph_.negate(loss), graph_.negate(plain));
}

/// c·R − c·x in a sum, x along an axis.
bool Stabiliser::take_log_weights(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [reduced, factor] = sum.terms[i];
    if (!is_lse(reduced)) continue;
    const Number opposite = Number(0) - factor;
    for (const Axis axis : axes_beside(sum, reduced)) {
      const Sum wanted = as_sum(graph_, ir::logit_at(graph_, reduced, graph_.index(axis)));
      if (wanted.terms.empty() || !sum.contains(wanted, opposite)) continue;
      sum.subtract_terms(wanted, opposite);
      sum.add_term(reduced, opposite);
      sum.constant = sum.constant + factor * wanted.constant;
      const bool negative = factor.sign() < 0;
      sum.add(graph_, log_weight(reduced, axis, negative), negative ? opposite : factor);
      return true;
    }
  }
  return false;
}

/// 1 − w along an axis.
Stabiliser::Form Stabiliser::complement_of_weight(ExprId e) {
  const auto axis = stage_ == Stage::derivatives ? ir::softmax_axis(graph_, e) : std::nullopt;
  if (!axis) return std::nullopt;
  note(RuleId::one_minus_softmax);
  const Largest largest = largest_of(graph_.operands(e)[1], *axis);
  const ExprId rest = graph_.call(Builtin::sigmoid, {graph_.negate(largest.margin)});
  return graph_.select(largest.here, rest, graph_.minus(graph_.constant(1), e));
}

/// The sum as two parts, of which the first is the element at the largest logit.
void Stabiliser::split_at(Sum& sum, const Largest& largest, ExprId there) {
  const ExprId plain = built(graph_, sum);
  sum = Sum{};
  sum.add(graph_, graph_.select(largest.here, there, plain), Number(1));
}

/// [R ≠ −∞] v − w of a w of R: all of it under the condition, without which w is 0.
bool Stabiliser::take_classes(Sum& sum) {
  if (sum.terms.size() != 2 || !sum.constant.is(0)) return false;
  for (const std::size_t i : {0u, 1u}) {
    const auto [guard, factor] = sum.terms[i];
    for (const auto& [w, exponent] : as_product(graph_, sum.terms[1 - i].first).powers) {
      if (!exponent.is(1) || !ir::softmax_axis(graph_, w)) continue;
      const ExprId inside = without_any_class(guard, graph_.operands(w)[1]);
      if (inside == guard) continue;
      sum.remove(i);
      sum.add(graph_, inside, factor);
      return true;
    }
  }
  return false;
}

/// c·P·w − c·P·v, a difference of two softmaxes: where the first is certain, of their complements;
/// also c·P·w·(1 + s) − c·P·v.
bool Stabiliser::take_softmax_difference(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    for (const auto& [w, exponent] : as_product(graph_, sum.terms[i].first).powers) {
      const auto axis = exponent.is(1) ? ir::softmax_axis(graph_, w) : std::nullopt;
      if (!axis) continue;
      for (std::size_t j = 0; j < sum.terms.size(); ++j) {
        if (i != j && take_softmax_pair(sum, i, j, {w, *axis})) return true;
      }
    }
  }
  return false;
}

bool Stabiliser::take_softmax_pair(Sum& sum, std::size_t i, std::size_t j, const Softmax& w) {
  const auto [first, a] = sum.terms[i];
  const auto [second, b] = sum.terms[j];
  const ExprId scale = without(graph_, first, w.weight, Number(1));
  for (const auto& [v, power] : as_product(graph_, second).powers) {
    if (!power.is(1) || ir::softmax_axis(graph_, v) != w.axis) continue;
    const ExprId common = without(graph_, second, v, Number(1));
    Number size = a;
    ExprId rest;
    if (common != scale) {
      // P·(k + s) of which only k·P is common.
      for (const auto& [factor, one] : as_product(graph_, scale).powers) {
        if (!one.is(1) || graph_.op(factor) != Op::add) continue;
        if (without(graph_, scale, factor, Number(1)) != common) continue;
        const ExprId constant = graph_.constant(graph_.constant_of(factor));
        size = a * graph_.constant_of(factor);
        rest = graph_.times(graph_.times(common, w.weight), graph_.minus(factor, constant));
        break;
      }
    }
    if ((common != scale && !rest.valid()) || size != Number(0) - b) continue;
    const Largest largest = largest_of(graph_.operands(w.weight)[1], w.axis);
    const ExprId other = graph_.operands(v)[1];
    const ExprId x = ir::logit_at(graph_, other, largest.place);
    note(RuleId::difference_of_softmaxes);
    // Both are infinite where there is one class only.
    const ExprId beside = margin(x, other, largest.place);
    const ExprId difference =
        graph_.guard(graph_.compare(Relation::not_equal, largest.margin, beside),
                     applied(RuleId::difference_of_sigmoids, {largest.margin, beside}));
    const ExprId there =
        graph_.times(graph_.substitute(common, {{w.axis, largest.place}}), difference);
    const ExprId plain = graph_.times(common, graph_.minus(w.weight, v));
    sum.remove(std::max(i, j));
    sum.remove(std::min(i, j));
    sum.add(graph_, graph_.select(largest.here, there, plain), size);
    if (rest.valid()) sum.add(graph_, rest, a);
    return true;
  }
  return false;
}

/// c·P·w·Σ_j y_j − c·P·y, the gradient of a cross-entropy with soft labels: where w is certain,
/// w·Σ_{j ≠ m} y_j − (1 − w)·y.
bool Stabiliser::take_soft_label(Sum& sum) {
  if (sum.terms.size() != 2 || !sum.constant.is(0)) return false;
  for (const std::size_t i : {0u, 1u}) {
    const auto [first, a] = sum.terms[i];
    const auto [second, b] = sum.terms[1 - i];
    if (a != Number(0) - b) continue;
    const Product factors = as_product(graph_, first);
    for (const auto& [w, exponent] : factors.powers) {
      const auto axis = exponent.is(1) ? ir::softmax_axis(graph_, w) : std::nullopt;
      if (!axis) continue;
      const ExprId scaled = without(graph_, first, w, Number(1));
      for (const auto& [total, power] : factors.powers) {
        if (!power.is(1) || graph_.op(total) != Op::reduce) continue;
        if (graph_.reduce_op(total) != ReduceOp::sum || graph_.is_free(total, *axis)) continue;
        const ExprId scale = without(graph_, scaled, total, Number(1));
        const ExprId label = ir::logit_at(graph_, total, graph_.index(*axis));
        if (graph_.times(scale, label) != second) continue;
        const Largest largest = largest_of(graph_.operands(w)[1], *axis);
        note(RuleId::soft_label_at_largest);
        const Axis other = graph_.fresh_axis(axis->size);
        const ExprId apart =
            graph_.compare(Relation::not_equal, graph_.index(other), largest.place);
        const ExprId element = ir::logit_at(graph_, total, graph_.index(other));
        const ExprId rest = graph_.reduce(ReduceOp::sum, other, graph_.guard(apart, element));
        const auto sigmoid = [&](ExprId u) { return graph_.call(Builtin::sigmoid, {u}); };
        const ExprId there =
            graph_.minus(graph_.times(sigmoid(largest.margin), rest),
                         graph_.times(sigmoid(graph_.negate(largest.margin)),
                                      graph_.substitute(label, {{*axis, largest.place}})));
        const ExprId factor = graph_.substitute(scale, {{*axis, largest.place}});
        split_at(sum, largest, graph_.scaled(a, graph_.times(factor, there)));
        return true;
      }
    }
  }
  return false;
}

/// c·P·R − c·P·Σ w x with x the body of R: an entropy, as a temperature's derivative has it.
bool Stabiliser::take_entropy(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [first, a] = sum.terms[i];
    for (const auto& [reduced, exponent] : as_product(graph_, first).powers) {
      if (!exponent.is(1) || !is_lse(reduced)) continue;
      const ExprId scale = without(graph_, first, reduced, Number(1));
      for (std::size_t j = 0; j < sum.terms.size(); ++j) {
        const auto [second, b] = sum.terms[j];
        const auto entropy = i == j ? std::nullopt : mean_gap(reduced, second, scale, b / a);
        if (!entropy) continue;
        note(RuleId::entropy_of_softmax);
        const ExprId joined = graph_.times(scale, *entropy);
        sum.remove(std::max(i, j));
        sum.remove(std::min(i, j));
        sum.add(graph_, joined, a);
        return true;
      }
    }
  }
  return false;
}

/// c·f − c·Σ w f, f along the axis: relative to f at the largest logit, as autodiff has it.
bool Stabiliser::take_centred(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [term, factor] = sum.terms[i];
    for (const auto& [mean, exponent] : as_product(graph_, term).powers) {
      const bool total = graph_.op(mean) == Op::reduce && graph_.reduce_op(mean) == ReduceOp::sum;
      if (!total || !exponent.is(1)) continue;
      const ExprId scale = without(graph_, term, mean, Number(1));
      for (const Axis axis : axes_beside(sum, mean)) {
        const auto [w, value] = weight_of(ir::logit_at(graph_, mean, graph_.index(axis)), axis);
        if (!w.valid()) continue;
        const Sum wanted = as_sum(graph_, graph_.times(scale, value));
        const Number opposite = Number(0) - factor;
        if (wanted.terms.empty() || !sum.contains(wanted, opposite)) continue;
        note(RuleId::mean_of_softmax);
        sum.add_term(ExprId(term), opposite);
        sum.subtract_terms(wanted, opposite);
        sum.constant = sum.constant + factor * wanted.constant;
        sum.add(graph_, graph_.times(scale, centred(w, axis, value)), opposite);
        return true;
      }
    }
  }
  return false;
}

ExprId Stabiliser::centred(ExprId w, Axis axis, ExprId value) {
  const ExprId place = ir::largest_position(graph_, graph_.operands(w)[1]);
  const ExprId pivot = graph_.substitute(value, {{axis, place}});
  const ExprId apart = graph_.compare(Relation::not_equal, graph_.index(axis), place);
  const ExprId relative = graph_.guard(apart, graph_.minus(value, pivot));
  const Axis fresh = graph_.fresh_axis(axis.size);
  const ExprId body = graph_.substitute(graph_.times(w, relative), {{axis, graph_.index(fresh)}});
  return graph_.minus(relative, graph_.reduce(ReduceOp::sum, fresh, body));
}

/// The axes of the sum's terms, of the size that `reduced` runs over, and not free in it.
AxisSet Stabiliser::axes_beside(const Sum& sum, ExprId reduced) {
  AxisSet axes;
  for (const auto& [term, coefficient] : sum.terms) {
    for (const Axis axis : graph_.free_axes(term)) {
      if (axis.size != graph_.axis(reduced).size || graph_.is_free(reduced, axis)) continue;
      if (std::find(axes.begin(), axes.end(), axis) == axes.end()) axes.push_back(axis);
    }
  }
  return axes;
}

/// A product as a whole softmax along the axis and the rest; no softmax if it has none.
Stabiliser::Weighted Stabiliser::weight_of(ExprId product, Axis axis) {
  for (const auto& [w, exponent] : as_product(graph_, product).powers) {
    if (!exponent.is(1) || ir::softmax_axis(graph_, w) != axis) continue;
    return {w, without(graph_, product, w, Number(1))};
  }
  return {ExprId{}, product};
}

/// Σ w (R − x), if ratio · term / scale is −Σ w x.
Stabiliser::Form Stabiliser::mean_gap(ExprId reduced, ExprId term, ExprId scale,
                                      const Number& ratio) {
  for (const auto& [mean, exponent] : as_product(graph_, term).powers) {
    const bool sum = graph_.op(mean) == Op::reduce && graph_.reduce_op(mean) == ReduceOp::sum;
    if (!sum || !exponent.is(1)) continue;
    const Axis axis = graph_.axis(mean);
    if (axis.size != graph_.axis(reduced).size) continue;
    const Axis fresh = graph_.fresh_axis(axis.size);
    const ExprId body = ir::logit_at(graph_, mean, graph_.index(fresh));
    const auto [w, value] = weight_of(body, fresh);
    const ExprId x = ir::logit_at(graph_, reduced, graph_.index(fresh));
    if (!w.valid() || graph_.operands(w)[1] != reduced) continue;
    const ExprId outer = graph_.over(without(graph_, term, mean, Number(1)), scale);
    const ExprId product = graph_.scaled(Number(0) - ratio, graph_.times(outer, value));
    if (product != x) continue;
    return graph_.reduce(ReduceOp::sum, fresh, graph_.times(w, log_weight(reduced, fresh, false)));
  }
  return std::nullopt;
}

/// [R ≠ −∞ and …] x as [and …] x; the node itself if it is nothing of the kind.
ExprId Stabiliser::without_any_class(ExprId node, ExprId reduced) {
  const auto any = ir::any_class(function_, reduced);
  if (!any || graph_.op(node) != Op::select) return node;
  if (!graph_.is_constant(graph_.operands(node)[2], 0)) return node;
  const ExprId condition = graph_.operands(node)[0];
  if (condition == *any) return graph_.operands(node)[1];
  if (graph_.op(condition) != Op::conjunction) return node;
  std::vector<ExprId> rest;
  for (const ExprId one : graph_.operands(condition)) {
    if (one != *any) rest.push_back(one);
  }
  return graph_.guard(graph_.conjunction(rest), graph_.operands(node)[1]);
}

/// [R ≠ −∞] c of a constant c, beside other terms that w multiplies, is c: without a class w is 0.
/// (What is no constant may be a NaN there.)
bool Stabiliser::settle_classes(Product& product) {
  for (const auto& [w, exponent] : product.powers) {
    if (exponent.sign() < 0 || !ir::softmax_axis(graph_, w)) continue;
    const ExprId reduced = graph_.operands(w)[1];
    for (auto& [base, power] : product.powers) {
      if (graph_.op(base) != Op::add || !power.is(1)) continue;
      const Sum terms = as_sum(graph_, base);
      Sum plain;
      plain.constant = terms.constant;
      for (const auto& [term, factor] : terms.terms) {
        const ExprId inside = without_any_class(term, reduced);
        plain.add(graph_, graph_.op(inside) == Op::constant ? inside : term, factor);
      }
      const ExprId better = built(graph_, plain);
      if (better == base) continue;
      base = better;
      return true;
    }
  }
  return false;
}

bool Stabiliser::take_certain(Sum& sum) {
  if (take_mean_of_logs(sum)) return true;
  return stage_ == Stage::derivatives &&
         (take_log_weights(sum) || take_entropy(sum) || take_classes(sum) ||
          take_softmax_difference(sum) || take_soft_label(sum));
}

/// Σ w over a whole softmax is 1; 0 where no class is left.
ExprId Stabiliser::stable_reduction(ExprId node) {
  if (graph_.reduce_op(node) != ReduceOp::sum) return node;
  if (const Form share = masked_share(node)) return *share;
  const ExprId body = graph_.operands(node)[0];
  if (ir::softmax_axis(graph_, body) != graph_.axis(node)) return node;
  note(RuleId::sum_of_softmax);
  const ExprId reduced = graph_.operands(body)[1];
  const ExprId one = graph_.constant(1);
  const auto any = ir::any_class(function_, reduced);
  return any ? graph_.guard(*any, one) : one;
}

}  // namespace lossc::stabilise
