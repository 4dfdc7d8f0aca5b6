// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Interval arithmetic with outward rounding. Ends of a product are products of ends; 0 · inf is 0,
// as everywhere in the language.
#include "compiler/analysis/interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lossc::analysis {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
/// A reciprocal of less than this may overflow a float.
constexpr double smallest_divisor = 1e-30;

/// An end of an interval and whether it is not reached.
struct End {
  double value;
  bool open;
};

double nudged(double value, double error, double direction) {
  if (!std::isfinite(value)) {
    // Overflow of finite ends: the largest double is still below the true value.
    return value;
  }
  // `error` is the true value minus `value`.
  if (error == 0) return value;
  return (error > 0) == (direction > 0) ? std::nextafter(value, direction) : value;
}

double added(double a, double b, double direction) {
  const double s = a + b;
  if (std::isnan(s)) return direction;  // inf − inf
  if (std::isinf(s)) {
    if (std::isinf(a) || std::isinf(b) || s == direction) return s;
    return std::copysign(std::numeric_limits<double>::max(), s);
  }
  const double b_part = s - a;
  return nudged(s, (a - (s - b_part)) + (b - b_part), direction);
}

double multiplied(double a, double b, double direction) {
  if (a == 0 || b == 0) return 0;
  const double p = a * b;
  if (std::isinf(p)) {
    if (std::isinf(a) || std::isinf(b) || p == direction) return p;
    return std::copysign(std::numeric_limits<double>::max(), p);
  }
  if (std::abs(p) < 1e-290) return std::nextafter(p, direction);  // its error may underflow
  return nudged(p, std::fma(a, b, -p), direction);
}

/// std::pow with a margin for its error, exact in the cases that matter.
double raised(double base, double exponent, double direction) {
  if (base == 0 || base == 1 || exponent == 0 || exponent == 1 || std::isinf(base)) {
    return std::pow(base, exponent);
  }
  if (exponent == 2) return multiplied(base, base, direction);
  double result = std::pow(base, exponent);
  for (int i = 0; i < 2; ++i) result = std::nextafter(result, direction);
  return direction < 0 && result < 0 && base > 0 ? 0 : result;
}

Range made(End low, End high) {
  Range range;
  range.low = low.value;
  range.high = high.value;
  range.low_open = low.open;
  range.high_open = high.open;
  range.may_be_infinite = false;
  return range;
}

}  // namespace

Range normalised(Range range) {
  if (range.integer) {
    if (std::isfinite(range.low)) {
      const double whole = std::ceil(range.low);
      range.low = whole == range.low && range.low_open ? whole + 1 : whole;
      range.low_open = false;
    }
    if (std::isfinite(range.high)) {
      const double whole = std::floor(range.high);
      range.high = whole == range.high && range.high_open ? whole - 1 : whole;
      range.high_open = false;
    }
  }
  if (std::isfinite(range.low) && std::isfinite(range.high)) range.may_be_infinite = false;
  return range;
}

Range anything(bool may_be_infinite) {
  Range range;
  range.may_be_infinite = may_be_infinite;
  return range;
}

Range truth_values() {
  Range range = made({0, false}, {1, false});
  range.integer = true;
  return range;
}

Range of_number(const ir::Number& number) {
  if (number.kind() == ir::Number::Kind::nan) return anything(true);
  const double value = number.to_double();
  Range range = Range::exactly(value);
  if (number.finite() && !(ir::Number::of_double(value) == number)) {
    range.low = std::nextafter(value, -inf);
    range.high = std::nextafter(value, inf);
    range.may_be_infinite = std::isinf(value);
  }
  range.integer = number.is_integer();
  return range;
}

Range sum(const Range& a, const Range& b) {
  Range range = made({added(a.low, b.low, -inf), a.low_open || b.low_open},
                     {added(a.high, b.high, inf), a.high_open || b.high_open});
  range.integer = a.integer && b.integer;
  range.may_be_infinite = a.may_be_infinite || b.may_be_infinite;
  return normalised(range);
}

Range product(const Range& a, const Range& b) {
  const auto nonzero = [](const Range& r) { return r.positive() || r.negative(); };
  const bool zero_free = nonzero(a) && nonzero(b);
  End low{inf, true};
  End high{-inf, true};
  const std::array<End, 2> a_ends{End{a.low, a.low_open}, End{a.high, a.high_open}};
  const std::array<End, 2> b_ends{End{b.low, b.low_open}, End{b.high, b.high_open}};
  for (const End& x : a_ends) {
    for (const End& y : b_ends) {
      const double below = multiplied(x.value, y.value, -inf);
      const double above = multiplied(x.value, y.value, inf);
      // A product that is 0 because one end is: reached unless neither factor can be 0.
      const bool open = x.value == 0 || y.value == 0 ? zero_free : x.open || y.open;
      if (below < low.value || (below == low.value && !open)) low = {below, open};
      if (above > high.value || (above == high.value && !open)) high = {above, open};
    }
  }
  Range range = made(low, high);
  range.integer = a.integer && b.integer;
  range.may_be_infinite = a.may_be_infinite || b.may_be_infinite;
  return normalised(range);
}

