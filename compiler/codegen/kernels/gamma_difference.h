// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Differences within the gamma family, f(x + d) - f(x) for x > 0 and x + d > 0, in f64: right to a
// few units of the difference itself, however small d or large x. They are made of a = min(x, x +
// d) and e = |d|, of which only a is rounded: x + d as a number would have lost d.

#pragma once

#include "compiler/codegen/kernels/double_word.h"

namespace lossc::codegen {

inline DoubleWord exactly(Real x) { return {x, x.constant(0.0)}; }

// The two arguments in order, b = a + e.
struct Span {
  Real a;
  Real b;
  Real e;
  Mask backward;  // d < 0: the difference from a to b is -(f(x + d) - f(x))
};
Span span_of(Real x, Real d);

// s(1/b²) and (s(1/a²) - s(1/b²))/(1/a² - 1/b²) of one of the asymptotic series.
struct SeriesDifference {
  Real at_b;
  Real divided;
};
SeriesDifference series_difference(Real inverse_a, Real inverse_b, std::span<const double> series);

// The remainder of Stirling's formula, S(b) - S(a), S(z) = log Γ(z) - (z - ½) log z + z - ½ log 2π;
// 8 <= a < b = a + e.
Real stirling_remainder_difference(Real a, Real b, Real e);

// For a < 8, a step of eight up, so that Stirling's formula serves:
//   log Γ(b) - log Γ(a) = log Γ(b + 8) - log Γ(a + 8) - log(1 + excess/product)
// with product = a(a + 1)…(a + 7) and excess = b(b + 1)…(b + 7) - product, in which nothing
// cancels. Both are made of pairs, (a + i)(a + 7 - i) = a(a + 7) + i(7 - i). `Number` is Real or
// DoubleWord.
template <class Number>
struct Ascent {
  Number product;
  Number excess;
};

// pair = a(a + 7), gain = b(b + 7) - a(a + 7) = e(2a + e + 7).
template <class Number>
Ascent<Number> ascent(Number pair, Number gain, Real like) {
  Number end = pair + gain, product = pair, excess = gain;
  for (double constant : {6.0, 10.0, 12.0}) {
    excess = excess * (end + like.constant(constant)) + product * gain;
    product = product * (pair + like.constant(constant));
  }
  return {product, excess};
}

// The ascent from a by e in double words, or in single ones that are taken for such.
Ascent<DoubleWord> ascent(Real a, Real e, bool accurate);

// log Γ(x + d) - log Γ(x), its edges included. From a to b = a + e, both at least 8, Stirling's
// formulas subtracted,
//   e(log b - 1) + (a - ½)log(1 + e/a) + S(b) - S(a),
// where all that is large is positive. Below, both move up by eight, or, if e >= 8, only a. Where
// the minimum of log Γ lies between, the steps up cancel against the rest: `accurate` takes them in
// double words.
DoubleWord log_gamma_difference(Real x, Real d, bool accurate);

}  // namespace lossc::codegen
