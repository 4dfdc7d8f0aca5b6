// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/codegen/kernels/normal_moments.h"

#include "compiler/codegen/kernels/coefficients.inc"

namespace lossc::codegen {

// Near 0 the rounding of t would show: there 1 + 2u is taken from t, so that all is exact for a u
// that is off by no more than 3·2^-53.
LeftMoments::LeftMoments(Real a) : t_(a), inverse_(a), ratio_(a) {
  Real u = a * 0x1.6a09e667f3bcdp-1;
  t_ = (u - 4.0) / (u + 4.0);
  Mask near = u < 1.0;
  Real above = select(near, 1.0 - t_, 1.0);
  Real below = select(near, fma(t_, 7.0, 9.0), u + u + 1.0);
  Real numerator = erfcx_numerator(t_).high;
  ratio_ = above / (numerator * below);
  inverse_ = ratio_ * numerator;
}

Real LeftMoments::mean() const { return ratio_ * polynomial(t_, coefficients::positive_mean_f64); }

Real LeftMoments::variance() const {
  return ratio_ * polynomial(t_, coefficients::positive_variance_f64) * ratio_;
}

Real LeftMoments::skew() const {
  Real m = mean();
  Real third = polynomial(t_, coefficients::positive_third_f64) * ratio_ * inverse_ * inverse_;
  return third - m * fma(m, m, 3.0 * variance());
}

Mask near_moments(Real x) { return (x > -1.5) & (x < 0.75); }

Real near_variance(Real x) {
  return polynomial(clamp(x, -1.5, 0.75) + 0.375, coefficients::near_positive_variance_f64);
}

Real near_skew(Real x) {
  return polynomial(clamp(x, -1.5, 0.75) + 0.375, coefficients::near_positive_skew_f64);
}

Hazard hazard_by_tail(Real x, const Tail& tail) {
  DoubleWord moderate = tail.moderate();
  DoubleWord cdf = select(x < 0.0, moderate, one_minus(moderate));
  ExpParts parts = gaussian_parts(abs(x), 0.5);
  DoubleWord scale_right = double_word(x, 0x1.9884533d43651p-2, -0x1.cbc0d30ebfd15p-56);  // 1/√(2π)
  return {quotient(parts.significand() * scale_right, cdf), greater(-1400.0, parts.n)};
}

}  // namespace lossc::codegen
