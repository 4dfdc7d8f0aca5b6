// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (log1p(x) - x + x²/2)/x³, the third term of log1p and what follows it. With s = x/(2 + x), in the
// reduced range of log, the form of log_parts.cpp gives (½ + P(s²)/(2 + x)²)/(2 + x); beyond, log1p
// as a double word. Error below 11 ULP, at the ends of that range.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log1p_third(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_log1p_third, value);
  Real x{&simd, value};
  Real reciprocal = 1.0 / (2.0 + x);
  Real s = x * reciprocal;
  Real p = polynomial(s * s, coefficients::log_f64);
  Real near = reciprocal * fma(p * reciprocal, reciprocal, 0.5);
  // Where x²/2 overflows the result is 1/(2x).
  DoubleWord log = log1p_sum(x) + -x;
  DoubleWord square = two_product(0.5 * x, x);
  Real sum = (log + square).high;
  Real far = select(abs(x) < 0x1p200, sum / x / x / x, 0.5 / x);
  Real result = select((x > -0.29) & (x < 0.41), near, far);
  result = select(x == -1.0, infinity, result);
  return select(x < -1.0, not_a_number, result).value;
}

}  // namespace lossc::codegen
