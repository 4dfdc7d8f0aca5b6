// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scale is the larger number without the digits of its fraction, its inverse the reflection of
// the exponent: two integer operations. Kept between the ends of the range so that both are normal;
// what a quotient loses below them is nothing beside the other.

#include "compiler/codegen/kernels/length_parts.h"

namespace lossc::codegen {

LengthParts length_parts(Real x, Real y) {
  const std::int64_t least = x.is_f32() ? 0x00800000 : 0x0010000000000000;
  const std::int64_t greatest = x.is_f32() ? 0x7e800000 : 0x7fd0000000000000;
  const std::int64_t exponent_bits = x.is_f32() ? 0x7f800000 : 0x7ff0000000000000;
  const std::int64_t one_squared = x.is_f32() ? 0x7f000000 : 0x7fe0000000000000;
  Real larger = greater(abs(x), abs(y));
  Integer exponent = bits(larger) & exponent_bits;
  exponent = select(exponent < x.int_constant(least), x.int_constant(least), exponent);
  exponent = select(exponent > x.int_constant(greatest), x.int_constant(greatest), exponent);
  Real inverse = from_bits(x.int_constant(one_squared) - exponent);
  Real a = x * inverse;
  Real b = y * inverse;
  // Both squares rounded, so that the sum does not depend on the order of x and y.
  return {from_bits(exponent), a, sqrt(a * a + b * b)};
}

}  // namespace lossc::codegen
