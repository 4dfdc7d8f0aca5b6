// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With e = exp(-|x|) = 2ⁿ·p: 1/(1 + e) for x >= 0 and 2ⁿ·(p/(1 + e)) for x < 0, so that the far
// left tail is rounded once, into the subnormals if need be. Quotient and sum are double words:
// error below 1 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_sigmoid(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  ExpParts parts = exp_parts(clamp_exp_at_most_zero(-abs(x)));
  DoubleWord p = parts.significand();
  // Against 1 an e below 2^-100 is nothing.
  Real power = power_of_two(greater(-100.0, parts.n));
  DoubleWord denominator = fast_two_sum(1.0, power * p.high);
  denominator.low = fma(power, p.low, denominator.low);
  Mask left = sign_bit(x);
  DoubleWord numerator{select(left, p.high, 1.0), select(left, p.low, 0.0)};
  return scale(quotient(numerator, denominator), select(left, parts.n, 0.0)).value;
}

}  // namespace lossc::codegen
