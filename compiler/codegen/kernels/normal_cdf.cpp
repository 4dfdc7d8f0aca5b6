// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Φ(x) = ½erfc(-x/√2), the tail for x < 0 and 1 - tail beyond, see normal_parts.h: x²/2 is formed
// from x, not from the rounded x/√2. Error below 3 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_normal_cdf_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Tail tail = normal_tail(abs(x));
  DoubleWord moderate = tail.moderate();
  DoubleWord reflected = one_minus(moderate);
  Real right = reflected.high + reflected.low;
  return select(x > 0.0, right, tail.rounded()).value;
}

}  // namespace

llvm::Value* emit_normal_cdf(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_normal_cdf_f64, value)
                       : emit_normal_cdf_f64(simd, value);
}

}  // namespace lossc::codegen
