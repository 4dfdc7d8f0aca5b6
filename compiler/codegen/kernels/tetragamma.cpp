// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ψ''(x) = -Σ 2/(x + k)³: ten terms, then -(1/a² + 1/a³ + Σ (2k+1)·B_2k/a^(2k+2)); for x < 0,
// ψ''(1 - x) - 2π³cos(πx)/sin³(πx). Error below 6 ULP for x > 0, for x < 0 add 2·cond; f32 in f64.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/gamma_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_tetragamma_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Mask negative = x < 0.0;
  Real a = select(negative, 1.0 - x, x);
  Real sum = x.constant(0.0);
  for (int step = 0; step < 10; ++step) {
    Mask up = a < 10.0;
    Real inverse = 1.0 / a;
    sum = select(up, fma(inverse * inverse, inverse, sum), sum);
    a = select(up, a + 1.0, a);
  }
  Real inverse = 1.0 / a;
  Real square = inverse * inverse;
  Real series = asymptotic(a, coefficients::tetragamma_series);
  sum = fma(sum, 2.0, square * (1.0 + inverse * fma(inverse, series, 1.0)));
  Reflection circle = reflection(x);
  Real ratio = pi / circle.sine;
  Real left = -2.0 * (ratio * ratio * ratio) * circle.cosine - sum;
  Real result = select(negative, left, -sum);
  result = select(negative & (trunc(x) == x), not_a_number, result);
  return select(is_nan(x), x, result).value;
}

}  // namespace

llvm::Value* emit_tetragamma(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_tetragamma_f64, value)
                       : emit_tetragamma_f64(simd, value);
}

}  // namespace lossc::codegen
