// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (1/(1 + x²) - atan(x)/x)/x², the derivative of atan(x)/x over x: a
// polynomial in x² where |x| < 0.75, since the quotient cancels there. Error below 8 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

llvm::Value* emit_atanc_slope(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_atanc_slope, value);
  Real x{&simd, value};
  Real near = polynomial(x * x, coefficients::atanc_slope_f64);
  Real angle{&simd, emit_atan(simd, value)};
  Real far = (1.0 / fma(x, x, 1.0) - angle / x) / x / x;
  return select(abs(x) < 0.75, near, far).value;
}

}  // namespace lossc::codegen
