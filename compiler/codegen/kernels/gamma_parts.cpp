// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The polynomial for log Γ(1 + u) has the zeros at u = 0 and 1 as exact factors, so it is accurate
// next to them; its error is 2^-54 relative.

#include "compiler/codegen/kernels/gamma_parts.h"

#include "compiler/codegen/kernels/circular_parts.h"
#include "compiler/codegen/kernels/coefficients.inc"

namespace lossc::codegen {

Descent descent(Real a) {
  Real one = a.constant(1.0);
  Real y = a, product = one, numerator = a.constant(0.0);
  Mask moderate = a < 8.0;
  for (int step = 0; step < 6; ++step) {
    Mask down = moderate & (y >= 2.0);
    Real below = y - 1.0;
    y = select(down, below, y);
    // n/p + 1/y = (n·y + p)/(p·y)
    numerator = select(down, fma(numerator, below, product), numerator);
    product = select(down, product * below, product);
  }
  return {select(a < 1.0, a, y - 1.0), product, numerator};
}

Real log_gamma_1p(Real u) { return u * (u - 1.0) * polynomial(u - 0.5, coefficients::lgamma_f64); }

Real asymptotic(Real a, std::span<const double> coefficients) {
  Real inverse = 1.0 / a;
  return polynomial(inverse * inverse, coefficients);
}

Reflection reflection(Real x) {
  Real distance = x - round(x);  // exact, |distance| <= ½
  Real a = abs(distance);
  // Both through the first eighth of the circle.
  Mask near = a <= 0.25;
  Real reduced = select(near, a, 0.5 - a);
  DoubleWord angle = two_product(reduced, x.constant(pi));
  angle.low = fma(reduced, 0x1.1a62633145c07p-53, angle.low);
  Real s = sine(angle).high, c = cosine(angle).high;
  return {copysign(select(near, s, c), distance), select(near, c, s)};
}

}  // namespace lossc::codegen
