// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The angle of (x, y), see arc_parts.h, reflected at the axes; C99 F.9.1.4 for zeros and
// infinities. Error below 1 ULP; f32 in f64.

#include "compiler/codegen/kernels/arc_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_atan2_f64(Simd& simd, llvm::Value* first, llvm::Value* second) {
  Real y{&simd, first}, x{&simd, second};
  Real a = abs(y), b = abs(x);
  // An infinite one makes a finite one 0 and itself 1; two are equal, and so are two zeros, but to
  // the effect of the angle 0.
  Mask a_infinite = a == infinity, b_infinite = b == infinity;
  Mask infinite = a_infinite | b_infinite;
  a = select(infinite, select(a_infinite, x.constant(1.0), 0.0), a);
  b = select(infinite, select(b_infinite, x.constant(1.0), 0.0), b);
  b = select((a == 0.0) & (b == 0.0), 1.0, b);
  Real largest = select(a > b, a, b);
  Real factor = select(largest > 0x1p900, x.constant(0x1p-200),
                       select(largest < 0x1p-500, x.constant(0x1p400), 1.0));
  DoubleWord angle = first_quadrant_angle(a * factor, b * factor);
  DoubleWord pi = double_word(x, 0x1.921fb54442d18p1, 0x1.1a62633145c07p-53);
  Real result = select(sign_bit(x), (pi + -angle).high, angle.high);
  result = copysign(result, y);
  return select(is_nan(y), y, select(is_nan(x), x, result)).value;
}

}  // namespace

llvm::Value* emit_atan2(Simd& simd, llvm::Value* y, llvm::Value* x) {
  return simd.is_f32() ? widened(simd, emit_atan2_f64, y, x) : emit_atan2_f64(simd, y, x);
}

}  // namespace lossc::codegen
