// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Differences that the quotient rule makes: A/s − A·p/s² where p is a term of s, and A/p − A·s/p²
// likewise. Both cancel down to the other terms of s.
#include <algorithm>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

/// Whether every factor of `part` is a factor of the product.
static bool holds(const Product& product, const Product& part) {
  return std::all_of(part.powers.begin(), part.powers.end(), [&](const auto& wanted) {
    return std::any_of(product.powers.begin(), product.powers.end(), [&](const auto& p) {
      return p.first == wanted.first && !(p.second < wanted.second);
    });
  });
}

/// f·A·(p/s) + g·A with c·p a term of s: where f = −g·c, it is g·A·(s − c·p)/s. And f·A·(s/p) + g·A
/// where g = −f·c: f·A·(s − c·p)/p. `term` is the one with the quotient.
bool Stabiliser::take_share(Sum& sum, std::size_t i, ExprId whole, bool below) {
  const auto [term, factor] = sum.terms[i];
  const Sum parts = as_sum(graph_, whole);
  std::vector<std::pair<ExprId, Number>> shares = parts.terms;
  if (!parts.constant.is(0)) shares.emplace_back(graph_.constant(1), parts.constant);
  if (shares.size() > 8) return false;
  for (const auto& [part, share] : shares) {
    Product other = as_product(graph_, term);
    if (below && !holds(other, as_product(graph_, part))) continue;
    other.multiply(graph_, part, Number(below ? -1 : 1));
    other.multiply(graph_, whole, Number(below ? 1 : -1));
    const ExprId beside = built(graph_, other);
    const bool constant = graph_.op(beside) == Op::constant;
    const Number found =
        constant ? sum.constant / graph_.constant_of(beside) : sum.coefficient_of(beside);
    const Number wanted = Number(0) - (below ? factor / share : factor * share);
    if (found.is(0) || found != wanted) continue;
    Product joined = below ? other : as_product(graph_, term);
    joined.multiply(graph_, whole, Number(-1));
    joined.multiply(graph_, graph_.minus(whole, graph_.scaled(share, part)), Number(1));
    note(RuleId::one_minus_share);
    sum.remove(i);
    if (constant) {
      sum.constant = Number(0);
    } else {
      sum.add_term(beside, Number(0) - found);
    }
    sum.add(graph_, built(graph_, joined), below ? found : factor);
    return true;
  }
  return false;
}

/// f·A·a/s² + g·A/s of sums a and s that share a term: A·(f·a + g·s)/s².
bool Stabiliser::take_sum_over_sum(Sum& sum, std::size_t i, ExprId whole) {
  const auto count = [&](ExprId node) {
    const Sum parts = as_sum(graph_, node);
    return parts.terms.size() + (parts.constant.is(0) ? 0 : 1);
  };
  const auto [term, factor] = sum.terms[i];
  for (const auto& [numerator, exponent] : as_product(graph_, term).powers) {
    if (!exponent.is(1) || numerator == whole) continue;
    Product rest = as_product(graph_, without(graph_, term, numerator, Number(1)));
    Product other = rest;
    other.multiply(graph_, whole, Number(1));
    const ExprId beside = built(graph_, other);
    const Number found = sum.coefficient_of(beside);
    if (found.is(0)) continue;
    const ExprId joined =
        graph_.plus(graph_.scaled(factor, numerator), graph_.scaled(found, whole));
    if (count(joined) + 2 > count(numerator) + count(whole)) continue;
    note(RuleId::one_minus_share);
    sum.remove(i);
    sum.add_term(beside, Number(0) - found);
    rest.multiply(graph_, joined, Number(1));
    sum.add(graph_, built(graph_, rest), Number(1));
    return true;
  }
  return false;
}

bool Stabiliser::take_shares(Sum& sum) {
  if (sum.terms.size() > 8) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    if (graph_.op(sum.terms[i].first) != Op::mul) continue;
    for (const auto& [whole, exponent] : as_product(graph_, sum.terms[i].first).powers) {
      if (graph_.op(whole) != Op::add || !exponent.is_integer()) continue;
      if (take_share(sum, i, whole, exponent.sign() < 0)) return true;
      if (exponent.sign() < 0 && take_sum_over_sum(sum, i, whole)) return true;
    }
  }
  return take_factored_shares(sum);
}

/// The same once products with sums are multiplied out, as simplify has factored them.
bool Stabiliser::take_factored_shares(Sum& sum) {
  if (stage_ != Stage::derivatives || sum.terms.size() > 8) return false;
  const auto divided = [&](const auto& term) {
    bool below = false;
    bool above = false;
    for (const auto& [base, exponent] : as_product(graph_, term.first).powers) {
      const bool is_sum = graph_.op(base) == Op::add;
      below = below || (is_sum && exponent.is_integer() && exponent.sign() < 0);
      above = above || (is_sum && exponent.is(1));
    }
    return below && above;
  };
  if (std::none_of(sum.terms.begin(), sum.terms.end(), divided)) return false;
  Sum wide = expanded(sum);
  if (wide.terms.size() <= sum.terms.size() || wide.terms.size() > 8) return false;
  for (std::size_t i = 0; i < wide.terms.size(); ++i) {
    if (graph_.op(wide.terms[i].first) != Op::mul) continue;
    for (const auto& [whole, exponent] : as_product(graph_, wide.terms[i].first).powers) {
      const bool below =
          graph_.op(whole) == Op::add && exponent.is_integer() && exponent.sign() < 0;
      if (!below || !take_sum_over_sum(wide, i, whole)) continue;
      sum = wide;
      return true;
    }
  }
  return false;
}

/// x·sign(x) = |x|, which is what a share of a sum with |x| has in its derivative.
bool Stabiliser::take_sign(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [base, exponent] = product.powers[i];
    if (!is_call(base, Builtin::sign) || !exponent.is(1)) continue;
    const ExprId x = argument(base);
    for (std::size_t j = 0; j < product.powers.size(); ++j) {
      if (product.powers[j].first != x || !product.powers[j].second.is(1)) continue;
      note(RuleId::absolute_value);
      product.remove(std::max(i, j));
      product.remove(std::min(i, j));
      product.multiply(graph_, graph_.call(Builtin::abs, {x}), Number(1));
      return true;
    }
  }
  return false;
}

}  // namespace lossc::stabilise
