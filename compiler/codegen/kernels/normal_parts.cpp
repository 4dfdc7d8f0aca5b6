// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// erfcx(x) = p(t)/(1 + 2x), t = (x - 4)/(x + 4), one polynomial of degree 24 for all x >= 0: the
// change of variable of Shepherd and Laframboise (Math. Comp. 36, 1981). Numerator and denominator
// are double words; relative error 2^-53.4.

#include "compiler/codegen/kernels/normal_parts.h"

#include "compiler/codegen/kernels/coefficients.inc"

namespace lossc::codegen {

DoubleWord erfcx_numerator(Real t) {
  std::span<const double> c = coefficients::erfcx_f64;
  Real rest = t * polynomial(t, c.subspan(1));
  return fast_two_sum(c[0], rest);
}

DoubleWord erfcx_positive(Real x) {
  Real t = (x - 4.0) / (x + 4.0);
  return erfcx_numerator(t) / two_sum(x + x, x.constant(1.0));
}

ExpParts gaussian_parts(Real x, double factor) {
  // exp(-40²) is 0 in f64, exp(-40²/2) is 2^-1154 and 0 too.
  Real a = lesser(40.0, x);
  DoubleWord square = two_product(a, a);
  return exp_parts(DoubleWord{-factor * square.high, -factor * square.low});
}

DoubleWord Tail::moderate() const {
  Real power = power_of_two(greater(-200.0, n));
  return {power * significand.high, power * significand.low};
}

Tail erfc_tail(Real x) {
  // Near 0 the rounding of t would show, so 1 - erf takes over.
  Mask small = x < 0.75;
  ExpParts parts = gaussian_parts(x, 1.0);
  DoubleWord product = parts.significand() * erfcx_positive(lesser(0x1p500, x));
  return {select(small, one_minus(erf_small(x)), product),
          select(small, 0.0, greater(-1400.0, parts.n))};
}

Tail normal_tail(Real x) {
  Real u = lesser(0x1p500, x) * 0x1.6a09e667f3bcdp-1;  // x/√2
  Mask small = u < 0.75;
  ExpParts parts = gaussian_parts(x, 0.5);
  DoubleWord product = parts.significand() * erfcx_positive(u);
  return {select(small, one_minus(erf_small(u)), product),
          select(small, -1.0, greater(-1400.0, parts.n - 1.0))};
}

DoubleWord one_minus(DoubleWord x) {
  DoubleWord sum = fast_two_sum(1.0, -x.high);
  return {sum.high, sum.low - x.low};
}

DoubleWord erf_small(Real x) {
  Real z = x * x;
  return fast_two_sum(x, x * polynomial(z, coefficients::erf_f64));
}

DoubleWord erf_positive(Real x) {
  DoubleWord far = one_minus(erfc_tail(x).moderate());
  return select(x < 1.0, erf_small(x), far);
}

}  // namespace lossc::codegen
