// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// C(e) = 1 − e where e may be near 1, by the construct of e.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

Stabiliser::Form Stabiliser::find_complement(ExprId e) {
  switch (graph_.op(e)) {
    case Op::call:
      return complement_of_call(e);
    case Op::mul:
      return complement_of_product(e);
    case Op::add:
      return complement_of_sum(e);
    case Op::select: {
      const ExprId condition = graph_.operands(e)[0];
      const ExprId yes = graph_.operands(e)[1];
      const ExprId no = graph_.operands(e)[2];
      if (!complement_of(yes) && !complement_of(no)) return std::nullopt;
      return graph_.select(condition, complement(yes), complement(no));
    }
    case Op::weight:
      return complement_of_weight(e);
    case Op::reduce: {
      const ExprId body = graph_.operands(e)[0];
      if (graph_.reduce_op(e) == ReduceOp::sum) {
        const Form mean = complement_of_mean(e);
        return mean ? mean : complement_of_cosine(e);
      }
      if (graph_.reduce_op(e) != ReduceOp::prod || !unit(body)) return std::nullopt;
      note(RuleId::log_product_over_axis);
      const ExprId log = graph_.reduce(ReduceOp::sum, graph_.axis(e), logarithm(body));
      return form_applied(FormKind::complement, graph_.call(Builtin::exp, {log}));
    }
    default:
      return std::nullopt;
  }
}

Stabiliser::Form Stabiliser::complement_of_call(ExprId e) {
  if (!is_call(e, Builtin::pow)) return form_applied(FormKind::complement, e);
  const ExprId x = argument(e);
  const ExprId exponent = graph_.operands(e)[1];
  if (!unit(x) || !nonnegative(exponent)) return std::nullopt;
  note(RuleId::one_minus_power);
  return graph_.negate(graph_.call(Builtin::expm1, {graph_.times(exponent, logarithm(x))}));
}

/// 1 + f(x) = 1 − f(−x) of an odd function.
Stabiliser::Form Stabiliser::one_plus(ExprId e) {
  if (graph_.op(e) != Op::call || ir::info(graph_.builtin(e)).parity != ir::Parity::odd) {
    return std::nullopt;
  }
  return complement_of(graph_.call(graph_.builtin(e), {graph_.negate(argument(e))}));
}

Stabiliser::Form Stabiliser::complement_of_power(ExprId base, const Number& exponent) {
  if (exponent.is(2)) {
    if (is_call(base, Builtin::tanh)) {
      return applied(RuleId::one_minus_tanh_squared, {argument(base)});
    }
    note(RuleId::one_minus_square);
    const Form plus = one_plus(base);
    return graph_.times(complement(base), plus ? *plus : graph_.plus(graph_.constant(1), base));
  }
  const bool near_one = log_of(base) || as_sum(graph_, base).constant.is(1);
  if (exponent.sign() <= 0 || !unit(base) || !near_one) return std::nullopt;
  note(RuleId::one_minus_power);
  return graph_.negate(graph_.call(Builtin::expm1, {graph_.scaled(exponent, logarithm(base))}));
}

/// 1 − (w + (1 − w)·e) = C(w)·C(e).
Stabiliser::Form Stabiliser::complement_of_sum(ExprId e) {
  const Sum sum = as_sum(graph_, e);
  if (sum.terms.size() != 2 || !sum.constant.is(0)) return std::nullopt;
  if (!sum.terms[0].second.is(1) || !sum.terms[1].second.is(1)) return std::nullopt;
  for (const std::size_t i : {0u, 1u}) {
    const ExprId share = sum.terms[i].first;
    const ExprId other = sum.terms[1 - i].first;
    const Form rest = unit(share) ? complement_of(share) : std::nullopt;
    if (!rest || graph_.op(other) != Op::mul) continue;
    for (const auto& [base, exponent] : as_product(graph_, other).powers) {
      if (base != *rest || !exponent.is(1)) continue;
      const ExprId part = without(graph_, other, base, Number(1));
      if (!unit(part)) continue;
      note(RuleId::one_minus_mixture);
      return graph_.times(*rest, complement(part));
    }
  }
  return std::nullopt;
}

/// 1 − a/s = (s − a)/s where s holds the terms of a: nothing cancels any more. Where s and a share
/// only some terms, after differentiating: the derivatives may cancel again.
Stabiliser::Form Stabiliser::complement_of_quotient(ExprId e, const Product& product) {
  for (const auto& [base, exponent] : product.powers) {
    if (!exponent.is(-1) || graph_.op(base) != Op::add) continue;
    const ExprId numerator = without(graph_, e, base, Number(-1));
    const ExprId rest = graph_.minus(base, numerator);
    const Sum whole = as_sum(graph_, base);
    const Sum left = as_sum(graph_, rest);
    const auto count = [](const Sum& sum) { return sum.terms.size() + !sum.constant.is(0); };
    const std::size_t above = stage_ == Stage::derivatives ? count(as_sum(graph_, numerator)) : 0;
    if (count(left) < count(whole) + above) return graph_.over(rest, base);
  }
  return std::nullopt;
}

Stabiliser::Form Stabiliser::complement_of_product(ExprId e) {
  const Product product = as_product(graph_, e);
  if (!product.coefficient.is(1)) return complement_of_quotient(e, product);
  if (product.powers.size() == 1 && !product.powers[0].second.is(-1)) {
    return complement_of_power(product.powers[0].first, product.powers[0].second);
  }
  if (const Form quotient = complement_of_quotient(e, product)) return quotient;
  if (product.powers.size() != 2) return std::nullopt;
  const ExprId a = graph_.power(product.powers[0].first, product.powers[0].second);
  const ExprId b = graph_.power(product.powers[1].first, product.powers[1].second);
  if (!unit(a) || !unit(b)) return std::nullopt;
  const Form first = complement_of(a);
  const Form second = complement_of(b);
  if (!first || !second) return std::nullopt;
  note(RuleId::one_minus_product);
  return graph_.plus(*first, graph_.times(a, *second));
}

}  // namespace lossc::stabilise
