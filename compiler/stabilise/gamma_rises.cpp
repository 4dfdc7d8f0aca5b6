// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log Γ(x + d) − log Γ(x) less its first term for large x, d·log x, where the sum has that term
// with the other sign: the negative binomial and Student's t, which have a limit as their
// dispersion goes to infinity although both terms do not. Their derivatives have one more
// cancellation, log(1 + u) − u/(1 + u). For x < 1 the terms stay as they are.
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::Relation;

/// A logarithm less log(max(x, 1)), if it grows as log x does.
Stabiliser::Form Stabiliser::less_log_of(ExprId logarithm, ExprId x) {
  if (graph_.op(logarithm) != Op::call) return std::nullopt;
  const auto by_size = [&](ExprId large) {
    const ExprId below_1 = graph_.compare(Relation::less, x, graph_.constant(1));
    return graph_.select(below_1, logarithm, large);
  };
  const auto log1p_of_quotient = [&](ExprId p, ExprId q) {
    return graph_.call(Builtin::log1p_ratio, {p, q});
  };
  const ExprId v = argument(logarithm);
  switch (graph_.builtin(logarithm)) {
    case Builtin::log: {
      const ExprId quotient = graph_.over(v, x);
      if (graph_.op(quotient) == Op::constant)
        return by_size(graph_.call(Builtin::log, {quotient}));
      const ExprId rest = graph_.minus(v, x);
      const bool part = as_sum(graph_, v).terms.size() > as_sum(graph_, rest).terms.size();
      if (!part || !nonnegative(rest)) return std::nullopt;
      return by_size(log1p_of_quotient(rest, x));
    }
    case Builtin::log1p_ratio: {
      const ExprId q = graph_.operands(logarithm)[1];
      if (v != x) return std::nullopt;
      return by_size(graph_.minus(log1p_of_quotient(q, x), graph_.call(Builtin::log, {q})));
    }
    case Builtin::log1p: {
      const ExprId scale = graph_.over(v, x);
      const bool apart =
          as_product(graph_, scale).powers.size() < as_product(graph_, v).powers.size();
      if (!apart || !nonnegative(scale)) return std::nullopt;
      const ExprId inverse = graph_.power(v, Number(-1));
      return by_size(
          graph_.plus(graph_.call(Builtin::log1p, {inverse}), graph_.call(Builtin::log, {scale})));
    }
    default:
      return std::nullopt;
  }
}

/// The term j = −c·d·log(…x…), itself or a term of a factor, less its growth; that is
/// c·d·log(max(x, 1)) more than it was.
bool Stabiliser::take_growth(Sum& sum, std::size_t j, const Number& c, ExprId x, ExprId d) {
  const auto [term, factor] = sum.terms[j];
  const ExprId wanted = graph_.scaled(Number(0) - c, d);
  for (const auto& [base, exponent] : as_product(graph_, term).powers) {
    if (!exponent.is(1)) continue;
    const ExprId rest = graph_.scaled(factor, without(graph_, term, base, Number(1)));
    Sum inner = as_sum(graph_, base);
    for (const auto& [log, coefficient] : Sum(inner).terms) {
      if (graph_.scaled(coefficient, rest) != wanted) continue;
      const Form less = less_log_of(log, x);
      if (!less) continue;
      inner.add_term(log, Number(0) - coefficient);
      inner.add(graph_, *less, coefficient);
      sum.remove(j);
      sum.add(graph_, graph_.times(rest, built(graph_, inner)), Number(1));
      return true;
    }
  }
  return false;
}

/// c·(lgamma(x + d) − lgamma(x)) − c·d·log(…x…).
bool Stabiliser::take_rise(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [term, c] = sum.terms[i];
    if (!is_call(term, Builtin::lgamma_diff)) continue;
    const ExprId x = graph_.operands(term)[0];
    const ExprId d = graph_.operands(term)[1];
    if (!nonnegative(x)) continue;
    for (std::size_t j = 0; j < sum.terms.size(); ++j) {
      if (j == i || !take_growth(sum, j, c, x, d)) continue;
      sum.add_term(term, Number(0) - c);
      sum.add(graph_, applied(RuleId::lgamma_difference_less_growth, {x, d}), c);
      return true;
    }
  }
  return false;
}

/// c·log(1 + p/q) − c·p/(p + q), both positive.
bool Stabiliser::take_share_of_log(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [term, c] = sum.terms[i];
    const bool ratio = is_call(term, Builtin::log1p_ratio);
    if (!ratio && !is_call(term, Builtin::log1p)) continue;
    const ExprId p = argument(term);
    const ExprId q = ratio ? graph_.operands(term)[1] : graph_.constant(1);
    if (!nonnegative(p) || !nonnegative(q)) continue;
    const ExprId share = graph_.over(p, graph_.plus(p, q));
    const Sum wanted = as_sum(graph_, share);
    if (wanted.terms.size() != 1 || !sum.contains(wanted, Number(0) - c)) continue;
    sum.add_term(term, Number(0) - c);
    sum.subtract_terms(wanted, Number(0) - c);
    sum.add(graph_, applied(RuleId::log1p_ratio_less_share, {p, q}), c);
    return true;
  }
  return false;
}

}  // namespace lossc::stabilise
