// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log x = k·ln 2 + log(1 + f), see log_parts.h. Error below 1 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  return with_log_edges(x, log_sum(log_parts(x)).high).value;
}

}  // namespace lossc::codegen
