// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// cos by the reduction of circular_parts.h, right for every finite argument. Error below 1 ULP.

#include "compiler/codegen/kernels/circular_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_cos(Simd& simd, llvm::Value* value) {
  Simd wide = simd.with_type(FloatType::f64);
  Real x{&wide, simd.to_f64(value)};
  Real result = sine_of(x, simd.is_f32(), 1);
  return simd.from_float(result.value);
}

}  // namespace lossc::codegen
