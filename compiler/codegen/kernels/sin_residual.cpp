// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sin(x) - x: x³ times a polynomial in x² where |x| < 3/4, since it cancels there. Error below 8
// ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

llvm::Value* emit_sin_residual(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_sin_residual, value);
  Real x{&simd, value};
  Real near = x * (x * x) * polynomial(x * x, coefficients::sin_f64);
  Real far = Real{&simd, emit_sin(simd, value)} - x;
  return select(abs(x) < 0.75, near, far).value;
}

}  // namespace lossc::codegen
