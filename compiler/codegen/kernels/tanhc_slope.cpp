// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (sech²(x) - tanh(x)/x)/x², the derivative of tanh(x)/x over x: a
// polynomial in x² where |x| < 0.75, since the quotient cancels there. Error below 8 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

llvm::Value* emit_tanhc_slope(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_tanhc_slope, value);
  Real x{&simd, value};
  Real near = polynomial(x * x, coefficients::tanhc_slope_f64);
  Real tangent{&simd, emit_tanh(simd, value)};
  Real e{&simd, emit_exp(simd, (-2.0 * abs(x)).value)};
  Real root = 1.0 + e;
  Real far = (4.0 * e / (root * root) - tangent / x) / x / x;
  return select(abs(x) < 0.75, near, far).value;
}

}  // namespace lossc::codegen
