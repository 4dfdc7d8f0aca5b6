// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// L(e) = log e, by the construct of e. A logarithm is only asked for where e ≥ 0 is meant, so a
// node whose sign is unknown may be taken to be positive when it is all there is; factors must be
// known to be nonnegative each.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/rational.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

Stabiliser::Form Stabiliser::find_log(ExprId e) {
  switch (graph_.op(e)) {
    case Op::call:
      return log_of_call(e);
    case Op::mul:
      return log_of_mean(e);
    case Op::add:
      return log_of_sum(e);
    case Op::select:
      return log_of_select(e);
    case Op::reduce:
      return log_of_reduction(e);
    case Op::weight:
      note(RuleId::log_softmax);
      return graph_.minus(graph_.operands(e)[0], graph_.operands(e)[1]);
    default:
      return std::nullopt;
  }
}

Stabiliser::Form Stabiliser::log_of_call(ExprId e) {
  const ExprId x = argument(e);
  switch (graph_.builtin(e)) {
    case Builtin::pow: {
      if (!nonnegative(x)) return std::nullopt;
      const ExprId exponent = graph_.operands(e)[1];
      note(RuleId::log_power);
      return graph_.times(exponent, logarithm(x));
    }
    case Builtin::expected_improvement:
      return applied(RuleId::log_of_expected_improvement, {x, graph_.operands(e)[1]});
    case Builtin::normal_interval:
      return applied(RuleId::log_of_normal_interval, {x, graph_.operands(e)[1]});
    case Builtin::max:
    case Builtin::min: {
      const ExprId y = graph_.operands(e)[1];
      // The smaller of two is positive only if both are; the larger says nothing of the other.
      const bool larger = graph_.builtin(e) == Builtin::max;
      if (larger && !(nonnegative(x) && nonnegative(y))) return std::nullopt;
      if (!log_of(x) && !log_of(y)) return std::nullopt;
      return graph_.call(graph_.builtin(e), {logarithm(x), logarithm(y)});
    }
    default:
      break;
  }
  // An increasing function is not negative exactly where its form holds; of others that must be
  // known.
  const ir::Form& form = form_of(FormKind::log, graph_.builtin(e));
  const bool increasing = ir::info(graph_.builtin(e)).trend == ir::Trend::increasing;
  if (form && !increasing && !ranges_[x].within(form.where.low, form.where.high)) {
    return std::nullopt;
  }
  return form_applied(FormKind::log, e);
}

ExprId Stabiliser::scaled_log(ExprId log, const Number& factor) {
  if (factor.is(1)) return log;
  return graph_.plus(log, logarithm(graph_.constant(factor)));
}

/// One power of a base without a logarithm of its own: g·log x, so that x^g may overflow.
Stabiliser::Form Stabiliser::log_of_power(const Product& product) {
  if (product.powers.size() != 1 || !product.coefficient.is(1)) return std::nullopt;
  const auto [base, exponent] = product.powers[0];
  if (exponent.is(1)) return std::nullopt;
  const auto whole = exponent.to_long();
  const bool even = whole && *whole % 2 == 0;
  const ExprId positive = even && !nonnegative(base) ? graph_.call(Builtin::abs, {base}) : base;
  note(RuleId::log_power);
  return graph_.scaled(exponent, graph_.call(Builtin::log, {positive}));
}

/// log(c·(a/b)ⁿ) of an a and a b that are no quotients themselves. No form: a/b holds nothing that
/// its logarithm would bring to light.
Stabiliser::Form Stabiliser::log_of_quotient(ExprId e) {
  const Product product = as_product(graph_, e);
  if (product.powers.size() != 2 || product.coefficient.sign() <= 0) return std::nullopt;
  auto above = product.powers[0];
  auto below = product.powers[1];
  if (above.second.sign() < 0) std::swap(above, below);
  if (below.second != Number(0) - above.second) return std::nullopt;
  const auto whole = above.second.to_long();
  const bool odd = whole && *whole % 2 != 0;
  // Of one that may have any sign, the logarithm is asked where the quotient is positive.
  if (!nonnegative(below.first) || !(nonnegative(above.first) || odd)) return std::nullopt;
  const Number& n = above.second;
  const auto scale = ir::power(product.coefficient, Number(1) / n);
  if (!scale) return std::nullopt;
  const ExprId log =
      applied(RuleId::log_of_quotient, {graph_.scaled(*scale, above.first), below.first});
  return graph_.scaled(n, log);
}

/// log(1 − eˣ), also of x = −eᵘ that may vanish: there it is u + log(exprel(x)), whose derivatives
/// are those of u and of what remains.
Stabiliser::Form Stabiliser::log_minus_expm1(ExprId x) {
  const ExprId plain = applied(RuleId::log_minus_expm1, {x});
  const ExprId negated = graph_.negate(x);
  if (!is_call(negated, Builtin::exp)) return plain;
  const ExprId u = argument(negated);
  const ExprId vanishes = graph_.compare(ir::Relation::less, u, graph_.constant(-1));
  const ExprId rest = graph_.call(Builtin::log, {graph_.call(Builtin::exprel, {x})});
  return graph_.select(vanishes, graph_.plus(u, rest), plain);
}

