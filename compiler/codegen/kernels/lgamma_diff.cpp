// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log Γ(x + d) - log Γ(x): gamma_difference.h. Error below 8 ULP, plus 4·cond where the minimum of
// log Γ lies between; f32 in f64.

#include "compiler/codegen/kernels/gamma_difference.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_lgamma_diff_f64(Simd& simd, llvm::Value* x, llvm::Value* d, bool accurate) {
  DoubleWord result = log_gamma_difference(Real{&simd, x}, Real{&simd, d}, accurate);
  return (result.high + result.low).value;
}

llvm::Value* emit_for_f32(Simd& simd, llvm::Value* x, llvm::Value* d) {
  return emit_lgamma_diff_f64(simd, x, d, false);
}

}  // namespace

llvm::Value* emit_lgamma_diff(Simd& simd, llvm::Value* x, llvm::Value* y) {
  if (simd.is_f32()) return widened(simd, emit_for_f32, x, y);
  return emit_lgamma_diff_f64(simd, x, y, true);
}

}  // namespace lossc::codegen
