// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The beta function and the binomial coefficient of real numbers, which differ by a rational
// factor:
//   log B(a, b) = -log C(a + b, a) + log((a + b)/(a·b)).

#pragma once

#include "compiler/codegen/kernels/double_word.h"

namespace lossc::codegen {

// log Γ(a) + log Γ(b) - log Γ(a + b), a, b > 0, in f64. `accurate`: not for a result that is
// rounded to f32.
Real log_beta(Real a, Real b, bool accurate);

// log Γ(1 + a + b) - log Γ(1 + a) - log Γ(1 + b), in f64; exactly 0 where a or b is 0. Between 0
// and 1 its error is relative to the smaller of both, not to the result.
Real log_binomial(Real a, Real b, bool accurate);

}  // namespace lossc::codegen
