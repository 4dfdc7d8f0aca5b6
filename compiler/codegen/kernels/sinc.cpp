// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sin(x)/x, 1 at 0. Error below 2 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

llvm::Value* emit_sinc(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  return select(x == 0.0, 1.0, Real{&simd, emit_sin(simd, value)} / x).value;
}

}  // namespace lossc::codegen
