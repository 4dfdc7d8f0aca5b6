// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all functions made of log share: x = 2^k·(1 + f), and log x = k·ln 2 + f + (log(1 + f) - f).
// The first two terms are added without error, the third is small and needs no care.

#pragma once

#include "compiler/codegen/kernels/double_word.h"

namespace lossc::codegen {

struct LogParts {
  Real k;
  Real f;
};

// x > 0 and finite, subnormal or not. For other x some finite or NaN parts.
LogParts log_parts(Real x);

// log(1 + f) - f for f in the range of log_parts: no cancellation near 0.
Real log1p_residual(Real f);

// k·ln 2 + log(1 + f + f_low), normalised.
DoubleWord log_sum(Real k, Real f, Real f_low);
DoubleWord log_sum(LogParts parts);

// 1 + x.high + x.low = 2^k·(1 + f + f_low) for finite x.high > -1.
struct Log1pParts {
  Real k;
  Real f;
  Real f_low;
};
Log1pParts log1p_parts(DoubleWord x);

// log(1 + x.high + x.low) for finite x.high > -1, normalised.
DoubleWord log1p_sum(DoubleWord x);
DoubleWord log1p_sum(Real x);

// log1p(x) - x for every x, its edges included.
Real log1p_less_argument(Real x);

// log x to about 2^-65 relative, for pow and gamma: f64 only.
DoubleWord log_accurate(Real x);

// `result`, or what log has at the ends: -inf at 0, NaN below, x itself for inf and NaN.
Real with_log_edges(Real x, Real result);

}  // namespace lossc::codegen
