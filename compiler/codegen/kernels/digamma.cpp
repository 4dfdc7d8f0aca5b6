// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ψ(x). For a = |x| < 8 the recurrence to [1, 2) and (y - root)·polynomial; beyond, log a - 1/(2a)
// - Σ B_2k/(2k·a^2k); for x < 0, ψ(a) + 1/a + π·cot(πa). Error below 4 ULP for x > 0, for x < 0 add
// 2·cond, because ψ has a zero between any two poles. f32 in f64.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/gamma_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_digamma_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  Mask below_1 = a < 1.0, large = a >= 8.0, negative = x < 0.0;
  Descent down = descent(a);
  Real u = down.y_minus_1;
  Real from_root = (u - (coefficients::digamma_root[0] - 1.0)) - coefficients::digamma_root[1];
  Real base = from_root * polynomial(u - 0.5, coefficients::digamma_f64);
  Real inverse = 1.0 / a;
  Real series = asymptotic(a, coefficients::digamma_series) * inverse * inverse;
  Real asymptotic_value = log_sum(log_parts(a)).high - fma(inverse, 0.5, series);
  Real moderate = base + down.numerator / down.product;
  Real above = select(large, asymptotic_value, moderate);
  // ψ(1 + a) and ψ(a)
  Real next = select(below_1, base, above + inverse);
  Real right = select(below_1, base - inverse, above);
  Reflection circle = reflection(a);
  Real left = next + pi * (circle.cosine / circle.sine);
  Real result = select(negative, left, right);
  result = select(negative & (trunc(x) == x), not_a_number, result);
  result = select(x == infinity, x, result);
  result = select(a == 0.0, copysign(x.constant(infinity), -x), result);
  return select(is_nan(x), x, result).value;
}

}  // namespace

llvm::Value* emit_digamma(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_digamma_f64, value) : emit_digamma_f64(simd, value);
}

}  // namespace lossc::codegen
