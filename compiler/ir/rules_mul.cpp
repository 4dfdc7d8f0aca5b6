// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products: coefficient · Π baseᵢ ^ exponentᵢ, flat, sorted, exponents of equal bases added. A base
// is never a guard with a positive exponent: [c]a · b = [c](a · b).
//
// (xᵃ)ᵇ = xᵃᵇ for a whole b. For another b the left side is real only where xᵃ ≥ 0, and the two
// sides agree there unless a is even and x may be negative: (x²)^½ is |x|.
//
// x · x⁻¹ is 1 only where x is not 0: at 0 it is 0 · inf, which is 0. Exponents of both signs are
// added if the sum is positive (both sides are 0 at 0) or x is plainly positive; else what is left
// over is x · x^(s−1), the same function.
#include <algorithm>

#include "compiler/ir/rules.h"

namespace lossc::ir {

namespace {

constexpr std::size_t flattening_limit = 64;
constexpr std::size_t folding_limit = 4096;

bool is_even(const Number& exponent) {
  const auto whole = exponent.to_long();
  return whole && *whole % 2 == 0;
}

}  // namespace

struct Rules::Product {
  Number coefficient = 1;
  std::vector<Term> powers;
  std::vector<ExprId> conditions;
  bool alone = false;
};

void Rules::gather(Product& product, ExprId x, const Number& exponent) {
  if (exponent.is(0)) return;
  switch (g_.op(x)) {
    case Op::constant: {
      const auto value = power(g_.constant_of(x), exponent);
      if (!value) break;
      Number total = product.coefficient * *value;
      if (total.bits() > folding_limit) break;
      product.coefficient = std::move(total);
      return;
    }
    case Op::mul:
      if (!product.alone && g_.operands(x).size() > flattening_limit) break;
      if (gather_factors(product, x, exponent)) return;
      break;
    case Op::select:
      if (!is_guard(x) || exponent.sign() <= 0) break;
      product.conditions.push_back(condition_of(x));
      return gather(product, guarded(x), exponent);
    default:
      break;
  }
  product.powers.emplace_back(x, exponent);
}

/// (k · Π yᵢ ^ aᵢ) ^ b as factors of the product, if that is sound.
bool Rules::gather_factors(Product& product, ExprId x, const Number& b) {
  const auto bases = g_.operands(x);
  const auto exponents = g_.factors(x);
  const Number& k = g_.constant_of(x);
  const auto k_power = power(k, b);
  if (b.is_integer()) {
    if (!k_power) return false;
    Number total = product.coefficient * *k_power;
    if (total.bits() > folding_limit) return false;
    product.coefficient = std::move(total);
    for (std::size_t i = 0; i < bases.size(); ++i) gather(product, bases[i], exponents[i] * b);
    return true;
  }
  if (k.sign() <= 0 || !k.finite()) return false;
  std::size_t any_sign = 0;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    const bool odd = exponents[i].is_integer() && !is_even(exponents[i]);
    if (odd && !has(bases[i], nonnegative_fact)) ++any_sign;
  }
  if (any_sign > 1) return false;
  if (k_power) {
    product.coefficient = product.coefficient * *k_power;
  } else {
    product.powers.emplace_back(g_.constant(k), b);
  }
  for (std::size_t i = 0; i < bases.size(); ++i) {
    const Number& a = exponents[i];
    const bool loses_sign = is_even(a) && !has(bases[i], nonnegative_fact) && !is_even(a * b);
    if (loses_sign) {
      const Term one[] = {{bases[i], a}};
      product.powers.emplace_back(g_.raw_mul(Number(1), one), b);
    } else {
      gather(product, bases[i], a * b);
    }
  }
  return true;
}

void Rules::merge_powers(Product& product) const {
  auto& powers = product.powers;
  std::sort(powers.begin(), powers.end(), [this](const Term& a, const Term& b) {
    if (a.first != b.first) return g_.before(a.first, b.first);
    return b.second < a.second;
  });
  std::vector<Term> merged;
  merged.reserve(powers.size());
  for (std::size_t i = 0; i < powers.size();) {
    const ExprId base = powers[i].first;
    Number up;
    Number down;
    for (; i < powers.size() && powers[i].first == base; ++i) {
      Number& part = powers[i].second.sign() > 0 ? up : down;
      part = part + powers[i].second;
    }
    const Number total = up + down;
    const bool mixed = !up.is(0) && !down.is(0);
    if (mixed && total.sign() <= 0 && !has(base, positive_fact)) {
      merged.emplace_back(base, Number(1));
      merged.emplace_back(base, total - Number(1));
    } else if (!total.is(0)) {
      merged.emplace_back(base, total);
    }
  }
  powers = std::move(merged);
}

ExprId Rules::mul(const Number& coefficient, std::span<const Term> powers) {
  Product product;
  product.coefficient = coefficient;
  product.alone = powers.size() == 1;
  product.powers.reserve(powers.size());
  for (const auto& [x, exponent] : powers) gather(product, x, exponent);
  merge_powers(product);
  if (product.coefficient.is(0)) return g_.constant(Number(0));
  ExprId value;
  if (product.powers.empty()) {
    value = g_.constant(product.coefficient);
  } else if (product.powers.size() == 1 && product.powers[0].second.is(1)) {
    const Term term[] = {{product.powers[0].first, product.coefficient}};
    value = add(Number(0), term);
  } else {
    value = g_.raw_mul(product.coefficient, product.powers);
  }
  if (product.conditions.empty()) return value;
  const ExprId condition = junction(Op::conjunction, product.conditions);
  return select(condition, value, g_.constant(Number(0)));
}

}  // namespace lossc::ir
