// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// |x|^y = exp(y·log|x|), the logarithm to 2^-65 and the product as a double word; a sign for odd y.
// For f32 the whole in f64, where plain arithmetic is enough. Edges as C99 F.9.4.4. Error below 1
// ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

Real power(Real x, Real y, bool accurate) {
  Real a = abs(x);
  // Beyond 2^66 the result is 0, 1 or infinite anyway.
  Real exponent = clamp(y, -0x1p66, 0x1p66);
  Real zero = x.constant(0.0);
  DoubleWord product = accurate ? log_accurate(a) * exponent
                                : DoubleWord{log_sum(log_parts(a)).high * exponent, zero};
  Real result = exp_of(product);

  Real at_end = select((a == 0.0) ^ (y < 0.0), zero, infinity);
  result = select((a == 0.0) | (a == infinity), at_end, result);
  Mask whole = trunc(y) == y;
  Mask odd = whole & (trunc(0.5 * y) != 0.5 * y) & (abs(y) < infinity);
  result = select((x < 0.0) & !whole & (a < infinity), not_a_number, result);
  result = select(sign_bit(x) & odd, -result, result);
  result = select(is_nan(x), x, select(is_nan(y), y, result));
  return select((y == 0.0) | (x == 1.0), 1.0, result);
}

llvm::Value* emit_pow_of_floats(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return power(Real{&simd, x}, Real{&simd, y}, false).value;
}

}  // namespace

llvm::Value* emit_pow(Simd& simd, llvm::Value* x, llvm::Value* y) {
  if (simd.is_f32()) return widened(simd, emit_pow_of_floats, x, y);
  return power(Real{&simd, x}, Real{&simd, y}, true).value;
}

}  // namespace lossc::codegen
