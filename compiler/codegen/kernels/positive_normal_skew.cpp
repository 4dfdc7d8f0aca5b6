// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// h·(m² - v), see normal_moments.h: so for x > 0; to the left the third moment less 3mv + m³. Error
// below 20 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_moments.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_positive_normal_skew_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p300, abs(x));
  Real b = where_hazard(x);
  Hazard hazard = hazard_by_tail(b, normal_tail(abs(b)));
  Real mean = b + hazard.rounded();
  Real right = hazard.times(fma(mean, mean, hazard.rounded() * mean - 1.0));
  Real left = LeftMoments(a).skew();
  Real inverse = 1.0 / x;
  left = select(x < -0x1p300, -2.0 * inverse * inverse * inverse, left);
  return select(near_moments(x), near_skew(x), select(x < 0.0, left, right)).value;
}

}  // namespace

llvm::Value* emit_positive_normal_skew(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_positive_normal_skew_f64, value)
                       : emit_positive_normal_skew_f64(simd, value);
}

}  // namespace lossc::codegen
