// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builtins: from the table's range and trend, with the ends of the argument evaluated by the
// interpreter's own functions. What may be infinite in floating point is decided with the limits of
// a float: exp(80) is finite in every type, exp(90) is not.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/analysis/interval.h"
#include "compiler/analysis/transfer.h"
#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter_builtins.h"

namespace lossc::analysis {

using ir::Builtin;
using ir::Trend;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double exp_limit = 80;
constexpr double smallest_argument = 1e-10;

/// Whether f(x) is exact where it is a double: 1 - 2^-100 is 1 at the precision used here, but is
/// no such value.
bool exact_at(Builtin builtin, double x) {
  return x == 0 || x == 1 || std::isinf(x) || builtin == Builtin::abs || ir::info(builtin).integer;
}

/// f(x), rounded towards `direction`.
double evaluated(Builtin builtin, double x, double direction) {
  const ir::WorkingPrecision precision(80);
  const ir::Float argument(x);
  const ir::Float* pointer = &argument;
  const ir::Float value = ir::expansion(builtin, {&pointer, 1}, 0).value;
  if (value.is_nan()) return direction;
  const double nearest = value.to_double();
  if (exact_at(builtin, x) && ir::Float(nearest) == value) return nearest;
  if (std::isinf(nearest) && !value.is_infinite() && nearest != direction) {
    return std::nextafter(nearest, direction);  // the largest double
  }
  if (value.is_infinite()) return nearest;
  return std::nextafter(nearest, direction);
}

/// A function that is monotone between the ends.
Range between(Builtin builtin, const Range& x, bool increasing) {
  Range range;
  const double at_low = increasing ? x.low : x.high;
  const double at_high = increasing ? x.high : x.low;
  range.low = evaluated(builtin, at_low, -inf);
  range.high = evaluated(builtin, at_high, inf);
  range.low_open = increasing ? x.low_open : x.high_open;
  range.high_open = increasing ? x.high_open : x.low_open;
  // At an infinite argument the limit is not reached.
  if (std::isinf(at_low) && std::isfinite(range.low)) range.low_open = !x.may_be_infinite;
  if (std::isinf(at_high) && std::isfinite(range.high)) range.high_open = !x.may_be_infinite;
  return range;
}

/// Builtins that fall up to 0 and rise after it, or the other way round.
bool turns_at_zero(Builtin builtin) {
  return builtin == Builtin::abs || builtin == Builtin::cosh || builtin == Builtin::logcosh ||
         builtin == Builtin::expm1mx || builtin == Builtin::log1pmx;
}

bool of_gamma_family(Builtin builtin) {
  return builtin == Builtin::gamma || builtin == Builtin::lgamma || builtin == Builtin::digamma ||
         builtin == Builtin::trigamma || builtin == Builtin::tetragamma ||
         builtin == Builtin::pentagamma;
}

/// Whether f(x) may be ±inf in floating point although nothing bounds it.
bool overflows(Builtin builtin, const Range& x) {
  switch (builtin) {
    case Builtin::exp:
    case Builtin::exp2:
    case Builtin::expm1:
    case Builtin::exprel:
      return x.high > exp_limit;
    case Builtin::bd0_square:
      return x.may_be_infinite || x.low < smallest_argument || x.high > 1e15;
    case Builtin::expm1mx:
      return x.high > exp_limit || x.may_be_infinite;
    case Builtin::sinh:
    case Builtin::sinhc:
    case Builtin::sinhc_slope:
    case Builtin::cosh:
      return x.high > exp_limit || x.low < -exp_limit;
    case Builtin::log:
    case Builtin::log2:
    case Builtin::log10:
      return x.may_be_infinite || x.low <= 0;
    case Builtin::log1p:
    case Builtin::log1pmx:
    case Builtin::log1pc:
    case Builtin::log1p_third:
      return x.may_be_infinite || x.low <= -1;
    case Builtin::log1mexp:
      return x.high >= -smallest_argument;
    case Builtin::atanh:
      return x.high >= 1 || x.low <= -1;
    case Builtin::erfcx:
      return x.low < -9;
    case Builtin::gamma:
      return x.high > 30 || x.low < smallest_argument;
    case Builtin::lgamma:
    case Builtin::digamma:
    case Builtin::trigamma:
    case Builtin::tetragamma:
    case Builtin::pentagamma:
      return x.may_be_infinite || x.low < smallest_argument;
    default:
      return x.may_be_infinite;
  }
}

Range turning(Builtin builtin, const Range& x) {
  const bool valley = builtin != Builtin::log1pmx;
  if (x.low >= 0) return between(builtin, x, valley);
  if (x.high <= 0) return between(builtin, x, !valley);
  Range left = x;
  left.high = 0;
  left.high_open = false;
  Range right = x;
  right.low = 0;
  right.low_open = false;
  return hull(between(builtin, left, !valley), between(builtin, right, valley));
}

Range unary(Builtin builtin, const Range& operand) {
  const ir::BuiltinInfo& row = ir::info(builtin);
  if (ir::is_identity(builtin)) return operand;
  if (of_gamma_family(builtin) && operand.low < 0) return anything(true);
  // Outside its domain a function has no value: only the part inside counts.
  Range x = operand;
  x.low = std::min(std::max(x.low, row.domain.low), row.domain.high);
  x.high = std::max(std::min(x.high, row.domain.high), row.domain.low);
  if (x.low != operand.low) x.low_open = false;
  if (x.high != operand.high) x.high_open = false;
  Range range;
  range.low = row.range.low;
  range.high = row.range.high;
  if (turns_at_zero(builtin)) {
    range = intersection(range, turning(builtin, x));
  } else if (builtin == Builtin::lgamma && x.low >= 2) {
    range = between(builtin, x, true);
  } else if (row.trend != Trend::none) {
    range = intersection(range, between(builtin, x, row.trend == Trend::increasing));
  }
  range.integer = row.integer || (builtin == Builtin::abs && operand.integer);
  range.may_be_infinite = overflows(builtin, x) || (row.open_domain && x.low != operand.low);
  if (row.integer) range.low_open = range.high_open = false;
  return normalised(range);
}

Range extremum(const Range& a, const Range& b, bool smallest) {
  Range range = hull(a, b);
  // The larger of two is at least the larger of their lower ends.
  const auto pick = [&](bool of_lows) {
    const double x = of_lows ? a.low : a.high;
    const double y = of_lows ? b.low : b.high;
    return smallest ? std::min(x, y) : std::max(x, y);
  };
  range.low = pick(true);
  range.high = pick(false);
  const auto open = [](double end, double x, bool x_open, double y, bool y_open) {
    return (end != x || x_open) && (end != y || y_open);
  };
  range.low_open = open(range.low, a.low, a.low_open, b.low, b.low_open);
  range.high_open = open(range.high, a.high, a.high_open, b.high, b.high_open);
  return normalised(range);
}

}  // namespace

