// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log Φ(x) = -x²/2 + log(½erfcx(-x/√2)) for x < -1, both terms negative, and log1p(-Φ(-x)) beyond,
// see normal_parts.h. Error below 3 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"
#include "compiler/codegen/kernels/normal_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_log_normal_cdf_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  // Left.
  DoubleWord erfcx = erfcx_positive(a * 0x1.6a09e667f3bcdp-1);
  LogParts parts = log_parts(0.5 * erfcx.high);
  Real log = log_sum(parts.k, parts.f, x.constant(0.0)).high + erfcx.low / erfcx.high;
  DoubleWord square = two_product(a, a);
  Real low = select(a < 0x1p400, square.low, 0.0);
  DoubleWord sum = two_sum(-0.5 * square.high, log);
  Real left = sum.high + (sum.low - 0.5 * low);
  left = select(x < -0x1p500, -0.5 * (x * x), left);
  // Right: Φ(-x) of either side of 0.
  Tail tail = normal_tail(a);
  DoubleWord moderate = tail.moderate();
  Real right = log1p_sum(-select(x < 0.0, one_minus(moderate), moderate)).high;
  right = select(x > 12.0, -tail.rounded(), right);
  return select(x > -1.0, right, left).value;
}

}  // namespace

llvm::Value* emit_log_normal_cdf(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_log_normal_cdf_f64, value)
                       : emit_log_normal_cdf_f64(simd, value);
}

}  // namespace lossc::codegen
