// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x/(eˣ - 1), 1 at 0; the power of two is applied last, so it is right into the subnormals. Error
// below 2 ULP.

#include "compiler/codegen/kernels/exprel_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_over_expm1(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_over_expm1, value);
  Real x{&simd, value};
  ScaledExpm1 e = scaled_expm1(x);
  Real result = scale(x / e.significand, -e.n);
  result = select(x > 760.0, 0.0, result);
  return select(x == 0.0, 1.0, result).value;
}

}  // namespace lossc::codegen
