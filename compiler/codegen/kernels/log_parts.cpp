// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// f32: 1 + f in [2/3, 4/3) and log(1 + f) = f - f²/2 + f³·q(f), no division.
// f64: 1 + f in [√½, √2) and, with s = f/(2 + f), log(1 + f) = f - f²/2 + s·(f²/2 + R(s²)), the
// form of fdlibm's e_log.c: a division costs less than the twelve more terms.

#include "compiler/codegen/kernels/log_parts.h"

#include "compiler/codegen/kernels/coefficients.inc"

namespace lossc::codegen {

namespace {

// The representation of the least 1 + f, and the number of digits after the leading one.
std::int64_t least(Real x) { return x.is_f32() ? 0x3f2aaaab : 0x3fe6a09e667f3bcd; }
unsigned digits(Real x) { return x.is_f32() ? 23 : 52; }

DoubleWord add_terms(Real k, Real f, Real rest) {
  // k·high is exact; |k·high| > |f| unless k = 0.
  DoubleWord sum = fast_two_sum(k * k.constant(0x1.62e4p-1, 0x1.62e42feep-1), f);
  Real low = fma(k, k.constant(0x1.7f7d1cf79abcap-20, 0x1.a39ef35793c76p-33), rest);
  return fast_two_sum(sum.high, sum.low + low);
}

struct ScaledLog1p {
  Real k;
  Real power;  // 2^-k
  DoubleWord f;
};

// k is the exponent of 1 + x, rounded; 1 + f = 2^-k + 2^-k·x, whose two terms are exact.
ScaledLog1p scaled_log1p(Real x) {
  Integer offset = bits(x + 1.0) - least(x);
  Integer k_shifted = shift_right_arithmetic(offset, digits(x)) << digits(x);
  Real k = from_int(shift_right_arithmetic(offset, digits(x)));
  // 2^-k may be subnormal, or 0 for the largest x, where it no longer matters; 2^-k·x is normal
  // unless k = 0, so its exponent is changed directly.
  Real power = 0.5 * from_bits(bits(x.constant(2.0)) - k_shifted);
  return {k, power, two_sum(power - 1.0, from_bits(bits(x) - k_shifted))};
}

}  // namespace

LogParts log_parts(Real x) {
  if (x.simd->target().has_avx512) {
    Real k{x.simd, x.simd->exponent(x.value)};
    Real m = scale(x, -k);
    Mask halve = m > x.constant(0x1.555554p0, 0x1.6a09e667f3bcdp0);  // 2·least
    return {select(halve, k + 1.0, k), select(halve, 0.5 * m, m) - 1.0};
  }
  const double bias = x.is_f32() ? 25.0 : 54.0;
  Mask tiny = x < x.constant(0x1p-126, 0x1p-1022);
  Real normal = select(tiny, x * x.constant(0x1p25, 0x1p54), x);
  Integer offset = bits(normal) - least(x);
  const std::int64_t fraction = (std::int64_t{1} << digits(x)) - 1;
  Real m = from_bits((offset & fraction) + least(x));
  Real k = from_int(shift_right_arithmetic(offset, digits(x)));
  return {k - select(tiny, bias, 0.0), m - 1.0};
}

Real log1p_residual(Real f) {
  if (f.is_f32()) {
    Real q = polynomial(f, coefficients::log_f32);
    return f * f * fma(f, q, -0.5);
  }
  Real s = f / (f + 2.0);
  Real z = s * s;
  Real half_square = 0.5 * (f * f);
  Real r = z * polynomial(z, coefficients::log_f64);
  return fma(s, half_square + r, -half_square);
}

DoubleWord log_sum(Real k, Real f, Real f_low) {
  // d log(1 + f) = df/(1 + f), of which 1 - f is enough.
  return add_terms(k, f, log1p_residual(f) + fma(-f, f_low, f_low));
}

DoubleWord log_sum(LogParts parts) { return add_terms(parts.k, parts.f, log1p_residual(parts.f)); }

Log1pParts log1p_parts(DoubleWord x) {
  auto [k, power, f] = scaled_log1p(x.high);
  return {k, f.high, fma(power, x.low, f.low)};
}

DoubleWord log1p_sum(DoubleWord x) {
  Log1pParts parts = log1p_parts(x);
  return log_sum(parts.k, parts.f, parts.f_low);
}

DoubleWord log1p_sum(Real x) {
  auto [k, power, f] = scaled_log1p(x);
  return log_sum(k, f.high, f.low);
}

DoubleWord log_accurate(Real x) {
  // log(1 + f) = 2s + ⅔s³ + s⁵·P(s²), s = f/(2 + f) as a double word, of which the first two terms
  // are double words and the third is below 2^-12.
  LogParts parts = log_parts(x);
  Real zero = x.constant(0.0);
  DoubleWord denominator = two_sum(parts.f, x.constant(2.0));
  DoubleWord s = DoubleWord{parts.f, zero} / denominator;
  DoubleWord z = s * s;
  Real tail = z.high * polynomial(z.high, coefficients::log_tail_f64);
  DoubleWord two_thirds = double_word(x, 0x1.5555555555555p-1, 0x1.5555555555555p-55);
  DoubleWord factor = fast_two_sum(two_thirds.high, two_thirds.low + tail);
  DoubleWord cubic = (s * z) * factor;
  DoubleWord log1p = DoubleWord{2.0 * s.high, 2.0 * s.low} + cubic;
  DoubleWord base = two_product(parts.k, x.constant(0x1.62e42fefa39efp-1));
  base = fast_two_sum(base.high, fma(parts.k, 0x1.abc9e3b39803fp-56, base.low));
  return base + log1p;
}

Real with_log_edges(Real x, Real result) {
  result = select(x < infinity, result, x);
  result = select(x < 0.0, not_a_number, result);
  return select(x == 0.0, -infinity, result);
}

}  // namespace lossc::codegen
