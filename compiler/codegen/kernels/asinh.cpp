// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// asinh|x| = log1p(|x| + x²/(1 + √(1 + x²))), and log|x| + log 2 where x² is large. Error below 1.5
// ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_asinh(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  Mask large = a > x.constant(0x1p30, 0x1p60);
  Real square = a * a;
  DoubleWord sum = two_sum(a, square / (1.0 + sqrt(1.0 + square)));
  DoubleWord argument{select(large, a, sum.high), select(large, 0.0, sum.low)};
  Real result = log1p_sum(argument).high + select(large, 0x1.62e42fefa39efp-1, 0.0);
  result = select((a < infinity) & (a > x.constant(0x1p-13, 0x1p-27)), result, a);
  return copysign(result, x).value;
}

}  // namespace lossc::codegen
