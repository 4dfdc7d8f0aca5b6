// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// e as a double word, and the reduction of log: nothing cancels, since both terms are positive.

#include "compiler/codegen/kernels/softplus_parts.h"

#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

DoubleWord softplus_sum(Real x, const ExpParts& parts) {
  DoubleWord p = parts.significand();
  Real power = power_of_two(greater(x.constant(-125.0, -1000.0), parts.n));
  DoubleWord e{power * p.high, power * p.low};
  // 1 + e = 2·(1 + f), f = (e - 1)/2, where that is nearer to 1.
  Mask halve = e.high > e.high.constant(1.0 / 3.0, 0.41);
  DoubleWord f = fast_two_sum(-0.5, 0.5 * e.high);
  f.low = fma(e.low, 0.5, f.low);
  f = select(halve, f, e);
  DoubleWord log1p = log_sum(select(halve, x.constant(1.0), x.constant(0.0)), f.high, f.low);
  DoubleWord sum = two_sum(greater(0.0, x), log1p.high);
  return fast_two_sum(sum.high, sum.low + log1p.low);
}

}  // namespace lossc::codegen
