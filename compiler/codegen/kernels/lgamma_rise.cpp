// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log Γ(x + d) - log Γ(x) - d·log(max(x, 1)), which is about d(d - 1)/(2x) for large x. There, with
// r = d/x, Stirling's formulas leave
//   (x + d - ½)·(log(1 + r) - r) + (d - ½)·r + S(x + d) - S(x);
// elsewhere the difference less d·log x, in double words. Error below 8 ULP of the greatest of the
// terms, which cancel at d = 1; f32 in f64.

#include "compiler/codegen/kernels/gamma_difference.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* rise(Real x, Real d, bool accurate) {
  DoubleWord difference = log_gamma_difference(x, d, accurate);
  Real base = greater(x, x.constant(1.0));
  DoubleWord log_base = log_sum(log_parts(base));
  DoubleWord moderate = difference + log_base * -d;
  Real small_result =
      select(abs(difference.high) < infinity, moderate.high + moderate.low, difference.high);
  // Both at least 8.
  Real moved = x + d, ratio = d / x;
  Real excess = log1p_less_argument(ratio);
  Real near = fma(moved - 0.5, excess, (d - 0.5) * ratio);
  near = select(abs(ratio) < 0x1p-120, 0.5 * (d - 1.0) * ratio, near);  // r² may underflow
  Real far = (moved - 0.5) * log1p_sum(ratio).high - d;
  Real remainder = stirling_remainder_difference(x, moved, d);
  Real large_result = select(ratio < 0.25, near, far) + remainder;
  // Where x + d overflows, x times what is left per x.
  Real share = select(ratio < 0.25, fma(ratio + 1.0, excess, ratio * ratio),
                      (ratio + 1.0) * log1p_sum(ratio).high - ratio);
  Real beyond = select(abs(d) < infinity, x * share, difference.high);
  large_result = select(moved < infinity, large_result, beyond);
  Mask large = (x >= 8.0) & (moved >= 8.0) & (d != 0.0);
  return select(large, large_result, small_result).value;
}

llvm::Value* emit_for_f32(Simd& simd, llvm::Value* x, llvm::Value* d) {
  return rise(Real{&simd, x}, Real{&simd, d}, false);
}

}  // namespace

llvm::Value* emit_lgamma_rise(Simd& simd, llvm::Value* x, llvm::Value* y) {
  if (simd.is_f32()) return widened(simd, emit_for_f32, x, y);
  return rise(Real{&simd, x}, Real{&simd, y}, true);
}

}  // namespace lossc::codegen
