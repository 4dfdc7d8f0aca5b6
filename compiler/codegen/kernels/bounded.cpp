// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// exp and log1p of half their range, see exp.cpp and log1p.cpp.

#include "compiler/codegen/kernels/bounded.h"

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_exp_at_most_zero(const Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  ExpParts parts = exp_parts(clamp_exp_at_most_zero(x));
  return scale(parts.rounded_significand(), parts.n).value;
}

llvm::Value* emit_log1p_at_least_zero(const Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  return select(x < infinity, log1p_sum(x).high, x).value;
}

}  // namespace lossc::codegen
