// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums: constant + Σ coefficientᵢ · termᵢ, flat, sorted, equal terms merged. A term is never a
// constant, a product with a coefficient or a guard with one.
#include <algorithm>

#include "compiler/ir/rules.h"

namespace lossc::ir {

namespace {

/// A sum with more terms than this is one term of a larger sum: adding to it term by term would
/// copy it every time.
constexpr std::size_t flattening_limit = 64;
constexpr std::size_t folding_limit = 4096;
constexpr int deepest_guards = 64;

}  // namespace

struct Rules::Sum {
  Number constant;
  std::vector<Term> terms;
  std::vector<Term> guards;
};

bool Rules::is_guard(ExprId id) const {
  return g_.op(id) == Op::select && g_.is_constant(g_.operands(id)[2], 0);
}

void Rules::gather(Sum& sum, ExprId x, const Number& factor, bool alone) {
  if (factor.is(0)) return;
  switch (g_.op(x)) {
    case Op::constant: {
      Number total = sum.constant + factor * g_.constant_of(x);
      if (total.bits() > folding_limit) break;
      sum.constant = std::move(total);
      return;
    }
    case Op::add: {
      const auto operands = g_.operands(x);
      if (!factor.finite() || (!alone && operands.size() > flattening_limit)) break;
      sum.constant = sum.constant + factor * g_.constant_of(x);
      const auto factors = g_.factors(x);
      for (std::size_t i = 0; i < operands.size(); ++i) {
        gather(sum, operands[i], factor * factors[i], false);
      }
      return;
    }
    case Op::mul: {
      const Number& coefficient = g_.constant_of(x);
      if (coefficient.is(1)) break;
      const Number total = factor * coefficient;
      if (total.bits() > folding_limit) break;
      std::vector<Term> powers;
      const auto bases = g_.operands(x);
      const auto exponents = g_.factors(x);
      for (std::size_t i = 0; i < bases.size(); ++i) powers.emplace_back(bases[i], exponents[i]);
      const bool plain = powers.size() == 1 && powers[0].second.is(1);
      if (plain && g_.op(powers[0].first) == Op::mul) break;
      const ExprId base = plain ? powers[0].first : g_.raw_mul(Number(1), powers);
      if (plain) return gather(sum, base, total, false);
      sum.terms.emplace_back(base, total);
      return;
    }
    case Op::select:
      if (!is_guard(x)) break;
      sum.guards.emplace_back(x, factor);
      return;
    default:
      break;
  }
  sum.terms.emplace_back(x, factor);
}

/// [c]a + [c]b = [c](a + b), and coefficients go inside.
void Rules::merge_guards(Sum& sum) {
  if (sum.guards.empty()) return;
  std::vector<Term> guards = std::move(sum.guards);
  sum.guards.clear();
  std::stable_sort(guards.begin(), guards.end(), [this](const Term& a, const Term& b) {
    return condition_of(a.first) < condition_of(b.first);
  });
  ++depth_;
  for (std::size_t first = 0; first < guards.size();) {
    const ExprId condition = condition_of(guards[first].first);
    std::size_t last = first + 1;
    while (last < guards.size() && condition_of(guards[last].first) == condition) ++last;
    if ((last == first + 1 && guards[first].second.is(1)) || depth_ > deepest_guards) {
      for (; first < last; ++first) sum.terms.push_back(guards[first]);
      continue;
    }
    std::vector<Term> values;
    for (; first < last; ++first) {
      values.emplace_back(guarded(guards[first].first), guards[first].second);
    }
    const ExprId zero = g_.constant(Number(0));
    gather(sum, select(condition, add(Number(0), values), zero), Number(1), false);
  }
  --depth_;
  for (const Term& merged : sum.guards) sum.terms.push_back(merged);
  sum.guards.clear();
}

void Rules::merge_terms(std::vector<Term>& terms) const {
  std::sort(terms.begin(), terms.end(),
            [this](const Term& a, const Term& b) { return g_.before(a.first, b.first); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < terms.size();) {
    Term merged = std::move(terms[i]);
    for (++i; i < terms.size() && terms[i].first == merged.first; ++i) {
      merged.second = merged.second + terms[i].second;
    }
    if (!merged.second.is(0)) terms[kept++] = std::move(merged);
  }
  terms.resize(kept);
}

ExprId Rules::add(const Number& constant, std::span<const Term> terms) {
  Sum sum;
  sum.constant = constant;
  sum.terms.reserve(terms.size());
  for (const auto& [x, factor] : terms) gather(sum, x, factor, terms.size() == 1);
  merge_guards(sum);
  merge_terms(sum.terms);
  for (Term& term : sum.terms) {
    if (term.second.is(1) || !is_guard(term.first) || depth_ > deepest_guards) continue;
    ++depth_;
    const Term inside[] = {{guarded(term.first), term.second}};
    const ExprId condition = condition_of(term.first);
    term = {select(condition, add(Number(0), inside), g_.constant(Number(0))), Number(1)};
    --depth_;
  }
  if (sum.terms.empty()) return g_.constant(sum.constant);
  if (sum.terms.size() > 1 || !sum.constant.is(0)) return g_.raw_add(sum.constant, sum.terms);
  const auto& [x, factor] = sum.terms[0];
  if (factor.is(1)) return x;
  std::vector<Term> powers;
  if (g_.op(x) != Op::mul || !g_.constant_of(x).is(1)) {
    powers.emplace_back(x, Number(1));
    return g_.raw_mul(factor, powers);
  }
  const auto exponents = g_.factors(x);
  const auto bases = g_.operands(x);
  for (std::size_t i = 0; i < bases.size(); ++i) powers.emplace_back(bases[i], exponents[i]);
  return g_.raw_mul(factor, powers);
}

}  // namespace lossc::ir