/// log(a/(a + b)), a and b positive and without an exp, as −log1p(b/a).
Stabiliser::Form Stabiliser::log_of_share(ExprId e, const Product& product) {
  for (const auto& [base, exponent] : product.powers) {
    if (!exponent.is(-1) || graph_.op(base) != Op::add) continue;
    const ExprId part = without(graph_, e, base, Number(-1));
    const ExprId rest = graph_.minus(base, part);
    const auto count = [&](ExprId node) {
      const Sum sum = as_sum(graph_, node);
      return sum.terms.size() + !sum.constant.is(0);
    };
    if (count(rest) >= count(base) || !nonnegative(part) || !nonnegative(rest)) continue;
    if (log_of(part) || log_of(rest)) continue;
    return applied(RuleId::log_of_share, {part, rest});
  }
  return std::nullopt;
}

/// −c f(x) is c f(−x) for an odd f, whose logarithm is the one that has a form.
void Stabiliser::turn_odd_factor(Product& product) {
  if (product.coefficient.sign() >= 0) return;
  for (auto& [base, exponent] : product.powers) {
    const bool odd =
        graph_.op(base) == Op::call && ir::info(graph_.builtin(base)).parity == ir::Parity::odd;
    if (!odd || !exponent.is(1)) continue;
    base = graph_.call(graph_.builtin(base), {graph_.times(graph_.constant(-1), argument(base))});
    product.coefficient = Number(0) - product.coefficient;
    return;
  }
}

Stabiliser::Form Stabiliser::log_of_product(ExprId e) {
  Product product = as_product(graph_, e);
  if (product.powers.size() > longest) return std::nullopt;
  if (const Form inverse = log_as_atanh(product)) return inverse;
  if (const Form share = log_of_share(e, product)) return share;
  turn_odd_factor(product);
  Sum total;
  Product plain;
  bool found = take_log_twice_cdf(product, total);
  const bool lengths = product.powers.size() > 1 && take_lengths(product);
  // The product is positive where its logarithm is meant, so one factor may have any sign.
  const bool alone = std::count_if(product.powers.begin(), product.powers.end(),
                                   [&](const auto& p) { return !nonnegative(p.first); }) <= 1;
  for (const auto& [base, exponent] : product.powers) {
    const bool negated = product.coefficient.sign() < 0 && exponent.is(1) &&
                         is_call(base, Builtin::expm1) &&
                         (product.powers.size() == 1 || ranges_[argument(base)].high <= 0);
    if (negated) {
      product.coefficient = Number(0) - product.coefficient;
      total.add(graph_, *log_minus_expm1(argument(base)), Number(1));
      found = true;
      continue;
    }
    const Form log = (alone && product.coefficient.sign() > 0) || nonnegative(base) ? log_of(base)
                                                                                    : std::nullopt;
    if (log) {
      total.add(graph_, *log, exponent);
      found = true;
    } else {
      plain.powers.emplace_back(base, exponent);
    }
  }
  plain.coefficient = product.coefficient;
  if (!found && lengths) return graph_.call(Builtin::log, {built(graph_, plain)});
  if (!found) return log_of_power(plain);
  if (!(plain.powers.empty() && plain.coefficient.is(1))) {
    note(RuleId::log_product);
    total.add(graph_, logarithm(built(graph_, plain)), Number(1));
  }
  return stable_sum(built(graph_, total));
}

/// A positive constant and terms that cannot be large: neither end of the range is ever reached.
bool Stabiliser::bounded(const Sum& sum) {
  return sum.constant.sign() > 0 &&
         std::all_of(sum.terms.begin(), sum.terms.end(),
                     [&](const auto& term) { return ranges_[term.first].high <= 1e6; });
}

/// LSE of the logarithms of positive terms; those without one are added up first.
Stabiliser::Form Stabiliser::log_of_positive_sum(const Sum& sum, const std::vector<Form>& logs) {
  Sum plain;
  plain.constant = sum.constant;
  Form total;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const auto& [term, coefficient] = sum.terms[i];
    if (!logs[i]) {
      plain.add_term(term, coefficient);
      continue;
    }
    const ExprId log = scaled_log(*logs[i], coefficient);
    total = total ? log_add(log, *total) : log;
  }
  if (plain.terms.empty() && plain.constant.is(0)) return total;
  if (plain.terms.empty() && plain.constant.is(1)) {
    return applied(RuleId::log_one_plus_exp, {*total});
  }
  return applied(RuleId::log_sum_of_exps, {*total, logarithm(built(graph_, plain))});
}

