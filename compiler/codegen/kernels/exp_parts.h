// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all functions made of eˣ share: x = n·ln 2 + r + c with |r| <= ln 2 / 2, c the rounding
// error of r, and eˣ = 2ⁿ·(1 + r + s + c) with s = eʳ - 1 - r = r²·polynomial. Nothing is lost
// until the parts are added, so each function adds them in the order that suits it. Parts that go
// unused are dead code; functions of the same argument share the rest.

#pragma once

#include "compiler/codegen/kernels/double_word.h"

namespace lossc::codegen {

struct ExpParts {
  Real n;
  Real r;
  Real c;
  Real square;    // r²
  Real quotient;  // s/r²

  Real s() const { return square * quotient; }
  // 1 + r + s, which is enough where only eˣ is wanted.
  Real rounded_significand() const { return 1.0 + fma(square, quotient, r); }
  // 1 + r + s + c, in [0.70, 1.42].
  DoubleWord significand() const;
};

// |x| <= 1100·ln 2, or NaN; low is a correction to x of at most an ulp.
ExpParts exp_parts(Real x);
ExpParts exp_parts(DoubleWord x);

// 2ⁿ for an integer in the range of normal numbers.
Real power_of_two(Real n);

// Where eˣ has become 0 (or, at the other end, infinity) for certain.
inline Real clamp_exp(Real x) {
  return x.is_f32() ? clamp(x, -104.0, 89.0) : clamp(x, -746.0, 710.0);
}

// The same for x <= 0.
inline Real clamp_exp_at_most_zero(Real x) { return greater(x.is_f32() ? -104.0 : -746.0, x); }

// expm1(x) of the parts, |n| < 100.
DoubleWord expm1_sum(const ExpParts& parts);

// eˣ for a double-word x: clamps, and is right through overflow and underflow.
Real exp_of(DoubleWord x);

}  // namespace lossc::codegen
