// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// eˣ - 1 - x: where |x| <= ln 2 / 2 this is the polynomial part of exp itself, so nothing cancels;
// beyond, expm1 as a double word less x. Error below 2 ULP.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_expm1mx(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real clamped = x.is_f32() ? clamp(x, -40.0, 89.0) : clamp(x, -60.0, 710.0);
  ExpParts parts = exp_parts(clamped);
  Real n = parts.n, r = parts.r;
  Real power = power_of_two(n - 1.0);
  DoubleWord base = fast_two_sum(power, power.constant(-0.5));
  DoubleWord sum = fast_two_sum(base.high, power * r);
  DoubleWord rest = two_sum(sum.high, -0.5 * clamped);
  Real half = rest.high + (rest.low + fma(power, parts.s() + parts.c, sum.low + base.low));
  // r²/2 + r³·(1/6 + …), the square as a double word.
  std::span<const double> table = x.is_f32() ? std::span<const double>(coefficients::exp_f32)
                                             : std::span<const double>(coefficients::exp_f64);
  DoubleWord square = two_product(0.5 * r, r);
  Real cubic = r * (r * r) * polynomial(r, table.subspan(1));
  Real small = square.high + (square.low + cubic);
  Real result = select(n == 0.0, small, half + half);
  return select(x < clamped, -1.0 - x, result).value;
}

}  // namespace lossc::codegen