Range transfer_call(Builtin builtin, std::span<const Range> operands) {
  if (operands.size() == 1) return unary(builtin, operands[0]);
  const Range& x = operands[0];
  const Range& y = operands[1];
  switch (builtin) {
    case Builtin::min:
      return extremum(x, y, true);
    case Builtin::max:
      return extremum(x, y, false);
    case Builtin::pow:
      return power(x, y);
    case Builtin::atan2: {
      Range range;
      range.low = ir::info(builtin).range.low;
      range.high = ir::info(builtin).range.high;
      return normalised(range);
    }
    case Builtin::quotient:
      return product(x, power(y, ir::Number(-1)));
    case Builtin::direction:
    case Builtin::hypot: {
      Range range = anything(x.may_be_infinite || y.may_be_infinite);
      range.low = ir::info(builtin).range.low;
      range.high = ir::info(builtin).range.high;
      if (builtin == Builtin::direction && x.low >= 0) range.low = 0;
      if (builtin == Builtin::hypot) {
        // At least the longer side.
        for (const Range& side : operands) range.low = std::max({range.low, side.low, -side.high});
      }
      return normalised(range);
    }
    case Builtin::log_ratio:
    case Builtin::log1p_square:
    case Builtin::log1p_ratio: {
      Range range = anything(true);
      range.low = ir::info(builtin).range.low;
      return range;
    }
    case Builtin::sigmoid_power: {
      Range range = anything(!y.nonnegative());
      range.low = 0;
      if (y.nonnegative()) range.high = 1;
      return range;
    }
    case Builtin::boxcox: {
      // Of the sign of log x; (x^a − 1)/a is finite where x is away from 0 and a small.
      Range range =
          anything(!(x.low >= smallest_argument && !x.may_be_infinite && y.within(0, 64)));
      if (x.low >= 1) range.low = 0;
      if (x.high <= 1) range.high = 0;
      return range;
    }
    case Builtin::bd0:
    case Builtin::bd0_complement: {
      Range range = anything(true);
      range.low = 0;
      return range;
    }
    default:
      return anything(true);
  }
}

}  // namespace lossc::analysis
