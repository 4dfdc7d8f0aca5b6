// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ψ'''(x) = Σ 6/(x + k)⁴: ten terms, then 2/a³ + 3/a⁴ + Σ (2k+2)(2k+1)·B_2k/a^(2k+3); for x < 0,
// 2π⁴(1 + 2cos²(πx))/sin⁴(πx) - ψ'''(1 - x). Error below 6 ULP; f32 in f64.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/gamma_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_pentagamma_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Mask negative = x < 0.0;
  Real a = select(negative, 1.0 - x, x);
  Real sum = x.constant(0.0);
  for (int step = 0; step < 10; ++step) {
    Mask up = a < 10.0;
    Real inverse = 1.0 / a;
    Real square = inverse * inverse;
    sum = select(up, fma(square, square, sum), sum);
    a = select(up, a + 1.0, a);
  }
  Real inverse = 1.0 / a;
  Real square = inverse * inverse;
  Real series = asymptotic(a, coefficients::pentagamma_series);
  Real rest = inverse * square * (2.0 + inverse * fma(inverse, series, 3.0));
  sum = fma(sum, 6.0, rest);
  Reflection circle = reflection(x);
  Real ratio = pi / circle.sine;
  Real fourth = (ratio * ratio) * (ratio * ratio);
  Real left = 2.0 * fourth * fma(2.0 * circle.cosine, circle.cosine, 1.0) - sum;
  Real result = select(negative, left, sum);
  result = select(x == -infinity, not_a_number, result);
  return select(is_nan(x), x, result).value;
}

}  // namespace

llvm::Value* emit_pentagamma(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_pentagamma_f64, value)
                       : emit_pentagamma_f64(simd, value);
}

}  // namespace lossc::codegen
