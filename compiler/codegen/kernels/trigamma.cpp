// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ψ'(x) = Σ 1/(x + k)²: ten terms, then 1/a + 1/(2a²) + Σ B_2k/a^(2k+1); for x < 0, π²/sin²(πx) -
// ψ'(1 - x). Error below 4 ULP; f32 in f64.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/gamma_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_trigamma_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Mask negative = x < 0.0;
  Real a = select(negative, 1.0 - x, x);
  Real sum = x.constant(0.0);
  for (int step = 0; step < 10; ++step) {
    Mask up = a < 10.0;
    Real inverse = 1.0 / a;
    sum = select(up, fma(inverse, inverse, sum), sum);
    a = select(up, a + 1.0, a);
  }
  Real inverse = 1.0 / a;
  Real series = asymptotic(a, coefficients::trigamma_series);
  sum = sum + (inverse + inverse * inverse * fma(inverse, series, 0.5));
  Real sine = reflection(x).sine;
  Real left = (pi / sine) * (pi / sine) - sum;
  Real result = select(negative, left, sum);
  result = select(x == -infinity, not_a_number, result);
  return select(is_nan(x), x, result).value;
}

}  // namespace

llvm::Value* emit_trigamma(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_trigamma_f64, value) : emit_trigamma_f64(simd, value);
}

}  // namespace lossc::codegen
