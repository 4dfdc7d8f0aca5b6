// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// asin x = x + x³P(x²) for |x| <= ½, else π/2 - 2·asin s, s = √((1 - |x|)/2) as a double word.
// Error below 1 ULP; f32 in f64.

#include "compiler/codegen/kernels/arc_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_asin_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  Mask small = a <= 0.5;
  Real z = select(small, a * a, 0.5 - 0.5 * a);
  Real root = sqrt(z);
  Real s = select(small, a, root);
  Real residual = asin_residual(s, z);
  // √z = root + root_low
  Real root_low = remainder(z, root, root) / (root + root);
  root_low = select(z > 0.0, root_low, 0.0);
  DoubleWord sum = fast_two_sum(0x1.921fb54442d18p0, -2.0 * root);
  Real large = sum.high + (sum.low + (0x1.1a62633145c07p-54 - 2.0 * (residual + root_low)));
  Real result = copysign(select(small, s + residual, large), x);
  return select(a < 0x1p-27, x, result).value;
}

}  // namespace

llvm::Value* emit_asin(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_asin_f64, value) : emit_asin_f64(simd, value);
}

}  // namespace lossc::codegen
