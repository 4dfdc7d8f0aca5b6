// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// softplus x = max(x, 0) + log(1 + e), e = exp(-|x|) = 2ⁿ·p.
// f32 with FMA, for speed: log(1 + e) by one polynomial for all e; error below 1.8 ULP.
// Else: e as a double word and the reduction of log; in the far left tail log(1 + e) = e, scaled
// with a single rounding; error below 1 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/softplus_parts.h"

namespace lossc::codegen {

namespace {

Real fast(Real x) {
  ExpParts parts = exp_parts(clamp_exp_at_most_zero(-abs(x)));
  Real e = scale(parts.rounded_significand(), parts.n);
  // Signs alternate: Horner's rule keeps all partial sums small.
  return greater(0.0, x) + fma(e * e, horner(e, coefficients::softplus_f32), e);
}

Real accurate(Real x) {
  ExpParts parts = exp_parts(clamp_exp_at_most_zero(-abs(x)));
  Real result = softplus_sum(x, parts).high;
  // Beyond ±inf two_sum is NaN; far to the right the result is x.
  result = select(x > 120.0, x, result);
  return select(x < x.constant(-20.0, -40.0), scale(parts.significand().high, parts.n), result);
}

}  // namespace

llvm::Value* emit_softplus(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  return (x.is_f32() && simd.has_fma() ? fast(x) : accurate(x)).value;
}

}  // namespace lossc::codegen
