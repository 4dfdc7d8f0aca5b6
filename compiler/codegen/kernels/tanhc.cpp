// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tanh(x)/x, 1 at 0. Error below 2 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

llvm::Value* emit_tanhc(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  return select(x == 0.0, 1.0, Real{&simd, emit_tanh(simd, value)} / x).value;
}

}  // namespace lossc::codegen
