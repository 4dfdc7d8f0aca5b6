// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums as pairs of doubles (high + low, exactly): combining partial sums loses nothing that
// matters, and in a fixed order gives the same bits whoever computed the parts.
#pragma once

#include <cmath>

namespace lossc::runtime {

struct Pair {
  double high = 0;
  double low = 0;

  double value() const { return high + low; }
};

/// Knuth's two-sum: high is the rounded sum, low its error; no low part next to inf or NaN.
inline Pair two_sum(double a, double b) {
  const double sum = a + b;
  if (!std::isfinite(sum)) return {sum, 0};
  const double part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

inline Pair operator+(const Pair& a, const Pair& b) {
  const Pair high = two_sum(a.high, b.high);
  if (!std::isfinite(high.high)) return {high.high, 0};
  const Pair low = two_sum(a.low, b.low);
  const Pair middle = two_sum(high.high, high.low + low.high);
  return two_sum(middle.high, middle.low + low.low);
}

/// A pair as compiled code leaves it: not normalised, and with any low part beside inf or NaN.
inline Pair normalised(double high, double low) {
  return std::isfinite(high) ? two_sum(high, low) : Pair{high, 0};
}

}  // namespace lossc::runtime
