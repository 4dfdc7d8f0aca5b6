// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// erfc x = exp(-x²)·erfcx(x) for x >= 0 and 2 - erfc(-x) below, see normal_parts.h. Error below 1.5
// ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_erfc_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Tail tail = erfc_tail(abs(x));
  DoubleWord moderate = tail.moderate();
  DoubleWord reflected = fast_two_sum(2.0, -moderate.high);
  Real left = reflected.high + (reflected.low - moderate.low);
  return select(x < 0.0, left, tail.rounded()).value;
}

}  // namespace

llvm::Value* emit_erfc(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_erfc_f64, value) : emit_erfc_f64(simd, value);
}

}  // namespace lossc::codegen
