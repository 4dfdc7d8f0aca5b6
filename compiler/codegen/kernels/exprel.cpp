// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (eˣ - 1)/x, 1 at 0; the power of two is applied last, since eˣ overflows before the quotient
// does. Error below 2 ULP.

#include "compiler/codegen/kernels/exprel_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_exprel(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_exprel, value);
  Real x{&simd, value};
  ScaledExpm1 e = scaled_expm1(x);
  Real result = scale(e.significand / x, e.n);
  result = select(x > 740.0, infinity, result);
  return select(x == 0.0, 1.0, result).value;
}

}  // namespace lossc::codegen
