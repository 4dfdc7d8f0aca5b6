// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// atanh|x| = log1p(2|x|/(1 - |x|))/2, the quotient as a double word. Error below 1 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_atanh(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  DoubleWord denominator = two_sum(x.constant(1.0), -a);
  DoubleWord argument = DoubleWord{a + a, x.constant(0.0)} / denominator;
  Real result = 0.5 * log1p_sum(argument).high;
  result = select(a < x.constant(0x1p-13, 0x1p-27), a, result);
  result = select(a == 1.0, infinity, result);
  result = select(a <= 1.0, result, not_a_number);
  return copysign(result, x).value;
}

}  // namespace lossc::codegen
