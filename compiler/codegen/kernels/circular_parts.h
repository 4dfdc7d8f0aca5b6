// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What sin, cos and tan share: x = (quadrant + fraction)·π/2 for every finite x, and sine and
// cosine of the fraction. All in f64; a float is widened first and needs less.

#pragma once

#include "compiler/codegen/kernels/double_word.h"

namespace lossc::codegen {

struct CircularParts {
  Integer quadrant;  // modulo 4, more bits to be ignored
  DoubleWord r;      // |r| <= π/4
};

// `is_float`: x has no more digits than a float, nor a greater exponent.
CircularParts circular_parts(Real x, bool is_float);

DoubleWord sine(DoubleWord r);
DoubleWord cosine(DoubleWord r);

// sin(x + quadrants·π/2), rounded; NaN for infinite x. x itself where it is tiny and quadrants is
// 0.
Real sine_of(Real x, bool is_float, int quadrants);

}  // namespace lossc::codegen
