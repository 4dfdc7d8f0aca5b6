// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the error function and the normal distribution share, in f64: everything decreasing is
// written as exp(-x²)·erfcx(x), whose second factor is tame from 0 to infinity.

#pragma once

#include "compiler/codegen/kernels/double_word.h"
#include "compiler/codegen/kernels/exp_parts.h"

namespace lossc::codegen {

// exp(x²)·erfc(x) for 0 <= x < 2^500: to half an ULP above ½, to 4 ULP at 0.
DoubleWord erfcx_positive(Real x);
// The p(t) of erfcx(x) = p(t)/(1 + 2x), t = (x - 4)/(x + 4).
DoubleWord erfcx_numerator(Real t);

// exp(-factor·x²) for factor 1 or ½, 0 <= x < 2^500; the rounding of x² is accounted for.
ExpParts gaussian_parts(Real x, double factor);

// 2ⁿ·significand: a number that may be subnormal once rounded.
struct Tail {
  DoubleWord significand;
  Real n;

  Real rounded() const { return scale(significand.high, n); }
  // For use beside numbers near 1: below 2^-200 it is as good as that.
  DoubleWord moderate() const;
};

// erfc(x) for x >= 0, and half of erfc(x/√2) likewise.
Tail erfc_tail(Real x);
Tail normal_tail(Real x);

// 1 - x for 0 <= x <= 1.
DoubleWord one_minus(DoubleWord x);

// erf(x) for 0 <= x <= 1, and for all x >= 0.
DoubleWord erf_small(Real x);
DoubleWord erf_positive(Real x);

}  // namespace lossc::codegen
