// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the inverse circular functions share, in f64.

#pragma once

#include "compiler/codegen/kernels/double_word.h"

namespace lossc::codegen {

// The angle of (x, y) with x, y >= 0, finite, not both 0 and below 2^1000: in [0, π/2].
DoubleWord first_quadrant_angle(Real y, Real x);

// asin(a) - a for |a| <= 1/2, where a = √z.
Real asin_residual(Real a, Real z);

}  // namespace lossc::codegen
