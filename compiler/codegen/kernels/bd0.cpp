// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x·log(x/y) - x + y. Error below 3 ULP.

#include "compiler/codegen/kernels/bd0_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

Real bd0_of(Simd& simd, llvm::Value* x, llvm::Value* y, bool accurate) {
  Real a{&simd, x}, b{&simd, y};
  return deviance(a, b, two_sum(a, -b), accurate);
}

}  // namespace

llvm::Value* emit_bd0(Simd& simd, llvm::Value* x, llvm::Value* y) {
  if (!simd.is_f32()) return bd0_of(simd, x, y, true).value;
  return widened(
      simd,
      [](Simd& wide, llvm::Value* a, llvm::Value* b) { return bd0_of(wide, a, b, false).value; }, x,
      y);
}

}  // namespace lossc::codegen
