// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// atan(y/x) = atan(q) + offset, one division for all three cases: with t = tan(π/8),
//   y/x <= t: q = y/x, 0    y/x >= 1/t: q = -x/y, π/2    else: q = (y - x)/(y + x), π/4
// so |q| <= t, where a polynomial in q² of degree 11 is enough.

#include "compiler/codegen/kernels/arc_parts.h"

#include "compiler/codegen/kernels/coefficients.inc"

namespace lossc::codegen {

DoubleWord first_quadrant_angle(Real y, Real x) {
  const double t = 0x1.a827999fcef32p-2;  // tan(π/8)
  Mask low = y <= t * x;
  Mask high = x <= t * y;
  Real zero = x.constant(0.0);
  DoubleWord numerator = select(low, {y, zero}, select(high, {-x, zero}, two_sum(y, -x)));
  DoubleWord denominator = select(low, {x, zero}, select(high, {y, zero}, two_sum(y, x)));
  DoubleWord q = numerator / denominator;
  Real z = q.high * q.high;
  Real cubic = q.high * (z * polynomial(z, coefficients::atan_f64));
  Real offset = select(low, zero, select(high, 0x1.921fb54442d18p0, 0x1.921fb54442d18p-1));
  Real offset_low = select(low, zero, select(high, 0x1.1a62633145c07p-54, 0x1.1a62633145c07p-55));
  DoubleWord sum = fast_two_sum(offset, q.high);
  return fast_two_sum(sum.high, sum.low + (cubic + (q.low + offset_low)));
}

Real asin_residual(Real a, Real z) { return a * (z * polynomial(z, coefficients::asin_f64)); }

}  // namespace lossc::codegen
