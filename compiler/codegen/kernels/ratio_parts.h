// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The quotient of positive numbers as 2^k·(1 + f) in the range of log_parts.h. With x = 2^k·m and
// y = 2^l·n, m is halved or doubled until m/n is in that range; then m - n is exact (Sterbenz) and
// f = (m - n)/n has one rounding, so that the logarithm keeps its digits near x = y.

#pragma once

#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

// x > 0 and y > 0 and finite, subnormal or not. For others some finite or NaN parts.
inline LogParts ratio_parts(Real x, Real y) {
  LogParts above = log_parts(x);
  LogParts below = log_parts(y);
  Real m = above.f + 1.0;
  Real n = below.f + 1.0;
  Real k = above.k - below.k;
  Mask large = m > n * n.constant(0x1.555554p0, 0x1.6a09e667f3bcdp0);
  Mask small = m < n * n.constant(0x1.555556p-1, 0x1.6a09e667f3bcdp-1);
  Real scaled = select(large, 0.5 * m, select(small, m + m, m));
  k = select(large, k + 1.0, select(small, k - 1.0, k));
  return {k, (scaled - n) / n};
}

}  // namespace lossc::codegen
