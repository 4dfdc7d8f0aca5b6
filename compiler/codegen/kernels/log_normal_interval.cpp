// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(Φ(x) - Φ(y)), x > y, see normal_interval_parts.h. Error below 4 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_interval_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_log_normal_interval_f64(Simd& simd, llvm::Value* first, llvm::Value* second) {
  Real x{&simd, first}, y{&simd, second};
  Real result = Interval(x, y).log_between();
  return select(x < y, not_a_number, result).value;
}

}  // namespace

llvm::Value* emit_log_normal_interval(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return simd.is_f32() ? widened(simd, emit_log_normal_interval_f64, x, y)
                       : emit_log_normal_interval_f64(simd, x, y);
}

}  // namespace lossc::codegen
