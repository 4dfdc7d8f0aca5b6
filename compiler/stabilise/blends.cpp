// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// y·a + (1 − y)·b of a label y that is 0 or 1 is a choice between a and b, whose logarithm and
// complement are those of a and b. Where a = f(−x) and b = f(x) it is one call, f((1 − 2y)·x).
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

namespace {

bool has_factor(const Product& product, ExprId base) {
  return std::find(product.powers.begin(), product.powers.end(), std::pair(base, Number(1))) !=
         product.powers.end();
}

}  // namespace

/// Terms i and j as y·a and (1 − y)·b of any label y in [0, 1].
std::optional<Stabiliser::Blend> Stabiliser::blend_of(const Sum& sum, std::size_t i,
                                                      std::size_t j) {
  const ExprId first = sum.terms[i].first;
  const ExprId second = sum.terms[j].first;
  for (const auto& [label, exponent] : as_product(graph_, first).powers) {
    if (!exponent.is(1) || !unit(label)) continue;
    const ExprId other = graph_.minus(graph_.constant(1), label);
    if (!has_factor(as_product(graph_, second), other)) continue;
    return Blend{label, other, without(graph_, first, label, Number(1)),
                 without(graph_, second, other, Number(1))};
  }
  return std::nullopt;
}

/// a·y·f(−x) + b·(1 − y)·f(x) → (a·y + b·(1 − y))·f((1 − 2y)·x) of a label y that is 0 or 1.
bool Stabiliser::join_labelled(Sum& sum, std::size_t i, std::size_t j) {
  const auto blend = blend_of(sum, i, j);
  if (!blend || !binary(blend->label)) return false;
  const Number a = sum.terms[i].second;
  const Number b = sum.terms[j].second;
  const Product others = as_product(graph_, blend->no);
  for (const auto& [call, power] : as_product(graph_, blend->yes).powers) {
    if (!power.is(1) || graph_.op(call) != Op::call || graph_.operands(call).size() != 1) continue;
    const ExprId x = graph_.negate(argument(call));
    const ExprId opposite = graph_.call(graph_.builtin(call), {x});
    if (!has_factor(others, opposite)) continue;
    note(is_call(call, Builtin::softplus) ? RuleId::cross_entropy_of_label
                                          : RuleId::function_by_label);
    const ExprId sign = graph_.minus(graph_.constant(1), graph_.scaled(Number(2), blend->label));
    const ExprId joined = graph_.call(graph_.builtin(call), {graph_.times(sign, x)});
    const ExprId left = without(graph_, blend->yes, call, Number(1));
    const ExprId right = without(graph_, blend->no, opposite, Number(1));
    sum.remove(std::max(i, j));
    sum.remove(std::min(i, j));
    if (left == right && a == b) {
      sum.add(graph_, graph_.times(left, joined), a);
      return true;
    }
    const ExprId chosen = graph_.plus(graph_.scaled(a, graph_.times(blend->label, left)),
                                      graph_.scaled(b, graph_.times(blend->other, right)));
    sum.add(graph_, graph_.times(chosen, joined), Number(1));
    return true;
  }
  return false;
}

ExprId Stabiliser::chosen(ExprId label, ExprId yes, ExprId no) {
  return graph_.select(graph_.compare(ir::Relation::equal, label, graph_.constant(1)), yes, no);
}

/// log(y·a + (1 − y)·b) of a label that is 0 or 1.
Stabiliser::Form Stabiliser::log_of_blend(const Sum& sum) {
  if (sum.terms.size() != 2 || !sum.constant.is(0)) return std::nullopt;
  for (const std::size_t i : {0u, 1u}) {
    const auto blend = blend_of(sum, i, 1 - i);
    if (!blend || !binary(blend->label)) continue;
    if (!log_of(blend->yes) && !log_of(blend->no)) continue;
    note(RuleId::log_of_choice);
    const auto scaled = [&](ExprId e, const Number& by) { return logarithm(graph_.scaled(by, e)); };
    return chosen(blend->label, scaled(blend->yes, sum.terms[i].second),
                  scaled(blend->no, sum.terms[1 - i].second));
  }
  return std::nullopt;
}

/// c − c·y·a − c·(1 − y)·b → c·(y·C(a) + (1 − y)·C(b)).
bool Stabiliser::take_complement_of_blend(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  const Number c = sum.constant;
  const Number opposite = Number(0) - c;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    if (sum.terms[i].second != opposite) continue;
    for (std::size_t j = 0; j < sum.terms.size(); ++j) {
      if (i == j || sum.terms[j].second != opposite) continue;
      const auto blend = blend_of(sum, i, j);
      if (!blend || graph_.is_constant(blend->yes, 1) || graph_.is_constant(blend->no, 1)) continue;
      if (!complement_of(blend->yes) && !complement_of(blend->no)) continue;
      note(RuleId::one_minus_blend);
      const ExprId yes = complement(blend->yes);
      const ExprId no = complement(blend->no);
      const ExprId joined = binary(blend->label) ? chosen(blend->label, yes, no)
                                                 : graph_.plus(graph_.times(blend->label, yes),
                                                               graph_.times(blend->other, no));
      sum.remove(std::max(i, j));
      sum.remove(std::min(i, j));
      sum.constant = Number(0);
      sum.add(graph_, settled(joined), c);
      return true;
    }
  }
  return false;
}

}  // namespace lossc::stabilise
