// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x² - 1 - 2·log x as the deviance of 1 from x², whose square and difference are double words;
// beyond 2^±500 no digit of the other term is left. Error below 3 ULP.

#include "compiler/codegen/kernels/bd0_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_bd0_square(Simd& simd, llvm::Value* value) {
  if (simd.is_f32()) return widened(simd, emit_bd0_square, value);
  Real x{&simd, value};
  Real inner = clamp(x, 0x1p-500, 0x1p500);
  DoubleWord square = two_product(inner, inner);
  DoubleWord difference = DoubleWord{-square.high, -square.low} + inner.constant(1.0);
  Real result = deviance(inner.constant(1.0), square.high, difference, true);
  // Far from 1 the logarithm is of the rounded square.
  result = select(abs(difference.high) < 0.28, result, result - square.low / square.high);
  Real tiny = fma(log_sum(log_parts(x)).high, -2.0, -1.0);
  result = select(x < 0x1p-500, tiny, result);
  result = select(x > 0x1p500, x * x, result);
  result = select(x == 0.0, infinity, result);
  return select(x < 0.0, not_a_number, result).value;
}

}  // namespace lossc::codegen
