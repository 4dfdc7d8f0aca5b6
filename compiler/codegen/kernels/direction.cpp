// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x/√(x² + y²), 0 at (0, 0), see length_parts.h. Error below 2 ULP.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/length_parts.h"

namespace lossc::codegen {

llvm::Value* emit_direction(Simd& simd, llvm::Value* x, llvm::Value* y) {
  Real a{&simd, x};
  Real b{&simd, y};
  LengthParts parts = length_parts(a, b);
  Real result = parts.x / parts.length;
  Mask along = (abs(a) == infinity) & (abs(b) < infinity);
  result = select(along, copysign(a.constant(1.0), a), result);
  return select(a == 0.0, select(is_nan(b), b, a), result).value;
}

}  // namespace lossc::codegen
