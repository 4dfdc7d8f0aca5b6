// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 2ˣ = 2ⁿ·exp(f·ln 2), n the integer nearest to x and f·ln 2 as a double word, by the polynomial of
// exp_parts.h. Powers of two are exact. Error below 0.9 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_exp2(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real clamped = x.is_f32() ? clamp(x, -151.0, 129.0) : clamp(x, -1076.0, 1025.0);
  Real n = round(clamped);
  DoubleWord ln2 = double_word(x, 0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
  ExpParts parts = exp_parts(ln2 * (clamped - n));
  // |f·ln 2| <= ln 2 / 2: parts.n is 0, or ±1 where rounding has put it beyond.
  return scale(1.0 + (parts.r + (parts.s() + parts.c)), n + parts.n).value;
}

}  // namespace lossc::codegen