/// a − b with logarithms of both, a constant being one of them.
Stabiliser::Form Stabiliser::log_of_difference(const Sum& sum) {
  std::vector<std::pair<ExprId, Number>> terms = sum.terms;
  if (!sum.constant.is(0)) terms.emplace_back(graph_.constant(1), sum.constant);
  if (terms.size() != 2 || terms[0].second.sign() * terms[1].second.sign() >= 0) {
    return std::nullopt;
  }
  if (terms[0].second.sign() < 0) std::swap(terms[0], terms[1]);
  const auto log_or_constant = [&](const std::pair<ExprId, Number>& term) -> Form {
    if (graph_.op(term.first) == Op::constant) return graph_.constant(0);
    return nonnegative(term.first) ? log_of(term.first) : std::nullopt;
  };
  const Form larger = log_or_constant(terms[0]);
  const Form smaller = log_or_constant(terms[1]);
  if (!larger || !smaller) return std::nullopt;
  return applied(
      RuleId::log_difference_of_exps,
      {scaled_log(*larger, terms[0].second), scaled_log(*smaller, Number(0) - terms[1].second)});
}

Stabiliser::Form Stabiliser::log_of_sum(ExprId e) {
  const Sum sum = as_sum(graph_, e);
  if (sum.terms.size() == 1 && sum.constant.is(0)) return log_of_mean(e);
  if (const Form squares = log_of_squares(e)) return squares;
  if (const Form inverse = log_of_root_sum(sum)) return inverse;
  if (const Form choice = log_of_blend(sum)) return choice;
  if (sum.terms.size() <= 8) {
    bool positive = sum.constant.sign() >= 0;
    std::vector<Form> logs;
    for (const auto& [term, coefficient] : sum.terms) {
      positive = positive && coefficient.sign() > 0 && nonnegative(term);
      logs.push_back(nonnegative(term) ? log_of(term) : std::nullopt);
    }
    const bool any = std::any_of(logs.begin(), logs.end(), [](const Form& log) { return !!log; });
    if (positive && any && !bounded(sum)) {
      const Form total = log_of_positive_sum(sum, logs);
      // Near 1 the sum has lost what its complement has.
      const Form rest = complement_of(e);
      if (!rest) return total;
      const ExprId large =
          graph_.compare(ir::Relation::less, graph_.constant(Number(1) / Number(2)), e);
      return graph_.select(large, graph_.call(Builtin::log1p, {graph_.negate(*rest)}), *total);
    }
    if (const Form difference = log_of_difference(sum)) return difference;
  }
  if (!sum.constant.is(1)) return std::nullopt;
  Sum rest = sum;
  rest.constant = Number(0);
  const bool minus = rest.terms.size() == 1 && rest.terms[0].second.is(-1);
  if (minus) return applied(RuleId::log_one_minus, {rest.terms[0].first});
  return applied(RuleId::log_one_plus, {built(graph_, rest)});
}

Stabiliser::Form Stabiliser::log_of_select(ExprId e) {
  const ExprId condition = graph_.operands(e)[0];
  const ExprId yes = graph_.operands(e)[1];
  const ExprId no = graph_.operands(e)[2];
  if (!log_of(yes) && !log_of(no)) return std::nullopt;
  return graph_.select(condition, logarithm(yes), logarithm(no));
}

Stabiliser::Form Stabiliser::log_of_reduction(ExprId e) {
  const ExprId body = graph_.operands(e)[0];
  const ir::Axis axis = graph_.axis(e);
  if (!nonnegative(body)) return std::nullopt;
  switch (graph_.reduce_op(e)) {
    case ReduceOp::sum: {
      if (const Form squares = log_of_squares(e)) return squares;
      const Condition parts = condition_of(body);
      if (!log_of(parts.value)) return std::nullopt;
      note(RuleId::log_sum_exp);
      const ExprId log = logarithm(parts.value);
      const ExprId total =
          settled(parts.condition.valid() ? lse_where(parts.condition, log, axis)
                                          : graph_.reduce(ReduceOp::lse, axis, log));
      const Form rest = complement_of_mean(e);
      if (!rest) return total;
      const ExprId large =
          graph_.compare(ir::Relation::less, graph_.constant(Number(1) / Number(2)), e);
      return graph_.select(large, graph_.call(Builtin::log1p, {graph_.negate(*rest)}), total);
    }
    case ReduceOp::prod:
      note(RuleId::log_product_over_axis);
      return graph_.reduce(ReduceOp::sum, axis, logarithm(body));
    case ReduceOp::max:
    case ReduceOp::min:
      if (!log_of(body)) return std::nullopt;
      return graph_.reduce(graph_.reduce_op(e), axis, logarithm(body));
    default:
      return std::nullopt;
  }
}

}  // namespace lossc::stabilise
