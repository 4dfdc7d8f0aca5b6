// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sinh|x| = (t + t/(1 + t))/2, t = expm1|x| as a double word; for large |x| it is eˣ/2, with the
// half in the exponent, because eˣ overflows first. Error below 1 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_sinh(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  Real limit = x.constant(12.0, 24.0);
  ExpParts parts = exp_parts(lesser(x.constant(90.0, 711.0), a));
  DoubleWord t = expm1_sum(exp_parts(lesser(limit, a)));
  DoubleWord inverse = t / (t + x.constant(1.0));
  Real small = 0.5 * (t + inverse).high;
  Real large = scale(parts.significand().high, parts.n - 1.0);
  Real result = select(a < limit, small, large);
  result = select(a < x.constant(0x1p-13, 0x1p-27), a, result);  // also where low parts underflow
  return copysign(select(is_nan(x), x, result), x).value;
}

}  // namespace lossc::codegen
