// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/codegen/kernels/gamma_difference.h"

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

// 200·ln 2
constexpr double lift_high = 0x1.1542457337d43p+7, lift_low = -0x1.e3948c376279dp-49;

// log(product) if far, else -log(1 + excess/product).
DoubleWord log_of_ascent(const Ascent<DoubleWord>& up, Mask far) {
  // Of 1 + excess/product, or of its reciprocal where it is beyond 2; a product that is nearly
  // subnormal is lifted.
  Real one = up.product.high.constant(1.0);
  Mask tiny = up.product.high < 0x1p-900;
  Real lift = select(tiny, one.constant(0x1p200), one);
  DoubleWord product{up.product.high * lift, up.product.low * lift};
  DoubleWord excess{up.excess.high * lift, up.excess.low * lift};
  Mask inverted = excess.high > product.high;
  DoubleWord total = up.product + up.excess;
  DoubleWord ratio = select(inverted, product, excess) / select(inverted, total, product);
  DoubleWord number = select(far, product, select(inverted, ratio, ratio + one));
  DoubleWord log = log_sum(log_parts(number.high));
  log.low = log.low + number.low / number.high;
  log = select(far | inverted, log, -log);
  return select(tiny & (far | inverted), log + double_word(one, -lift_high, -lift_low), log);
}

}  // namespace

Span span_of(Real x, Real d) {
  Real moved = x + d;
  Mask backward = d < 0.0;
  return {select(backward, moved, x), select(backward, x, moved), abs(d), backward};
}

SeriesDifference series_difference(Real inverse_a, Real inverse_b, std::span<const double> series) {
  // Horner's rule at 1/b²; what it passes on the way are the coefficients of the divided
  // difference.
  Real u = inverse_a * inverse_a, v = inverse_b * inverse_b;
  Real at_b = v.constant(series.back());
  Real divided = v.constant(0.0);
  for (std::size_t i = series.size() - 1; i-- > 0;) {
    divided = fma(divided, u, at_b);
    at_b = fma(at_b, v, series[i]);
  }
  return {at_b, divided};
}

Real stirling_remainder_difference(Real a, Real b, Real e) {
  // S(z) = s(1/z²)/z.
  Real p = 1.0 / a, q = 1.0 / b;
  SeriesDifference s = series_difference(p, q, coefficients::lgamma_series);
  return -(e * q * p) * fma(p * (p + q), s.divided, s.at_b);
}

Ascent<DoubleWord> ascent(Real a, Real e, bool accurate) {
  if (!accurate) {
    Ascent<Real> up = ascent(a * (a + 7.0), e * (2.0 * a + e + 7.0), a);
    return {exactly(up.product), exactly(up.excess)};
  }
  DoubleWord pair = two_sum(a, a.constant(7.0)) * a;
  DoubleWord gain = (two_sum(2.0 * a, e) + a.constant(7.0)) * e;
  return ascent(pair, gain, a);
}

DoubleWord log_gamma_difference(Real x, Real d, bool accurate) {
  auto [a, b, e, backward] = span_of(x, d);
  Mask small = a < 8.0, far = small & (e >= 8.0);
  Real start = select(small, a + 8.0, a);
  Real length = select(far, e - 8.0, e);
  DoubleWord end = two_sum(start, length);
  DoubleWord log_end = log_sum(log_parts(end.high));
  log_end.low = log_end.low + end.low / end.high;
  // Where e/a would underflow, (a - ½)(e/a - …); else double-word products of huge numbers would
  // overflow.
  Mask slight = length < 0x1p-120 * start;
  Mask huge = (b > 0x1p900) & !slight;
  Real shrink = select(huge, x.constant(0x1p-200), x.constant(1.0));
  DoubleWord step = exactly(length * shrink);
  DoubleWord log_ratio = log1p_sum(step / exactly(start * shrink));
  DoubleWord second = log_ratio * ((start - 0.5) * shrink);
  second = select(slight, DoubleWord{step.high, -0.5 * step.high / start}, second);
  DoubleWord sum = (log_end + x.constant(-1.0)) * step.high + second;
  DoubleWord steps = log_of_ascent(ascent(a, e, accurate), far);
  sum = sum + select(small, steps, exactly(x.constant(0.0)));
  Real remainder = stirling_remainder_difference(start, end.high, length);
  sum = fast_two_sum(sum.high, sum.low + remainder);
  Real high = select(huge, sum.high * 0x1p200, sum.high);
  Real low = select(huge, sum.low * 0x1p200, sum.low);
  high = select(b == infinity, select(a == infinity, not_a_number, b), high);
  high = select(e == 0.0, 0.0, select(backward, -high, high));
  Real at_pole = select(backward, x.constant(infinity), x.constant(-infinity));
  high = select(a <= 0.0, select(b <= 0.0, not_a_number, at_pole), high);
  low = select(abs(high) < infinity, select(backward, -low, low), 0.0);
  return {select(is_nan(a + b), a + b, high), low};
}

}  // namespace lossc::codegen
