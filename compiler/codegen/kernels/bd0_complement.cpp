// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// bd0(1 - x, 1 - y), whose difference is y - x whatever 1 - x and 1 - y are rounded to. Error below
// 3 ULP plus what an ulp of x and of y makes.

#include "compiler/codegen/kernels/bd0_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

Real complement_of(Simd& simd, llvm::Value* x, llvm::Value* y, bool accurate) {
  Real p{&simd, x}, q{&simd, y};
  DoubleWord a = two_sum(p.constant(1.0), -p), b = two_sum(q.constant(1.0), -q);
  DoubleWord difference = two_sum(q, -p);
  Real result = deviance(a.high, b.high, difference, accurate);
  if (!accurate) return result;
  // Far from p = q the logarithm lacks what a and b were rounded by: a_low·(log(a/b) + 1) -
  // b_low·a/b.
  Real lost = fma(a.low, (result - b.high) / a.high + 2.0, -(b.low * (a.high / b.high)));
  Mask far = (abs(difference.high) >= 0.28 * a.high) & (abs(lost) < infinity);
  return select(far, result + lost, result);
}

}  // namespace

llvm::Value* emit_bd0_complement(Simd& simd, llvm::Value* x, llvm::Value* y) {
  if (!simd.is_f32()) return complement_of(simd, x, y, true).value;
  return widened(
      simd,
      [](Simd& wide, llvm::Value* p, llvm::Value* q) {
        return complement_of(wide, p, q, false).value;
      },
      x, y);
}

}  // namespace lossc::codegen
