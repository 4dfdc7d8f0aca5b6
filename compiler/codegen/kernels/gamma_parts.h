// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the gamma family shares, in f64: a = |x| is brought to a place where a polynomial or the
// asymptotic series serves, and negative x are reflected by the circular functions of πx.

#pragma once

#include "compiler/codegen/kernels/double_word.h"

namespace lossc::codegen {

// a - n in [1, 2) for 1 <= a < 8, with the product and the sum of reciprocals of what is passed on
// the way: Γ(a) = product·Γ(y) and ψ(a) = ψ(y) + numerator/product. For a < 1, y = a + 1, product
// 1; for a >= 8 nothing moves.
struct Descent {
  Real y_minus_1;  // exact
  Real product;
  Real numerator;
};
Descent descent(Real a);

// log Γ(1 + u), 0 <= u <= 1.
Real log_gamma_1p(Real u);

// Σ c_k/a^2k of one of the asymptotic series.
Real asymptotic(Real a, std::span<const double> coefficients);

// sin(πx) and cos(πx) of the distance to the nearest integer, with the sign of that distance; the
// true values but for the parity of that integer.
struct Reflection {
  Real sine;
  Real cosine;
};
Reflection reflection(Real x);

inline constexpr double pi = 0x1.921fb54442d18p1;

}  // namespace lossc::codegen
