// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log₂ x = k + log(1 + f)/ln 2, the product as a double word. Powers of two are exact. Error below
// 0.7 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_log2(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  auto [k, f] = log_parts(x);
  Real zero = x.constant(0.0);
  DoubleWord ratio = double_word(x, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56);
  DoubleWord fraction = log_sum(zero, f, zero) * ratio;
  // |k| >= 1 > |fraction|, or k = 0.
  DoubleWord sum = fast_two_sum(k, fraction.high);
  return with_log_edges(x, sum.high + (sum.low + fraction.low)).value;
}

}  // namespace lossc::codegen
