// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 1/x² - 1/(4·sinh²(x/2)), the derivative of exprel_rate: a polynomial in x² where |x| < 2, since
// the two poles cancel there. Error below 6 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_exprel_rate_slope(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_exprel_rate_slope, value);
  Real x{&simd, value};
  Real near = polynomial(x * x, coefficients::exprel_rate_slope_f64);
  // e^-|x| and e^-|x| - 1.
  ExpParts parts = exp_parts(greater(x.constant(-700.0), -abs(x)));
  Real e = power_of_two(parts.n) * parts.significand().high;
  Real t = expm1_sum(parts).high;
  Real reciprocal = 1.0 / x;
  Real small = select(abs(x) < 700.0, e / (t * t), 0.0);
  Real far = fma(reciprocal, reciprocal, -small);
  return select(abs(x) < 2.0, near, far).value;
}

}  // namespace lossc::codegen
