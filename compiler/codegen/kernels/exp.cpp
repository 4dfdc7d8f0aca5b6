// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// eˣ = 2ⁿ·(1 + (r + s)), see exp_parts.h: Cody and Waite's reduction, a minimax polynomial of total
// degree 7 (f32) or 12 (f64), one rounding by 2ⁿ. Error below 1.05 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_exp(Simd& simd, llvm::Value* value) {
  ExpParts parts = exp_parts(clamp_exp(Real{&simd, value}));
  return scale(parts.rounded_significand(), parts.n).value;
}

}  // namespace lossc::codegen
