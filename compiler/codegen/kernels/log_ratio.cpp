// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(x/y) = (k - l)·ln 2 + log(m/n) with x = 2^k·m and y = 2^l·n, see ratio_parts.h: x/y is never
// formed. Error below 2 ULP, also near x = y.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/ratio_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log_ratio(Simd& simd, llvm::Value* above, llvm::Value* below) {
  Real x{&simd, above};
  Real y{&simd, below};
  Real result = log_sum(ratio_parts(x, y)).high;
  Mask large = (x == infinity) | (y == 0.0);
  Mask small = (y == infinity) | (x == 0.0);
  Mask real = (x >= 0.0) & (y >= 0.0) & !(large & small);
  result = select(large, infinity, select(small, -infinity, result));
  return select(real, result, not_a_number).value;
}

}  // namespace lossc::codegen
