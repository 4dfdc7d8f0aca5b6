// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log₁₀ x = log x·(1/ln 10) in double words. Error below 1 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log10(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  DoubleWord ratio = double_word(x, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57);
  DoubleWord product = log_sum(log_parts(x)) * ratio;
  return with_log_edges(x, product.high).value;
}

}  // namespace lossc::codegen
