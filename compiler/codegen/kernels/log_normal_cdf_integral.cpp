// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(φ(x) + x·Φ(x)): of the function itself for x > 0, -x²/2 + log(½·erfcx(-x/√2)·m(x)) to the
// left, see normal_moments.h. Error below 6 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"
#include "compiler/codegen/kernels/normal_moments.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_log_normal_cdf_integral_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  Tail tail = normal_tail(a);
  DoubleWord cdf = one_minus(tail.moderate());
  Real right = (x + hazard_by_tail(x, tail).rounded()) * (cdf.high + cdf.low);
  Real erfcx = erfcx_positive(a * 0x1.6a09e667f3bcdp-1).high;
  Mask negative = x < 0.0;
  LogParts parts = log_parts(select(negative, 0.5 * erfcx * LeftMoments(a).mean(), right));
  Real log = log_sum(parts.k, parts.f, x.constant(0.0)).high;
  DoubleWord square = two_product(a, a);
  Real low = select(a < 0x1p400, square.low, 0.0);
  DoubleWord sum = two_sum(-0.5 * square.high, log);
  Real left = sum.high + (sum.low - 0.5 * low);
  left = select(x < -0x1p500, -0.5 * (x * x), left);
  return select(negative, left, select(x < infinity, log, x)).value;
}

}  // namespace

llvm::Value* emit_log_normal_cdf_integral(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_log_normal_cdf_integral_f64, value)
                       : emit_log_normal_cdf_integral_f64(simd, value);
}

}  // namespace lossc::codegen
