// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log|Γ(x)|. For a = |x| < 8 the recurrence to [1, 2) and a polynomial; beyond, Stirling:
//   (a - ½)(log a - 1) + ½log(2π) - ½ + Σ B_2k/(2k(2k-1)·a^(2k-1));
// for x < 0, log(π/(a·|sin πa|)) - log Γ(a). Error below 9 ULP; for x < 0 add 2·cond, because
// log|Γ| has a zero between any two poles. f32 in f64.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/gamma_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_lgamma_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  Mask below_1 = a < 1.0, large = a >= 8.0, negative = x < 0.0;
  Descent down = descent(a);
  Real log = log_sum(log_parts(select(large | below_1, a, down.product))).high;
  Real series = asymptotic(a, coefficients::lgamma_series) / a;
  Real stirling = fma(a - 0.5, log - 1.0, 0x1.acfe390c97d69p-2 + series);
  Real base = log_gamma_1p(down.y_minus_1);
  Real right = select(large, stirling, base + select(below_1, -log, log));
  // Left: for a < 1 the logarithm of a cancels against that of log Γ(a).
  Real sine = abs(reflection(x).sine);
  Real divisor = select(below_1, sine, a * sine);
  Real reflected = log_sum(log_parts(pi / divisor)).high;
  Real left = reflected - select(below_1, base, right);
  left = select(a < 0x1p-60, -log, left);
  left = select(sine == 0.0, infinity, left);
  Real result = select(negative, left, right);
  result = select((a == 0.0) | (a == infinity), infinity, result);
  return select(is_nan(x), x, result).value;
}

}  // namespace

llvm::Value* emit_lgamma(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_lgamma_f64, value) : emit_lgamma_f64(simd, value);
}

}  // namespace lossc::codegen
