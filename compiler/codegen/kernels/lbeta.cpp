// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log B(x, y) = log Γ(x) + log Γ(y) - log Γ(x + y), x, y > 0. Error below 6 ULP, plus 2·cond where
// B is near 1; f32 in f64.

#include "compiler/codegen/kernels/beta_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_lbeta_f64(Simd& simd, llvm::Value* x, llvm::Value* y, bool accurate) {
  Real a{&simd, x}, b{&simd, y};
  Real least = lesser(a, b), total = a + b;
  Real result = log_beta(a, b, accurate);
  result = select(total == infinity, -infinity, result);
  result = select(least == 0.0, infinity, result);
  result = select(least < 0.0, not_a_number, result);
  return select(is_nan(total), total, result).value;
}

llvm::Value* emit_for_f32(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return emit_lbeta_f64(simd, x, y, false);
}

}  // namespace

llvm::Value* emit_lbeta(Simd& simd, llvm::Value* x, llvm::Value* y) {
  if (simd.is_f32()) return widened(simd, emit_for_f32, x, y);
  return emit_lbeta_f64(simd, x, y, true);
}

}  // namespace lossc::codegen
