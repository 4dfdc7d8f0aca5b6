// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// erf x = x + x·P(x²) for |x| <= 1, else ±(1 - erfc|x|). Error below 1 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_erf_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  DoubleWord one_less = fast_two_sum(1.0, -erfc_tail(a).moderate().high);
  Real result = select(a < 1.0, erf_small(a).high, one_less.high);
  return copysign(result, x).value;
}

}  // namespace

llvm::Value* emit_erf(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_erf_f64, value) : emit_erf_f64(simd, value);
}

}  // namespace lossc::codegen
