// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Second moments: Σ a·b − Σ a·Σ b/n is Σ (a − ā)·(b − b̄), and a² − 2ab + b² is (a − b)², also under
// a sum over an axis. Nothing is left to cancel but first powers of what the author gave.
#include <algorithm>

#include "compiler/ir/rational.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Axis;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

bool Stabiliser::is_sum_over_axis(ExprId node) const {
  return graph_.op(node) == Op::reduce && graph_.reduce_op(node) == ReduceOp::sum;
}

/// The body of a reduction with its axis called `axis`.
ExprId Stabiliser::body_over(ExprId reduced, Axis axis) {
  const ExprId body = graph_.operands(reduced)[0];
  return graph_.substitute(body, {{graph_.axis(reduced), graph_.index(axis)}});
}

/// The sums over axes of a product, one entry for each power of one, and the other factors.
Stabiliser::SumsOverAxis Stabiliser::sums_over_axis(ExprId term, const Number& factor) {
  SumsOverAxis result;
  Product product = as_product(graph_, term);
  product.coefficient = product.coefficient * factor;
  for (std::size_t i = product.powers.size(); i-- > 0;) {
    const auto [base, exponent] = product.powers[i];
    if (!is_sum_over_axis(base) || !(exponent.is(1) || exponent.is(2))) continue;
    for (int n = 0; n < (exponent.is(2) ? 2 : 1); ++n) result.sums.push_back(base);
    product.remove(i);
  }
  result.rest = built(graph_, product);
  return result;
}

/// r·(Σ w·a·b − Σ w·a · Σ w·b / T), T = Σ w or the number of elements.
Stabiliser::Form Stabiliser::centred(const SumsOverAxis& whole, const SumsOverAxis& parts) {
  const Axis bound = graph_.axis(whole.sums[0]);
  for (const ExprId part : parts.sums) {
    if (graph_.axis(part).size != bound.size) return std::nullopt;
  }
  Product ratio = as_product(graph_, graph_.negate(whole.rest));
  ratio.multiply(graph_, parts.rest, Number(-1));
  const ExprId total = built(graph_, ratio);
  const Axis axis = graph_.fresh_axis(bound.size);
  ExprId weight = graph_.constant(1);
  if (total != graph_.size(bound.size)) {
    if (!is_sum_over_axis(total) || graph_.axis(total).size != bound.size) return std::nullopt;
    weight = body_over(total, axis);
  }
  const ExprId a = body_over(parts.sums[0], axis);
  const ExprId b = body_over(parts.sums[1], axis);
  Product joined = as_product(graph_, a);
  joined.multiply(graph_, b, Number(1));
  joined.multiply(graph_, weight, Number(-1));
  if (built(graph_, joined) != body_over(whole.sums[0], axis)) return std::nullopt;
  // From an element on, so that equal elements have no deviation: that does not depend on which
  // one, and has no derivative by it.
  const auto deviation = [&](ExprId body) {
    Product value = as_product(graph_, body);
    value.multiply(graph_, weight, Number(-1));
    const ExprId element = built(graph_, value);
    const ExprId origin = graph_.reduce(ReduceOp::max, axis, element);
    const ExprId gap = graph_.minus(element, graph_.call(ir::Builtin::stop_gradient, {origin}));
    const ExprId sum = graph_.reduce(ReduceOp::sum, axis, graph_.times(weight, gap));
    return graph_.minus(gap, graph_.over(sum, total));
  };
  note(RuleId::variance);
  const ExprId product = graph_.times(deviation(a), deviation(b));
  const ExprId centred = graph_.reduce(ReduceOp::sum, axis, graph_.times(weight, product));
  return graph_.times(whole.rest, centred);
}

bool Stabiliser::take_variance(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t j = 0; j < sum.terms.size(); ++j) {
    const SumsOverAxis parts = sums_over_axis(sum.terms[j].first, sum.terms[j].second);
    if (parts.sums.size() != 2) continue;
    for (std::size_t i = 0; i < sum.terms.size(); ++i) {
      if (i == j) continue;
      const SumsOverAxis whole = sums_over_axis(sum.terms[i].first, sum.terms[i].second);
      if (whole.sums.size() != 1) continue;
      const Form form = centred(whole, parts);
      if (!form) continue;
      sum.remove(std::max(i, j));
      sum.remove(std::min(i, j));
      sum.add(graph_, *form, Number(1));
      return true;
    }
  }
  return false;
}

/// The root of a product whose exponents are halved: of x² it is x, whatever its sign.
ExprId Stabiliser::half_power(ExprId node) {
  Product product = as_product(graph_, node);
  for (auto& power : product.powers) power.second = power.second / Number(2);
  return built(graph_, product);
}

/// a·x² + b·y² + c·x·y with c² = 4ab as a·(x + c/(2a)·y)².
bool Stabiliser::take_square(Sum& sum) {
  if (sum.terms.size() > 8 || !sum.constant.finite()) return false;
  std::vector<std::pair<ExprId, Number>> terms = sum.terms;
  if (!sum.constant.is(0)) terms.emplace_back(graph_.constant(1), sum.constant);
  if (terms.size() < 3) return false;
  for (std::size_t k = 0; k < sum.terms.size(); ++k) {
    for (std::size_t i = 0; i < terms.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (i == k || j == k) continue;
        const Number ratio = terms[k].second / (Number(2) * terms[i].second);
        if (terms[j].second != terms[i].second * ratio * ratio) continue;
        const ExprId x = half_power(terms[i].first);
        const ExprId y = half_power(terms[j].first);
        if (graph_.times(x, y) != terms[k].first) continue;
        const ExprId root = graph_.plus(x, graph_.scaled(ratio, y));
        const ExprId square = graph_.power(root, Number(2));
        note(RuleId::square_of_difference);
        const Number scale = terms[i].second;
        Sum left;
        for (std::size_t n = 0; n < terms.size(); ++n) {
          if (n != i && n != j && n != k) left.add(graph_, terms[n].first, terms[n].second);
        }
        left.add(graph_, square, scale);
        sum = left;
        return true;
      }
    }
  }
  return false;
}

/// c·Σ f + d·Σ g over axes of one size is Σ (c·f + d·g), if something cancels in there.
bool Stabiliser::take_joined_sums(Sum& sum) {
  if (sum.terms.size() < 2 || sum.terms.size() > 8) return false;
  for (std::size_t first = 0; first + 1 < sum.terms.size(); ++first) {
    const SumsOverAxis model = sums_over_axis(sum.terms[first].first, Number(1));
    if (model.sums.size() != 1) continue;
    const Axis axis = graph_.fresh_axis(graph_.axis(model.sums[0]).size);
    Sum body;
    Sum left;
    left.constant = sum.constant;
    std::size_t joined = 0;
    for (const auto& [term, factor] : sum.terms) {
      const SumsOverAxis one = sums_over_axis(term, Number(1));
      const bool alike = one.sums.size() == 1 && one.rest == model.rest &&
                         graph_.axis(one.sums[0]).size == axis.size;
      if (alike) {
        ++joined;
        body.add(graph_, body_over(one.sums[0], axis), factor);
      } else {
        left.add_term(term, factor);
      }
    }
    if (joined < 2 || !(take_deviance(body) || take_square(body))) continue;
    const ExprId total = graph_.reduce(ReduceOp::sum, axis, built(graph_, body));
    left.add(graph_, graph_.times(model.rest, total), Number(1));
    sum = left;
    return true;
  }
  return false;
}

}  // namespace lossc::stabilise
