// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(1 + x) = k·ln 2 + log(1 + f), where 1 + f = 2^-k·(1 + x) is formed without rounding 1 + x,
// see log_parts.h. Error below 1 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log1p(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real result = log1p_sum(x).high;
  result = select(x < infinity, result, x);
  result = select(x < -1.0, not_a_number, result);
  result = select(x == -1.0, -infinity, result);
  return select(x == 0.0, x, result).value;  // -0 stays -0
}

}  // namespace lossc::codegen
