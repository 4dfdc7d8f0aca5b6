// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (φ(y) - φ(x))/(Φ(x) - Φ(y)), the mean of a normal variable between x and y, see
// normal_interval_parts.h. Error below 6 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_interval_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_normal_interval_mean_f64(Simd& simd, llvm::Value* first, llvm::Value* second) {
  Real x{&simd, first}, y{&simd, second};
  Real size = Interval(x, y).mean();
  return select(x + y < 0.0, -size, size).value;
}

}  // namespace

llvm::Value* emit_normal_interval_mean(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return simd.is_f32() ? widened(simd, emit_normal_interval_mean_f64, x, y)
                       : emit_normal_interval_mean_f64(simd, x, y);
}

}  // namespace lossc::codegen
