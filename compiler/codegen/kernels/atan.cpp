// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// atan by one division and a polynomial, see arc_parts.h. Error below 1 ULP; f32 in f64.

#include "compiler/codegen/kernels/arc_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_atan_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p60, abs(x));  // beyond, the result is π/2
  Real result = first_quadrant_angle(a, a.constant(1.0)).high;
  return copysign(select(a < 0x1p-27, a, result), x).value;
}

}  // namespace

llvm::Value* emit_atan(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_atan_f64, value) : emit_atan_f64(simd, value);
}

}  // namespace lossc::codegen
