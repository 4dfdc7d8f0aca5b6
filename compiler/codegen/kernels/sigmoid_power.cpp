// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sigmoid(x)^y = exp(-y·softplus(-x)), softplus as a double word: rounded to one it would cost
// y·softplus(-x) ulps. Error below 1 ULP for the exponents of losses; the residual of the logarithm
// is not a double word, so it grows with |y|·softplus(-x), to 24 ULP (f32) and 48 (f64) at the ends
// of the range.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/softplus_parts.h"

namespace lossc::codegen {

llvm::Value* emit_sigmoid_power(Simd& simd, llvm::Value* argument, llvm::Value* exponent) {
  Real x{&simd, argument};
  Real y{&simd, exponent};
  ExpParts parts = exp_parts(clamp_exp_at_most_zero(-abs(x)));
  DoubleWord softplus = softplus_sum(-x, parts);
  // Far to the right it is e^-x, whose power of two goes to y, so that neither vanishes.
  Mask far = x > x.constant(80.0, 690.0);
  softplus = select(far, parts.significand(), softplus);
  Real factor = -select(far, scale(y, parts.n), y);
  // At the far left two_sum is NaN for an infinite x.
  softplus = select(x < -0x1p100, DoubleWord{-x, x.constant(0.0)}, softplus);
  // Not normalised, so that an infinite product stays infinite; exp_of then leaves out the rest.
  DoubleWord product = two_product(softplus.high, factor);
  product.low = fma(softplus.low, factor, product.low);
  Real result = exp_of(product);
  result = select((y == 0.0) | (x > 0x1p60), 1.0, result);
  result = select(is_nan(y), y, result);
  return select(is_nan(x), x, result).value;
}

}  // namespace lossc::codegen
