// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cosh x = e/2 + 1/(2e), e = exp|x| as a double word; for large |x| it is eˣ/2, with the half in
// the exponent, because eˣ overflows first. Error below 1 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_cosh(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  ExpParts parts = exp_parts(lesser(x.constant(90.0, 711.0), a));
  DoubleWord p = parts.significand();
  // Beyond 2^60 the other term is nothing.
  Real power = power_of_two(lesser(60.0, parts.n));
  Real reciprocal = 0.5 / (power * p.high);
  DoubleWord sum = fast_two_sum(0.5 * (power * p.high), reciprocal);
  Real small = sum.high + fma(power, 0.5 * p.low, sum.low);
  return select(a < 20.0, small, scale(p.high, parts.n - 1.0)).value;
}

}  // namespace lossc::codegen
