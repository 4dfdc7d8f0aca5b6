// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What (eˣ - 1)/x and its relatives share: eˣ - 1 = numerator·2ⁿ, where n is 0 but for large x. f64
// only; floats are widened.

#pragma once

#include "compiler/codegen/kernels/exp_parts.h"

namespace lossc::codegen {

struct ScaledExpm1 {
  Real significand;
  Real n;
};

// Right for all x; beyond 760 as if it were 760.
inline ScaledExpm1 scaled_expm1(Real x) {
  ExpParts parts = exp_parts(clamp(x, -60.0, 760.0));
  Mask large = parts.n > 90.0;
  ExpParts small = parts;
  small.n = lesser(90.0, parts.n);
  return {select(large, parts.significand().high, expm1_sum(small).high),
          select(large, parts.n, 0.0)};
}

}  // namespace lossc::codegen
