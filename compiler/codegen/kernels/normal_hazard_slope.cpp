// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// h(x)·m(x) = 1 - v(x), see normal_moments.h: the product for x > 0, the difference to the left.
// Error below 4 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_moments.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_normal_hazard_slope_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  Real b = where_hazard(x);
  Hazard hazard = hazard_by_tail(b, normal_tail(abs(b)));
  Real right = hazard.times(b + hazard.rounded());
  Real left = 1.0 - LeftMoments(a).variance();
  Real result = select(x < 0.0, left, right);
  return select((x > -1.5) & (x < 0.0), 1.0 - near_variance(x), result).value;
}

}  // namespace

llvm::Value* emit_normal_hazard_slope(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_normal_hazard_slope_f64, value)
                       : emit_normal_hazard_slope_f64(simd, value);
}

}  // namespace lossc::codegen
