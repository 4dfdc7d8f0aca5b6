// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 1/(1 - e⁻ˣ) - 1/x, the derivative of log((eˣ - 1)/x): ½ + x·polynomial(x²) where |x| < 2, since
// the two poles cancel there. Error below 3 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_exprel_rate(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_exprel_rate, value);
  Real x{&simd, value};
  Real near = fma(x, polynomial(x * x, coefficients::exprel_rate_f64), 0.5);
  Real expm1 = expm1_sum(exp_parts(clamp(-x, -60.0, 700.0))).high;
  Real far = select(x < -700.0, 0.0, -1.0 / expm1) - 1.0 / x;
  return select(abs(x) < 2.0, near, far).value;
}

}  // namespace lossc::codegen
