// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// φ(x)/Φ(x), the derivative of log Φ: √(2/π)/erfcx(-x/√2) for x < -1, where both exponentials
// cancel exactly, and φ(x)/Φ(x) beyond, see normal_parts.h. Error below 2 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_moments.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_normal_hazard_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  DoubleWord erfcx = erfcx_positive(a * 0x1.6a09e667f3bcdp-1);
  DoubleWord scale_left = double_word(x, 0x1.9884533d43651p-1, -0x1.cbc0d30ebfd15p-55);  // √(2/π)
  Real left = quotient(scale_left, erfcx);
  left = select(x < -0x1p500, -x, left);
  Real right = hazard_by_tail(x, normal_tail(a)).rounded();
  return select(x > -1.0, right, left).value;
}

}  // namespace

llvm::Value* emit_normal_hazard(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_normal_hazard_f64, value)
                       : emit_normal_hazard_f64(simd, value);
}

}  // namespace lossc::codegen
