// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// softplus x = max(x, 0) + log(1 + e), e = exp(-|x|), before it is rounded.

#pragma once

#include "compiler/codegen/kernels/exp_parts.h"

namespace lossc::codegen {

// Normalised, for finite x; `parts` are those of exp(-|x|).
DoubleWord softplus_sum(Real x, const ExpParts& parts);

}  // namespace lossc::codegen
