// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ψ(x + d) - ψ(x) - d/x, and without the last term for x < 1: a second difference,
// about (1 - d)·d/(2x²) or twice that over x. Error below 8 ULP of the greater of the two terms
// that cancel at d = 1; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/polygamma_difference.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_digamma_rise_f64(Simd& simd, llvm::Value* x, llvm::Value* d) {
  return (polygamma_difference(Real{&simd, x}, Real{&simd, d}, 0, true)).value;
}

}  // namespace

llvm::Value* emit_digamma_rise(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return simd.is_f32() ? widened(simd, emit_digamma_rise_f64, x, y)
                       : emit_digamma_rise_f64(simd, x, y);
}

}  // namespace lossc::codegen
