// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log cosh x with t = expm1(-2|x|), so e^(-2|x|) = 1 + t: ½·log1p(t²/(4(1 + t))) for |x| < 1, since
// t²/(4(1 + t)) = sinh² x, and |x| - log 2 + log1p(1 + t) beyond. Error below 1.5 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_logcosh(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  ExpParts parts = exp_parts(greater(x.constant(-30.0, -60.0), -2.0 * a));
  DoubleWord t = expm1_sum(parts);
  DoubleWord p = parts.significand();
  Real power = power_of_two(parts.n);
  DoubleWord e{power * p.high, power * p.low};
  Mask small = a < 1.0;
  DoubleWord square = t * t;
  DoubleWord sinh_squared = square / DoubleWord{4.0 * e.high, 4.0 * e.low};
  DoubleWord log = log1p_sum(select(small, sinh_squared, e));
  DoubleWord far = two_sum(a, log.high);
  far = fast_two_sum(far.high, far.low + log.low) + x.constant(-0x1.62e42fefa39efp-1);
  Real result = select(small, 0.5 * log.high, far.high);
  return select(a > 0x1p60, a, result).value;
}

}  // namespace lossc::codegen
