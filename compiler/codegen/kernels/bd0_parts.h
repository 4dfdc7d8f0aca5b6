// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// a·log(a/b) - (a - b), the deviance of a from b, for a, b >= 0: zero of second order at a = b. The
// difference is an argument of its own because a and b may be rounded (1 - p and 1 - q).

#pragma once

#include "compiler/codegen/kernels/double_word.h"

namespace lossc::codegen {

// f64 only. `accurate`: to the last digits of an f64; else to those of an f32, and more.
Real deviance(Real a, Real b, DoubleWord difference, bool accurate);

}  // namespace lossc::codegen
