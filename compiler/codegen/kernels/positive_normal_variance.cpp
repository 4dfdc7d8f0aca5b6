// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// 1 - h(x)·m(x), see normal_moments.h: so for x > 0, a quotient of moments to the left. Error below
// 9 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_moments.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_positive_normal_variance_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  Real b = where_hazard(x);
  Real hazard = hazard_by_tail(b, normal_tail(abs(b))).rounded();
  Real right = 1.0 - hazard * (b + hazard);
  Real left = LeftMoments(a).variance();
  Real inverse = 1.0 / x;
  left = select(x < -0x1p500, inverse * inverse, left);
  return select(near_moments(x), near_variance(x), select(x < 0.0, left, right)).value;
}

}  // namespace

llvm::Value* emit_positive_normal_variance(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_positive_normal_variance_f64, value)
                       : emit_positive_normal_variance_f64(simd, value);
}

}  // namespace lossc::codegen
