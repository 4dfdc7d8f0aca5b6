// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A number as 2^k·m with 1 <= |m| < 2: what products are made of whose partial products may leave
// the range although the result does not. Zeros, infinities and NaN stay themselves, with some k.

#pragma once

#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

struct Split {
  Real m;
  Real k;
};

Split split(Real x);

// eˣ split, for |x| <= 350 (f32) or 1490 (f64) and clamped to that: m in [0.70, 1.42].
Split split_exp(Real x);

// 2^k·m for any k, also of infinite ones.
Real joined(Real m, Real k);

// log(2^k·m) with the edges of log for those of m.
Real split_log(Real m, Real k);

}  // namespace lossc::codegen
