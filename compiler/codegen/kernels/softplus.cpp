// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// softplus x = max(x, 0) + log(1 + e), e = exp(-|x|) = 2ⁿ·p.
// f32 with FMA, for speed: log(1 + e) by one polynomial for all e; error below 1.8 ULP.
// Else: e as a double word and the reduction of log; in the far left tail log(1 + e) = e, scaled
// with a single rounding; error below 1 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

Real fast(Real x) {
  ExpParts parts = exp_parts(clamp_exp(-abs(x)));
  Real e = scale(parts.rounded_significand(), parts.n);
  // Signs alternate: Horner's rule keeps all partial sums small.
  return greater(0.0, x) + fma(e * e, horner(e, coefficients::softplus_f32), e);
}

Real accurate(Real x) {
  ExpParts parts = exp_parts(clamp_exp(-abs(x)));
  DoubleWord p = parts.significand();
  Real power = power_of_two(greater(-100.0, parts.n));
  DoubleWord e{power * p.high, power * p.low};
  // 1 + e = 2·(1 + f), f = (e - 1)/2, where that is nearer to 1.
  Mask halve = e.high > e.high.constant(1.0 / 3.0, 0.41);
  DoubleWord f = fast_two_sum(-0.5, 0.5 * e.high);
  f.low = fma(e.low, 0.5, f.low);
  f = select(halve, f, e);
  DoubleWord log1p = log_sum(select(halve, x.constant(1.0), x.constant(0.0)), f.high, f.low);
  DoubleWord sum = two_sum(greater(0.0, x), log1p.high);
  Real result = sum.high + (sum.low + log1p.low);
  // Beyond ±inf two_sum is NaN; far to the right the result is x.
  result = select(x > 120.0, x, result);
  return select(x < x.constant(-20.0, -40.0), scale(p.high, parts.n), result);
}

}  // namespace

llvm::Value* emit_softplus(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  return (x.is_f32() && simd.has_fma() ? fast(x) : accurate(x)).value;
}

}  // namespace lossc::codegen
