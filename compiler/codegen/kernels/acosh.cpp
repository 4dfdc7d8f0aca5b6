// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// acosh x = log1p(t + √(2t + t²)), t = x - 1, and log x + log 2 where t² is large. Error below 2
// ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_acosh(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Mask large = x > x.constant(0x1p30, 0x1p60);
  Real t = x - 1.0;
  DoubleWord sum = two_sum(t, sqrt(t * (t + 2.0)));
  DoubleWord argument{select(large, x, sum.high), select(large, 0.0, sum.low)};
  Real result = log1p_sum(argument).high + select(large, 0x1.62e42fefa39efp-1, 0.0);
  result = select(x < infinity, result, x);
  result = select(x == 1.0, 0.0, result);
  return select(x < 1.0, not_a_number, result).value;
}

}  // namespace lossc::codegen
