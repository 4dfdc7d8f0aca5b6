// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// eˣ - 1 = (2ⁿ - 1) + 2ⁿ·(r + s + c), see exp_parts.h, added without error. All is done with
// 2^(n-1), because 2^128 (2^1024) is no number while the result still is one. Error below 0.9 ULP
// in f32 (all floats), 1.2 in f64.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_expm1(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  // Below the lower limit the result is -1.
  Real clamped = x.is_f32() ? clamp(x, -40.0, 89.0) : clamp(x, -60.0, 710.0);
  ExpParts parts = exp_parts(clamped);
  Real n = parts.n, r = parts.r;
  Real power = power_of_two(n - 1.0);
  // For n < 0, power < ½, but then the sum is exact or its error is nothing.
  DoubleWord base = fast_two_sum(power, power.constant(-0.5));
  // |base| > |power·r| unless n = 0, when it is 0.
  DoubleWord sum = fast_two_sum(base.high, power * r);
  // s + c: rounded once in f32, where that is what keeps all floats within 1 ULP.
  Real rest = x.is_f32() ? fma(parts.square, parts.quotient, parts.c) : parts.s() + parts.c;
  Real half = sum.high + fma(power, rest, sum.low + base.low);
  // So small that x is the result, -0 and subnormals included.
  Mask tiny = abs(x) < x.constant(0x1p-26, 0x1p-55);
  return select(tiny, x, half + half).value;
}

}  // namespace lossc::codegen
