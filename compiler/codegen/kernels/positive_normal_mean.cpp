// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x + φ(x)/Φ(x), see normal_moments.h: the sum for x > 0, the quotient of moments to the left.
// Error below 6 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_moments.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_positive_normal_mean_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  Real right = x + hazard_by_tail(x, normal_tail(a)).rounded();
  Real left = LeftMoments(a).mean();
  left = select(x < -0x1p500, -1.0 / x, left);
  return select(x < 0.0, left, right).value;
}

}  // namespace

llvm::Value* emit_positive_normal_mean(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_positive_normal_mean_f64, value)
                       : emit_positive_normal_mean_f64(simd, value);
}

}  // namespace lossc::codegen
