// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tan x = sin/cos of the reduced argument, or -cos/sin in odd quadrants, as double words, see
// circular_parts.h. Error below 1 ULP.

#include "compiler/codegen/kernels/circular_parts.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

llvm::Value* emit_tan(Simd& simd, llvm::Value* value) {
  Simd wide = simd.with_type(FloatType::f64);
  Real x{&wide, simd.to_f64(value)};
  auto [quadrant, r] = circular_parts(x, simd.is_f32());
  Mask odd = (quadrant & 1) == 1;
  DoubleWord s = sine(r), c = cosine(r);
  Real result = quotient(select(odd, -c, s), select(odd, s, c));
  result = select(abs(x) < 0x1p-27, x, result);
  result = select(abs(x) < infinity, result, not_a_number);
  return simd.from_float(result.value);
}

}  // namespace lossc::codegen
