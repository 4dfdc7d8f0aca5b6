// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log C(x + y, x) = log Γ(1 + x + y) - log Γ(1 + x) - log Γ(1 + y), -inf where one of them is a
// negative whole number: there is no way to choose. Error below 6 ULP for whole numbers; f32 in
// f64.

#include "compiler/codegen/kernels/beta_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_log_binomial_f64(Simd& simd, llvm::Value* x, llvm::Value* y, bool accurate) {
  Real a{&simd, x}, b{&simd, y};
  Real least = lesser(a, b), total = a + b;
  Real result = log_binomial(a, b, accurate);
  result = select(total == infinity, infinity, result);
  result = select(least == 0.0, 0.0, result);
  result = select(least <= -1.0, -infinity, result);
  return select(is_nan(total), total, result).value;
}

llvm::Value* emit_for_f32(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return emit_log_binomial_f64(simd, x, y, false);
}

}  // namespace

llvm::Value* emit_log_binomial(Simd& simd, llvm::Value* x, llvm::Value* y) {
  if (simd.is_f32()) return widened(simd, emit_for_f32, x, y);
  return emit_log_binomial_f64(simd, x, y, true);
}

}  // namespace lossc::codegen
