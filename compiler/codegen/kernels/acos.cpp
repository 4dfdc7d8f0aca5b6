// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// acos x = π/2 - asin x for |x| <= ½, 2·asin s for x > ½ and π - 2·asin s for x < -½, where
// s = √((1 - |x|)/2) as a double word. Error below 1 ULP; f32 in f64.

#include "compiler/codegen/kernels/arc_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_acos_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  Mask small = a <= 0.5;
  Real z = select(small, a * a, 0.5 - 0.5 * a);
  Real root = sqrt(z);
  Real s = select(small, x, root);
  Real residual = asin_residual(s, z);
  Real root_low = select(z > 0.0, remainder(z, root, root) / (root + root), 0.0);
  DoubleWord arc = fast_two_sum(s, residual + select(small, 0.0, root_low));
  DoubleWord twice{arc.high + arc.high, arc.low + arc.low};
  DoubleWord pi = double_word(x, 0x1.921fb54442d18p1, 0x1.1a62633145c07p-53);
  DoubleWord half_pi = double_word(x, 0x1.921fb54442d18p0, 0x1.1a62633145c07p-54);
  Real large = select(x > 0.0, twice.high, (pi + -twice).high);
  return select(small, (half_pi + -arc).high, large).value;
}

}  // namespace

llvm::Value* emit_acos(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_acos_f64, value) : emit_acos_f64(simd, value);
}

}  // namespace lossc::codegen
