// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What hypot and direction share: x and y divided by a power of two near the larger, whose squares
// neither overflow nor vanish, and the length of the quotients, between 1 and 2√2.

#pragma once

#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

struct LengthParts {
  Real scale;   // a power of two
  Real x;       // x/scale
  Real length;  // of (x/scale, y/scale)
};

LengthParts length_parts(Real x, Real y);

}  // namespace lossc::codegen
