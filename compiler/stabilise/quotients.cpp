// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// f(u)/u where f vanishes with u, u/expm1(u), (x^y − 1)/y and e^k − n: functions of their own,
// whose derivatives do not cancel where the argument vanishes.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

namespace {

Number exponent_of(const Product& product, ExprId base) {
  for (const auto& [node, exponent] : product.powers) {
    if (node == base) return exponent;
  }
  return Number(0);
}

}  // namespace

/// Whether a factor of u stands in the product with an exponent of this sign.
bool Stabiliser::meets(const Product& product, ExprId u, int sign) {
  const Product factors = as_product(graph_, u);
  return std::any_of(factors.powers.begin(), factors.powers.end(), [&](const auto& power) {
    return power.second.sign() > 0 && exponent_of(product, power.first).sign() == sign;
  });
}

/// expm1(v·log x)/v.
bool Stabiliser::take_boxcox(Product& product, std::size_t i) {
  const ExprId u = argument(product.powers[i].first);
  for (const auto& [base, exponent] : as_product(graph_, u).powers) {
    if (!is_call(base, Builtin::log) || !exponent.is(1)) continue;
    const ExprId v = without(graph_, u, base, Number(1));
    if (graph_.op(v) == Op::constant || !meets(product, v, -1)) continue;
    const ExprId x = argument(base);
    product.powers[i].second = product.powers[i].second - Number(1);
    if (product.powers[i].second.is(0)) product.remove(i);
    product.multiply(graph_, v, Number(1));
    product.multiply(graph_, applied(RuleId::boxcox, {x, v}), Number(1));
    return true;
  }
  return false;
}

/// (x^y − 1)/y.
bool Stabiliser::take_power_less_one(Product& product, std::size_t i) {
  const auto [base, exponent] = product.powers[i];
  if (graph_.op(base) != Op::add || !exponent.is(1)) return false;
  const Sum sum = as_sum(graph_, base);
  if (sum.terms.size() != 1 || !is_call(sum.terms[0].first, Builtin::pow)) return false;
  const auto [power, factor] = sum.terms[0];
  const ExprId x = graph_.operands(power)[0];
  const ExprId y = graph_.operands(power)[1];
  if (sum.constant != Number(0) - factor || !nonnegative(x) || !meets(product, y, -1)) return false;
  product.remove(i);
  product.coefficient = product.coefficient * factor;
  product.multiply(graph_, y, Number(1));
  product.multiply(graph_, applied(RuleId::boxcox, {x, y}), Number(1));
  return true;
}

bool Stabiliser::take_quotient(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [base, exponent] = product.powers[i];
    if (take_power_less_one(product, i)) return true;
    if (graph_.op(base) != Op::call || !exponent.is_integer()) continue;
    if (!form_of(FormKind::over_argument, graph_.builtin(base))) continue;
    const ExprId u = argument(base);
    const int sign = exponent.sign();
    if (sign > 0 && is_call(base, Builtin::expm1) && take_boxcox(product, i)) return true;
    if (!meets(product, u, -sign)) continue;
    ExprId quotient = *form_applied(FormKind::over_argument, base);
    if (sign < 0 && is_call(base, Builtin::expm1)) {
      quotient = graph_.power(applied(RuleId::argument_over_expm1, {u}), Number(-1));
    }
    const Number one(sign);
    product.powers[i].second = exponent - one;
    if (product.powers[i].second.is(0)) product.remove(i);
    product.multiply(graph_, u, one);
    product.multiply(graph_, quotient, one);
    return true;
  }
  return false;
}

/// eᵘ − n of a whole number n: where n is 1 that is expm1(u), which may be small.
bool Stabiliser::take_whole(Sum& sum) {
  if (sum.terms.size() != 2 || !sum.constant.is(0)) return false;
  for (const std::size_t i : {0u, 1u}) {
    const auto [power, factor] = sum.terms[i];
    const auto [whole, opposite] = sum.terms[1 - i];
    if (!is_call(power, Builtin::exp) || factor != Number(0) - opposite) continue;
    if (graph_.op(whole) != Op::load || !ranges_[whole].integer) continue;
    const ExprId joined = applied(RuleId::exp_minus_whole, {argument(power), whole});
    const Number scale = factor;
    sum.terms.clear();
    sum.add_term(joined, scale);
    return true;
  }
  return false;
}

/// softplus(u) − log 2, alone or less u/2.
bool Stabiliser::take_log_two(Sum& sum) {
  const ExprId log_two = graph_.call(Builtin::log, {graph_.constant(2)});
  const Number factor = sum.coefficient_of(log_two);
  if (factor.is(0)) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [term, coefficient] = sum.terms[i];
    if (!is_call(term, Builtin::softplus) || coefficient != Number(0) - factor) continue;
    const ExprId u = argument(term);
    const Sum wanted = as_sum(graph_, u);
    const Number half = factor / Number(2);
    const bool even = !wanted.terms.empty() && sum.contains(wanted, half);
    sum.remove(i);
    sum.add_term(log_two, Number(0) - factor);
    if (even) {
      sum.subtract_terms(wanted, half);
      sum.constant = sum.constant - half * wanted.constant;
    }
    const RuleId id = even ? RuleId::softplus_as_logcosh : RuleId::softplus_minus_log_two;
    sum.add(graph_, applied(id, {u}), coefficient);
    return true;
  }
  return false;
}

/// w·f(u) − w·u, w a product.
bool Stabiliser::take_scaled_argument(Sum& sum, std::size_t i) {
  const auto [term, factor] = sum.terms[i];
  if (graph_.op(term) != Op::mul) return false;
  for (const auto& [base, exponent] : as_product(graph_, term).powers) {
    if (is_call(base, Builtin::log1p_ratio) && exponent.is(1)) {
      const ExprId ratio = graph_.over(argument(base), graph_.operands(base)[1]);
      const ExprId weight = graph_.scaled(factor, without(graph_, term, base, Number(1)));
      const Sum wanted = as_sum(graph_, graph_.times(weight, ratio));
      if (wanted.terms.empty() || !sum.contains(wanted, Number(-1))) continue;
      const ExprId log1p = graph_.call(Builtin::log1p, {ratio});
      sum.remove(i);
      sum.subtract_terms(wanted, Number(-1));
      sum.add(graph_, graph_.times(weight, *form_applied(FormKind::less_argument, log1p)),
              Number(1));
      return true;
    }
    const bool unary = graph_.op(base) == Op::call && graph_.operands(base).size() == 1;
    if (!unary || !exponent.is(1)) continue;
    if (!form_of(FormKind::less_argument, graph_.builtin(base))) continue;
    const ExprId weight = without(graph_, term, base, Number(1));
    const Sum wanted = as_sum(graph_, graph_.times(weight, argument(base)));
    const Number opposite = Number(0) - factor;
    if (wanted.terms.empty() || !sum.contains(wanted, opposite)) continue;
    const ExprId less = graph_.times(weight, *form_applied(FormKind::less_argument, base));
    sum.remove(i);
    sum.subtract_terms(wanted, opposite);
    sum.add(graph_, less, factor);
    return true;
  }
  return false;
}

}  // namespace lossc::stabilise
