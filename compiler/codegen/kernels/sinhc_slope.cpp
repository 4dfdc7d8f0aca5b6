// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (cosh x - sinh(x)/x)/x², the derivative of sinh(x)/x over x: a polynomial in x² where |x| < 1,
// since the quotient cancels there; for large x eˣ·(1 - 1/x)/(2x²) with the power of two applied
// last. Error below 8 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/exprel_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_sinhc_slope(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_sinhc_slope, value);
  Real x{&simd, value};
  Real a = abs(x);
  Real near = polynomial(x * x, coefficients::sinhc_slope_f64);
  Real sine{&simd, emit_sinh(simd, a.value)}, cosine{&simd, emit_cosh(simd, a.value)};
  Real middle = (cosine - sine / a) / a / a;
  ScaledExpm1 e = scaled_expm1(a);
  Real far = scale(0.5 * e.significand * (1.0 - 1.0 / a) / a / a, e.n);
  far = select(a > 740.0, infinity, far);
  return select(a < 1.0, near, select(a < 80.0, middle, far)).value;
}

}  // namespace lossc::codegen
