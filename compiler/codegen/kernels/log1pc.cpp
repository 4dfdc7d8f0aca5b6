// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log1p(x)/x, 1 at 0. Error below 2 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

llvm::Value* emit_log1pc(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real result = select(x == 0.0, 1.0, Real{&simd, emit_log1p(simd, value)} / x);
  return select(x == infinity, 0.0, result).value;
}

}  // namespace lossc::codegen
