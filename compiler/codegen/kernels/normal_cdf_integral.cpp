// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// φ(x) + x·Φ(x) = Φ(x)·m(x), see normal_moments.h. Error below 6 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_moments.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_normal_cdf_integral_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  Tail tail = normal_tail(a);
  Real hazard = hazard_by_tail(x, tail).rounded();
  DoubleWord cdf = one_minus(tail.moderate());
  Real right = (x + hazard) * (cdf.high + cdf.low);
  Real left = scale(tail.significand.high * LeftMoments(a).mean(), tail.n);
  return select(x < 0.0, left, right).value;
}

}  // namespace

llvm::Value* emit_normal_cdf_integral(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_normal_cdf_integral_f64, value)
                       : emit_normal_cdf_integral_f64(simd, value);
}

}  // namespace lossc::codegen
