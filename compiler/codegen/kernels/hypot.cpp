// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// √(x² + y²), see length_parts.h. Error below 1.3 ULP: half of one each of the squares' sum's
// roundings, of the root and, into the subnormals, of the scaling.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/length_parts.h"

namespace lossc::codegen {

llvm::Value* emit_hypot(Simd& simd, llvm::Value* x, llvm::Value* y) {
  Real a{&simd, x};
  Real b{&simd, y};
  LengthParts parts = length_parts(a, b);
  // As C: infinite beside a NaN too.
  Mask endless = (abs(a) == infinity) | (abs(b) == infinity);
  return select(endless, infinity, parts.length * parts.scale).value;
}

}  // namespace lossc::codegen
