// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(1 - eˣ), x <= 0: log(-expm1 x) above -log 2 and log1p(-eˣ) below, each of a double word; far
// to the left -eˣ itself, rounded once (Mächler, 2012). Error below 1 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log1mexp(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  ExpParts parts = exp_parts(clamp_exp(x));
  DoubleWord p = parts.significand();
  // The right part: 1 - eˣ near 0.
  ExpParts near = parts;
  near.n = greater(-2.0, lesser(0.0, parts.n));
  DoubleWord difference = -expm1_sum(near);
  LogParts log = log_parts(difference.high);
  // difference.low/difference.high moves the logarithm.
  Real right = log_sum(log.k, log.f, x.constant(0.0)).high + difference.low / difference.high;
  // The left part.
  Real power = power_of_two(greater(-100.0, lesser(0.0, parts.n)));
  Real left = log1p_sum(DoubleWord{-(power * p.high), -(power * p.low)}).high;
  Mask tail = x < x.constant(-20.0, -40.0);
  Real result = select(x > -0x1.62e42fefa39efp-1, right, left);
  result = select(tail, -scale(p.high, parts.n), result);
  result = select(x == 0.0, -infinity, result);
  return select(x <= 0.0, result, not_a_number).value;
}

}  // namespace lossc::codegen
