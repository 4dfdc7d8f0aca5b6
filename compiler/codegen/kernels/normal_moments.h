// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The moments of a normal variable Z of mean x and variance 1 that is known to be positive, in f64.
// With the hazard h = φ(x)/Φ(x) the mean is m = x + h, the variance v = 1 - h·m and the third
// central moment k = h·(m² - v): the derivatives of log Φ are h, -h·m = v - 1 and k, those of m are
// v and k. To the left these formulas cancel (m is about 1/|x|, v 1/x², k 2/|x|³). There
//
//     M_j = ∫ sʲ exp(x·s - s²/2) ds,  s > 0,   m = M1/M0,   v = (M0·M2 - M1²)/M0²
//
// whose numerators and denominators are entire functions: polynomials in the variable of erfcx,
// M0 being √(π/2)·erfcx(u) with u = |x|/√2.

#pragma once

#include "compiler/codegen/kernels/normal_parts.h"

namespace lossc::codegen {

// For x = -a, 0 <= a <= 2^500.
class LeftMoments {
 public:
  explicit LeftMoments(Real a);
  Real mean() const;
  Real variance() const;
  Real skew() const;  // third moment less 3mv + m³: about (6 - 3 - 1)/a³

 private:
  Real t_;        // (u - 4)/(u + 4)
  Real inverse_;  // 1/(1 + 2u)
  Real ratio_;    // 1/(erfcx(u)·(1 + 2u)²), the first two being a polynomial in t
};

// v and k about 0, -1.5 < x < 0.75, by polynomials of their own.
Mask near_moments(Real x);
Real near_variance(Real x);
Real near_skew(Real x);

// h(x) for x > -1, by the tail of Φ; `tail` is that of |x|.
struct Hazard {
  Real significand;
  Real n;

  Real rounded() const { return scale(significand, n); }
  // h·factor, right to the last digit where h is subnormal.
  Real times(Real factor) const { return scale(significand * factor, n); }
};
Hazard hazard_by_tail(Real x, const Tail& tail);

// x where h is not yet 0, for products of h and powers of x.
inline Real where_hazard(Real x) { return lesser(64.0, x); }

}  // namespace lossc::codegen
