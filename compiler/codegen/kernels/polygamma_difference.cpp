// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With p = 1/a, q = 1/b the difference of a power is pʲ - qʲ = (p - q)·h(j - 1), where
// p - q = e·p·q and h(j) = Σ pⁱ qʲ⁻ⁱ: no term cancels, and all have one sign. From order m
//   Σ m!(p^(m+1) - q^(m+1)) over ten steps up, then of the asymptotic series
//   (m-1)!(pᵐ - qᵐ) + m!/2 (p^(m+1) - q^(m+1)) + Σ c_k (p^(2k+m) - q^(2k+m)),
// whose first term is log(b/a) for m = 0. Error below 4 ULP.

#include "compiler/codegen/kernels/polygamma_difference.h"

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

constexpr int steps = 10;

std::span<const double> series(unsigned order) {
  switch (order) {
    case 0:
      return coefficients::digamma_series;
    case 1:
      return coefficients::trigamma_series;
    case 2:
      return coefficients::tetragamma_series;
    default:
      return coefficients::pentagamma_series;
  }
}

double factorial(unsigned n) { return n < 2 ? 1.0 : n * factorial(n - 1); }

Real power(Real x, unsigned n) {
  Real result = x;
  for (unsigned i = 1; i < n; ++i) result = result * x;
  return result;
}

Real homogeneous(Real p, Real q, unsigned degree) {
  Real result = p.constant(1.0), power_of_q = q;
  for (unsigned i = 0; i < degree; ++i) {
    result = fma(result, p, power_of_q);
    power_of_q = power_of_q * q;
  }
  return result;
}

// Σ of the steps of the recurrence, without m!.
Real step_sum(Real a, Real b, Real e, unsigned order) {
  // What is beyond 1e300 is infinitely far away.
  Real end = lesser(1e300, b), length = lesser(1e300, e);
  // The first by itself and factor by factor: a·b may underflow, and p^order overflow.
  Real p = 1.0 / a, q = 1.0 / end;
  Real sum = length * q * p * homogeneous(p.constant(1.0), a * q, order);
  for (unsigned i = 0; i < order; ++i) sum = sum * p;
  for (int step = 1; step < steps; ++step) {
    Real low = a + step, high = end + step;
    Real inverse = 1.0 / (low * high);
    sum = fma(length * inverse, homogeneous(high * inverse, low * inverse, order), sum);
  }
  return sum;
}

// The same less e/x + e/(x + steps), without 1 - d, for x >= 1, order 0 or 1: since
// 1/(x(x + d)) - 1/(x(x + 1)) = (1 - d)/(x(x + 1)(x + d)), whose last telescopes, that is
//   Σ e/((x + i)(x + i + 1)(x + i + d)),
// or its derivative by x, and vanishes at d = 1 as the rise does. x is a or b.
Real risen_step_sum(Real a, Real b, Real e, Real x, unsigned order) {
  Real end = lesser(1e300, b), length = lesser(1e300, e);
  Real sum = a.constant(0.0);
  for (int step = 0; step < steps; ++step) {
    Real low = a + step, high = end + step, next = x + (step + 1);
    Real p = 1.0 / low, inverse = 1.0 / (high * next);
    Real term = length * p * inverse;
    if (order == 1) term = term * (p + (high + next) * inverse);
    sum = sum + term;
  }
  return sum;
}

}  // namespace

Real polygamma_difference(Real x, Real d, unsigned order, bool rise) {
  auto [a, b, length, backward] = span_of(x, d);
  // All is linear in a tiny e: rounded once, at the end.
  Mask tiny = (length < 0x1p-900) & (a > 0x1p-500);
  Real e = select(tiny, length * 0x1p200, length);
  Mask small = a < steps;
  Real near = factorial(order) * step_sum(a, b, e, order);
  Real start = select(small, a + steps, a), end = select(small, b + steps, b);
  Real p = 1.0 / start, q = 1.0 / end;
  Real gap = select(end < infinity, e * q, 1.0) * p;
  SeriesDifference s = series_difference(p, q, series(order));
  Real rest = fma(power(p, order + 2) * (p + q), s.divided, homogeneous(p, q, order + 1) * s.at_b);
  rest = gap * fma(homogeneous(p, q, order), 0.5 * factorial(order), rest);
  Real result = rest;
  if (order == 0) {
    Real ratio = e / start;
    result = result + select(ratio < infinity, log1p_sum(ratio).high, ratio);
  } else {
    result = fma(gap * factorial(order - 1), homogeneous(p, q, order - 1), result);
  }
  result = select(small, result + near, result);
  result = select(tiny, result * 0x1p-200, result);
  result = select(e == 0.0, 0.0, select(backward, -result, result));
  if (rise) {
    // Without the first term of the series in d/x, of each part before it is added.
    Real from = select(small, x + steps, x);
    Real ratio = d / from;
    Real without = order == 0 ? log1p_less_argument(ratio) : -(ratio / (from + d) * ratio);
    rest = fma(select(small, risen_step_sum(a, b, e, x, order), 0.0), 1.0 - d, rest);
    rest = select(backward, -rest, rest);
    Real risen = without + select(tiny, rest * 0x1p-200, rest);
    result = select((x >= 1.0) & (abs(d) < infinity), risen, result);
  }
  // At a pole one of the two is infinite.
  Real at_pole = select(backward, -infinity, result.constant(infinity));
  result = select(a <= 0.0, select(b <= 0.0, not_a_number, at_pole), result);
  return select(is_nan(a + b), a + b, result);
}

}  // namespace lossc::codegen
