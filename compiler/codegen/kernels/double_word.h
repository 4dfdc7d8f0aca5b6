// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A number as the unevaluated sum of two Reals, high + low with |low| <= ulp(high): about twice the
// digits, for the places where one rounding too many would show. The sources are Dekker (1971) and
// Joldes, Muller, Popescu (2017), whose bounds of a few 2^-2p hold, p being the digits of a Real.

#pragma once

#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

struct DoubleWord {
  Real high;
  Real low;
};

inline DoubleWord two_sum(Real a, Real b) {
  auto [sum, error] = a.simd->two_sum(a.value, b.value);
  return {{a.simd, sum}, {a.simd, error}};
}

// |a| >= |b|, or a = 0.
inline DoubleWord fast_two_sum(Real a, Real b) {
  auto [sum, error] = a.simd->fast_two_sum(a.value, b.value);
  return {{a.simd, sum}, {a.simd, error}};
}
inline DoubleWord fast_two_sum(double a, Real b) { return fast_two_sum(b.constant(a), b); }

inline DoubleWord two_product(Real a, Real b) {
  auto [product, error] = a.simd->two_product(a.value, b.value);
  return {{a.simd, product}, {a.simd, error}};
}

inline DoubleWord operator-(DoubleWord a) { return {-a.high, -a.low}; }

inline DoubleWord operator+(DoubleWord a, Real b) {
  DoubleWord sum = two_sum(a.high, b);
  return fast_two_sum(sum.high, sum.low + a.low);
}

inline DoubleWord operator+(DoubleWord a, DoubleWord b) {
  DoubleWord sum = two_sum(a.high, b.high);
  return fast_two_sum(sum.high, sum.low + (a.low + b.low));
}

inline DoubleWord operator*(DoubleWord a, Real b) {
  DoubleWord product = two_product(a.high, b);
  return fast_two_sum(product.high, fma(a.low, b, product.low));
}

inline DoubleWord operator*(DoubleWord a, DoubleWord b) {
  DoubleWord product = two_product(a.high, b.high);
  return fast_two_sum(product.high, fma(a.high, b.low, fma(a.low, b.high, product.low)));
}

// a - q·d, exactly if q is nearly a/d.
inline Real remainder(Real a, Real q, Real d) {
  if (a.simd->has_fma()) return fma(-q, d, a);
  DoubleWord product = two_product(q, d);
  return (a - product.high) - product.low;
}

// a/d rounded, by one division: q = a.high·(1/d.high), corrected by its remainder.
inline DoubleWord quotient_parts(DoubleWord a, DoubleWord d) {
  Real reciprocal = d.high.constant(1.0) / d.high;
  Real q = a.high * reciprocal;
  Real rest = remainder(a.high, q, d.high) + (a.low - q * d.low);
  return {q, rest * reciprocal};
}
inline Real quotient(DoubleWord a, DoubleWord d) {
  DoubleWord parts = quotient_parts(a, d);
  return parts.high + parts.low;
}
inline DoubleWord operator/(DoubleWord a, DoubleWord d) {
  DoubleWord parts = quotient_parts(a, d);
  return fast_two_sum(parts.high, parts.low);
}

inline DoubleWord select(Mask m, DoubleWord a, DoubleWord b) {
  return {select(m, a.high, b.high), select(m, a.low, b.low)};
}

// A constant given as a sum of two; in f32 the first is split anew, since it has 53 digits.
inline DoubleWord double_word(Real like, double high, double low) {
  if (!like.is_f32()) return {like.constant(high), like.constant(low)};
  double first = static_cast<double>(static_cast<float>(high));
  return {like.constant(first), like.constant(high - first)};
}

}  // namespace lossc::codegen
