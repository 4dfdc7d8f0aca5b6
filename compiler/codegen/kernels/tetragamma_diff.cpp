// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ψ''(x + d) - ψ''(x), which has the sign of d.
// Error below 4 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/polygamma_difference.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_tetragamma_diff_f64(Simd& simd, llvm::Value* x, llvm::Value* d) {
  return (polygamma_difference(Real{&simd, x}, Real{&simd, d}, 2)).value;
}

}  // namespace

llvm::Value* emit_tetragamma_diff(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return simd.is_f32() ? widened(simd, emit_tetragamma_diff_f64, x, y)
                       : emit_tetragamma_diff_f64(simd, x, y);
}

}  // namespace lossc::codegen
