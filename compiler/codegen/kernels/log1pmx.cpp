// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log1p(x) - x: for 1 + x in the reduced range of log this is its polynomial part, so nothing
// cancels; beyond, log1p as a double word less x. Error below 2 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

Real log1p_less_argument(Real x) {
  Mask reduced = abs(x) < x.constant(0.33, 0.29);
  DoubleWord log = log1p_sum(x);
  DoubleWord difference = two_sum(log.high, -x);
  Real result = select(reduced, log1p_residual(x), difference.high + (difference.low + log.low));
  result = select(x < infinity, result, -x);
  result = select(x < -1.0, not_a_number, result);
  return select(x == -1.0, -infinity, result);
}

llvm::Value* emit_log1pmx(Simd& simd, llvm::Value* value) {
  return log1p_less_argument(Real{&simd, value}).value;
}

}  // namespace lossc::codegen
