// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Powers and roots of exact numbers, where they are rational.
#include "compiler/ir/rational.h"

namespace lossc::ir {

namespace {

using Whole = boost::multiprecision::mpz_int;
using Mpq = boost::multiprecision::mpq_rational;

constexpr std::size_t folding_limit = 4096;

/// The exact root of a nonnegative whole number.
std::optional<Whole> exact_root(const Whole& value, unsigned long degree) {
  Whole root;
  if (mpz_root(root.backend().data(), value.backend().data(), degree) == 0) return std::nullopt;
  return root;
}

std::optional<Number> power_of_infinity(const Number& base, const Number& exponent) {
  if (exponent.sign() < 0) return Number(0);
  if (base.sign() > 0) return Number::infinity();
  const auto whole = exponent.to_long();
  if (!whole) return std::nullopt;
  return Number::infinity(*whole % 2 != 0);
}

}  // namespace

std::optional<Number> power(const Number& base, const Number& exponent) {
  if (base.kind() == Number::Kind::nan || !exponent.finite()) return std::nullopt;
  if (exponent.sign() == 0) return Number(1);
  if (!base.finite()) return power_of_infinity(base, exponent);
  if (base.sign() == 0) return exponent.sign() > 0 ? Number(0) : Number::infinity();
  if (base.is(1)) return Number(1);
  const Rational exact_exponent = exponent.rational();
  const Whole above = numerator(exact_exponent.value());
  const Whole below = denominator(exact_exponent.value());
  if (abs(above) > folding_limit || below > 64) return std::nullopt;
  const Rational exact_base = base.rational();
  Whole numerator_part = abs(numerator(exact_base.value()));
  Whole denominator_part = denominator(exact_base.value());
  if (below != 1) {
    if (base.sign() < 0) return std::nullopt;
    const auto root_above = exact_root(numerator_part, below.convert_to<unsigned long>());
    const auto root_below = exact_root(denominator_part, below.convert_to<unsigned long>());
    if (!root_above || !root_below) return std::nullopt;
    numerator_part = *root_above;
    denominator_part = *root_below;
  }
  const auto count = Whole(abs(above)).convert_to<unsigned>();
  if (count * (msb(numerator_part) + msb(denominator_part) + 2) > 2 * folding_limit) {
    if (!(numerator_part == 1 && denominator_part == 1)) return std::nullopt;
  }
  Mpq result = Mpq(pow(numerator_part, count)) / Mpq(pow(denominator_part, count));
  if (above < 0) result = 1 / result;
  if (base.sign() < 0 && count % 2 != 0) result = -result;
  return Number(Rational(result));
}

}  // namespace lossc::ir
