// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tanh|x| = -t/(2 + t), t = expm1(-2|x|) as a double word: nothing cancels at 0 and nothing
// overflows. Error below 1 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_tanh(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  // From the limit on the result is 1.
  Real minus_twice = greater(x.constant(-24.0, -48.0), -2.0 * abs(x));
  DoubleWord t = expm1_sum(exp_parts(minus_twice));
  DoubleWord denominator = fast_two_sum(2.0, t.high);
  denominator.low = denominator.low + t.low;
  return copysign(quotient(-t, denominator), x).value;
}

}  // namespace lossc::codegen
