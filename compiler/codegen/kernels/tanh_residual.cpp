// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tanh(x) - x: x³ times a polynomial in x² where |x| < 3/4, since it cancels there. Error below 6
// ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

llvm::Value* emit_tanh_residual(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_tanh_residual, value);
  Real x{&simd, value};
  Real near = x * (x * x) * polynomial(x * x, coefficients::tanh_residual_f64);
  Real far = Real{&simd, emit_tanh(simd, value)} - x;
  return select(abs(x) < 0.75, near, far).value;
}

}  // namespace lossc::codegen
