// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values of builtins and of choices.
#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

ExprId Stabiliser::stable_call(ExprId node) {
  switch (graph_.builtin(node)) {
    case Builtin::exp:
      return stable_exp(node);
    case Builtin::log1mexp:
      return stable_log1mexp(node);
    case Builtin::pow:
      return stable_pow(node);
    case Builtin::log:
      return logarithm(argument(node));
    case Builtin::erfc: {
      const Form cdf = cdf_of_erfc(argument(node));
      return cdf ? *cdf : node;
    }
    case Builtin::log2:
    case Builtin::log10: {
      const Form form = log_of(argument(node));
      if (!form) return node;
      const long base = graph_.builtin(node) == Builtin::log2 ? 2 : 10;
      return graph_.over(*form, graph_.call(Builtin::log, {graph_.constant(base)}));
    }
    case Builtin::log1p: {
      const ExprId x = argument(node);
      if (const Form form = nonnegative(x) && holds_exp(x) ? log_of(x) : std::nullopt) {
        return applied(RuleId::log1p_exp, {*form});
      }
      if (const Form side = length_of(x)) return log_one_plus_square(*side);
      // log1p(−p) is log C(p), where p has a complement or is one.
      const ExprId whole = graph_.plus(graph_.constant(1), x);
      const ExprId sum = graph_.op(whole) == Op::add ? stable_sum(whole) : whole;
      if (graph_.op(sum) == Op::add) return node;
      return logarithm(sum);
    }
    default:
      return node;
  }
}

/// log(1 − eˣ) of an x that is the logarithm of a sigmoid, or is it in one case.
ExprId Stabiliser::stable_log1mexp(ExprId node) {
  const ExprId x = argument(node);
  const ExprId negated = graph_.negate(x);
  if (is_call(negated, Builtin::softplus)) {
    return applied(RuleId::log1mexp_minus_softplus, {argument(negated)});
  }
  if (graph_.op(x) != Op::select) return node;
  const ExprId yes = graph_.call(Builtin::log1mexp, {graph_.operands(x)[1]});
  const ExprId better = stable_log1mexp(yes);
  if (better == yes) return node;
  return graph_.select(graph_.operands(x)[0], better,
                       graph_.call(Builtin::log1mexp, {graph_.operands(x)[2]}));
}

/// exp(−g·softplus(u)) once all derivatives are there: a rounded softplus would cost g·softplus
/// ulps.
Stabiliser::Form Stabiliser::power_of_sigmoid(const Sum& sum) {
  if (stage_ != Stage::derivatives || sum.terms.size() != 1 || !sum.constant.is(0)) {
    return std::nullopt;
  }
  const auto [term, factor] = sum.terms[0];
  for (const auto& [base, exponent] : as_product(graph_, term).powers) {
    if (!exponent.is(1) || !is_call(base, Builtin::softplus)) continue;
    const ExprId rest = without(graph_, term, base, Number(1));
    return applied(RuleId::power_of_sigmoid,
                   {graph_.negate(argument(base)), graph_.scaled(Number(0) - factor, rest)});
  }
  return std::nullopt;
}

/// exp of what is a logarithm: of a sigmoid, of a softmax weight, of a power.
ExprId Stabiliser::stable_exp(ExprId node) {
  const Sum sum = as_sum(graph_, argument(node));
  if (sum.terms.size() == 1 && sum.constant.is(0)) {
    const auto [term, factor] = sum.terms[0];
    const bool whole = factor.is_integer() && factor.sign() < 0;
    if (whole && is_call(term, Builtin::softplus)) {
      const ExprId sigmoid = applied(RuleId::exp_minus_softplus, {argument(term)});
      return graph_.power(sigmoid, Number(0) - factor);
    }
    if (is_call(term, Builtin::log)) {
      note(RuleId::exp_of_log);
      return graph_.power(argument(term), factor);
    }
    if (is_call(term, Builtin::log1p)) {
      note(RuleId::exp_of_log);
      return graph_.power(graph_.plus(graph_.constant(1), argument(term)), factor);
    }
  }
  if (const Form power = power_of_sigmoid(sum)) return *power;
  for (const auto& [term, factor] : sum.terms) {
    if (!is_lse(term) || !factor.is(-1)) continue;
    const ExprId x = graph_.plus(argument(node), term);
    const ExprId weight = graph_.weight(x, term);
    if (!position_of(x, term) && !ir::softmax_axis(graph_, weight)) continue;
    note(RuleId::softmax_from_exps);
    return weight;
  }
  return node;
}

/// x^y of an x that may be tiny: through its logarithm, which has all its digits.
ExprId Stabiliser::stable_pow(ExprId node) {
  const ExprId x = graph_.operands(node)[0];
  const ExprId y = graph_.operands(node)[1];
  if (graph_.op(y) == Op::constant || !nonnegative(x) || is_scaled(x)) return node;
  if (const Form norm = scaled_norm(x, y)) return *norm;
  const Form log = log_of(x);
  if (!log) return node;
  note(RuleId::power_by_logarithm);
  return graph_.call(Builtin::exp, {graph_.times(y, *log)});
}

/// if c then f(a) else f(b) is f(if c then a else b): one evaluation instead of two, also as a
/// factor of otherwise equal products.
ExprId Stabiliser::stable_select(ExprId node) {
  const ExprId condition = graph_.operands(node)[0];
  if (graph_.is_bool(graph_.operands(node)[1])) return node;
  const Product yes = as_product(graph_, graph_.operands(node)[1]);
  const Product no = as_product(graph_, graph_.operands(node)[2]);
  if (yes.powers.size() != no.powers.size() || yes.coefficient != no.coefficient) return node;
  Product common;
  common.coefficient = yes.coefficient;
  std::optional<std::pair<ExprId, Number>> left;
  std::optional<std::pair<ExprId, Number>> right;
  for (std::size_t i = 0; i < yes.powers.size(); ++i) {
    if (yes.powers[i] == no.powers[i]) {
      common.powers.push_back(yes.powers[i]);
    } else if (left) {
      return node;
    } else {
      left = yes.powers[i];
      right = no.powers[i];
    }
  }
  if (!left || left->second != right->second) return node;
  const ExprId a = left->first;
  const ExprId b = right->first;
  const bool same = graph_.op(a) == Op::call && graph_.op(b) == Op::call &&
                    graph_.builtin(a) == graph_.builtin(b) && graph_.operands(a).size() == 1;
  if (!same) return node;
  const ExprId merged = graph_.select(condition, argument(a), argument(b));
  common.powers.emplace_back(graph_.call(graph_.builtin(a), {merged}), left->second);
  return built(graph_, common);
}

}  // namespace lossc::stabilise
