// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What digamma_diff and its derivatives are made of.

#pragma once

#include "compiler/codegen/kernels/gamma_difference.h"

namespace lossc::codegen {

// |f(x + d) - f(x)| of the derivative f of ψ of this order, 0 to 3, with the sign of d: in f64. If
// `rise`, for order 0 and 1 and x >= 1, less |f|'s first term of the asymptotic series: d/x, d/x².
Real polygamma_difference(Real x, Real d, unsigned order, bool rise = false);

}  // namespace lossc::codegen
