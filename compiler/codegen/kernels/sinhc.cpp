// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinh(x)/x, 1 at 0; for large x eˣ/(2x) with the power of two applied last, since sinh overflows
// before the quotient does. Error below 2 ULP.

#include "compiler/codegen/kernels/exprel_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_sinhc(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_sinhc, value);
  Real x{&simd, value};
  Real a = abs(x);
  ScaledExpm1 e = scaled_expm1(a);
  Real far = scale(0.5 * e.significand / a, e.n);
  far = select(a > 740.0, infinity, far);
  Real near = Real{&simd, emit_sinh(simd, value)} / x;
  return select(x == 0.0, 1.0, select(a < 80.0, near, far)).value;
}

}  // namespace lossc::codegen
