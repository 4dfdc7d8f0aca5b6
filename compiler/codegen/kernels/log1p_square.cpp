// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(1 + (x/y)²): 2·log|x/y| where 1 is nothing beside that (or the quotient is infinite). One
// logarithm, of the parts of either. Error below 3 ULP:
// the quotient's own rounding counts twice.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/ratio_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log1p_square(Simd& simd, llvm::Value* above, llvm::Value* below) {
  Real x = abs(Real{&simd, above});
  Real y = abs(Real{&simd, below});
  Real quotient = x / y;
  Mask large = quotient > x.constant(0x1p40, 0x1p80);
  LogParts far = ratio_parts(x, y);
  DoubleWord square = two_product(quotient, quotient);
  Log1pParts near = log1p_parts({select(large, 1.0, square.high), select(large, 0.0, square.low)});
  Real result = log_sum(select(large, far.k, near.k), select(large, far.f, near.f),
                        select(large, 0.0, near.f_low))
                    .high;
  result = select(large, 2.0 * result, result);
  // Where the square is subnormal or 0 it is the result.
  result = select(square.high < x.constant(0x1p-100, 0x1p-900), square.high, result);
  result = select((x == infinity) | (y == 0.0), infinity, result);
  return select(is_nan(quotient), quotient, result).value;
}

}  // namespace lossc::codegen
