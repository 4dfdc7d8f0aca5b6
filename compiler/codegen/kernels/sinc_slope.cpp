// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (cos x - sin(x)/x)/x², the derivative of sin(x)/x over x: a
// polynomial in x² where |x| < 1.0, since the quotient cancels there. Error below 8 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

llvm::Value* emit_sinc_slope(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_sinc_slope, value);
  Real x{&simd, value};
  Real near = polynomial(x * x, coefficients::sinc_slope_f64);
  Real sine{&simd, emit_sin(simd, value)}, cosine{&simd, emit_cos(simd, value)};
  Real far = (cosine - sine / x) / x / x;
  return select(abs(x) < 1.0, near, far).value;
}

}  // namespace lossc::codegen
