// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(1 + x/y): log(x/y) where that is so large that 1 is nothing beside it (or infinite). One
// logarithm, of the parts of either. Error below 2 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/ratio_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log1p_ratio(Simd& simd, llvm::Value* above, llvm::Value* below) {
  Real x{&simd, above};
  Real y{&simd, below};
  Real quotient = x / y;
  Mask large = quotient > quotient.constant(0x1p40, 0x1p80);
  LogParts far = ratio_parts(x, y);
  Log1pParts near = log1p_parts({select(large, 1.0, quotient), x.constant(0.0)});
  Real result = log_sum(select(large, far.k, near.k), select(large, far.f, near.f),
                        select(large, 0.0, near.f_low))
                    .high;
  result = select(quotient == 0.0, quotient, result);
  result = select((x == infinity) | (y == 0.0), infinity, result);
  return select((x >= 0.0) & (y >= 0.0) & !is_nan(quotient), result, not_a_number).value;
}

}  // namespace lossc::codegen
