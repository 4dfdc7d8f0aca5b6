// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The normal distribution between two ends x and y, in f64. By symmetry the end that is farther
// from 0 is -a, the nearer one b, a >= |b|, w = a + b their distance. With δ = (a² - b²)/2 and E =
// erfcx
//
//     Φ(b) - Φ(-a) = ½ exp(-b²/2)·N,  N = E(-b/√2) - exp(-δ)·E(a/√2)   for b <= 0
//                  = 1 - t,           t = ½ exp(-b²/2)·(E(b/√2) + exp(-δ)·E(a/√2))   for b > 0
//
// where neither cancels unless the ends are near each other (w < 1 and δ < 1). There, about the
// middle, with k = -δ/2 and q = w²/8,
//
//     Φ(b) - Φ(-a) = φ(middle)·w·A(k, q),   N = √(2/π)·w·A·exp(k + q)
//     A = ∫ cosh(k·s) exp(-q·s²) ds,   B = ∫ s·sinh(k·s)/k·exp(-q·s²) ds,   0 < s < 1
//
// and the mean of what lies between is w/2·(1 + k·B/A) from b. The power series of A and B are
// cut off below 2^-57.

#pragma once

#include "compiler/codegen/kernels/normal_moments.h"

namespace lossc::codegen {

class Interval {
 public:
  Interval(Real x, Real y);

  Real between() const;  // Φ(b) - Φ(-a)
  Real log_between() const;
  Real hazard() const;    // φ(x)/(Φ(b) - Φ(-a))
  Real mean() const;      // of what lies between x and y, its size
  Real distance() const;  // of x from it

 private:
  Real series(bool odd) const;
  Real fall() const;                              // 1 - exp(-δ)
  Real scaled() const { return scaled(width_); }  // N
  Real scaled(Real width) const;                  // likewise, of another width where it is narrow
  Tail outside() const;                           // t
  Real near_hazard() const;
  Real near_distance() const;

  Mask first_is_near_;
  Mask narrow_;
  Mask inner_;  // b > 0, and not narrow
  Real a_, b_, width_;
  DoubleWord drop_;  // δ
  Real decay_;       // exp(-δ)
  Real near_, far_;  // E(|b|/√2), E(a/√2)
};

}  // namespace lossc::codegen
