// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Φ(x) - Φ(y), see normal_interval_parts.h. Error below 5 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_interval_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_normal_interval_f64(Simd& simd, llvm::Value* first, llvm::Value* second) {
  Real x{&simd, first}, y{&simd, second};
  Real size = Interval(x, y).between();
  return select(x < y, -size, size).value;
}

}  // namespace

llvm::Value* emit_normal_interval(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return simd.is_f32() ? widened(simd, emit_normal_interval_f64, x, y)
                       : emit_normal_interval_f64(simd, x, y);
}

}  // namespace lossc::codegen