namespace {

/// x^n for a whole n > 0.
Range whole_power(const Range& base, double n, bool even) {
  End low{raised(base.low, n, -inf), base.low_open};
  End high{raised(base.high, n, inf), base.high_open};
  if (even) {
    const End other_low{raised(base.low, n, inf), base.low_open};
    const End other_high{raised(base.high, n, -inf), base.high_open};
    if (base.low >= 0) {
      // as they are
    } else if (base.high <= 0) {
      low = other_high;
      high = other_low;
    } else {
      low = {0, false};
      if (other_low.value > high.value || (other_low.value == high.value && !other_low.open)) {
        high = other_low;
      }
    }
    low.value = std::max(low.value, 0.0);
  }
  Range range = made(low, high);
  range.may_be_infinite = base.may_be_infinite;
  range.integer = base.integer;
  return range;
}

/// 1/x.
Range reciprocal(const Range& x) {
  const bool bounded_away = x.low >= smallest_divisor || x.high <= -smallest_divisor;
  // At 0 it is taken to be inf, whatever the sign around.
  if (x.low < 0 && (x.high > 0 || x.may_be_zero())) {
    return anything(!(x.integer && !x.may_be_zero()));
  }
  const auto inverse = [](double value, double direction, double at_zero) {
    if (value == 0) return at_zero;
    if (std::isinf(value)) return 0.0;
    const double result = 1 / value;
    if (std::isinf(result)) {
      return result == direction ? result
                                 : std::copysign(std::numeric_limits<double>::max(), result);
    }
    if (std::abs(result) < 1e-290) return std::nextafter(result, direction);
    return nudged(result, -std::fma(result, value, -1.0) * value, direction);
  };
  const bool positive = x.low >= 0;
  Range range = made({inverse(x.high, -inf, -inf), x.high_open || std::isinf(x.high)},
                     {inverse(x.low, inf, inf), x.low_open || std::isinf(x.low)});
  if (std::isinf(x.high) && x.may_be_infinite) range.low_open = false;  // 1/inf is 0
  if (std::isinf(x.low) && x.may_be_infinite) range.high_open = false;
  if (x.low == 0 && x.high == 0) range = anything(true);
  range.may_be_infinite = !bounded_away;
  if (!positive && x.high == 0) range.low = -inf;
  return range;
}

}  // namespace

Range power(const Range& base, const ir::Number& exponent) {
  if (exponent.is(1)) return base;
  if (exponent.is(0)) return Range::exactly(1);
  if (!exponent.finite()) return anything(true);
  const ir::Number size = exponent.sign() < 0 ? -exponent : exponent;
  Range range;
  if (const auto whole = size.to_long()) {
    range = whole_power(base, static_cast<double>(*whole), *whole % 2 == 0);
  } else {
    // Real only where the base is not negative.
    const double e = size.to_double();
    const double low = std::max(base.low, 0.0);
    const double high = std::max(base.high, 0.0);
    range = made({std::max(0.0, raised(low, e, -inf)), base.low_open && base.low >= 0},
                 {raised(high, e, inf), base.high_open});
    range.may_be_infinite = base.may_be_infinite;
  }
  if (exponent.sign() < 0) {
    range = reciprocal(range);
    // 0.03 is far from 0, but its 30th power is not: judge by the power itself.
    range.integer = false;
  }
  return normalised(range);
}

Range power(const Range& base, const Range& exponent) {
  if (base.low < 0) {
    Range range = anything(true);
    range.integer = base.integer && exponent.integer && exponent.low >= 0;
    return range;
  }
  End low{inf, false};
  End high{0, false};
  for (const double x : {base.low, base.high}) {
    for (const double y : {exponent.low, exponent.high}) {
      // x^y is monotone in each argument; at the meeting of two limits (1^inf, 0^0, inf^0) every
      // value up to the next corner is near.
      const bool limit = (x == 1 && std::isinf(y)) || ((x == 0 || std::isinf(x)) && y == 0);
      low.value = std::min(low.value, limit ? 0.0 : raised(x, y, -inf));
      high.value = std::max(high.value, limit ? 1.0 : raised(x, y, inf));
    }
  }
  low.value = std::max(low.value, 0.0);
  if (base.low >= 1 && exponent.low >= 0) low.value = std::max(low.value, 1.0);
  Range range = made(low, high);
  range.integer = base.integer && exponent.integer && exponent.low >= 0;
  range.low_open = low.value == 0 && base.positive() && std::isfinite(base.high) &&
                   std::isfinite(exponent.low) && std::isfinite(exponent.high);
  const bool small_exponent = exponent.low >= 0 && exponent.high <= 64;
  range.may_be_infinite =
      base.may_be_infinite || !(small_exponent || base.within(0, 1)) || exponent.low < 0;
  return normalised(range);
}

Range hull(const Range& a, const Range& b) {
  Range range = a;
  if (b.low < a.low || (b.low == a.low && !b.low_open)) {
    range.low = b.low;
    range.low_open = b.low_open;
  }
  if (b.high > a.high || (b.high == a.high && !b.high_open)) {
    range.high = b.high;
    range.high_open = b.high_open;
  }
  range.integer = a.integer && b.integer;
  range.may_be_infinite = a.may_be_infinite || b.may_be_infinite;
  return range;
}

Range intersection(const Range& a, const Range& b) {
  Range range = a;
  if (b.low > a.low || (b.low == a.low && b.low_open)) {
    range.low = b.low;
    range.low_open = b.low_open;
  }
  if (b.high < a.high || (b.high == a.high && b.high_open)) {
    range.high = b.high;
    range.high_open = b.high_open;
  }
  range.integer = a.integer || b.integer;
  range.may_be_infinite = a.may_be_infinite && b.may_be_infinite;
  range = normalised(range);
  const bool empty =
      range.low > range.high || (range.low == range.high && (range.low_open || range.high_open));
  return empty ? a : range;
}

}  // namespace lossc::analysis
