// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// By formulas that cancel in the tails and where two ends are near each other, at as many more bits
// as that takes.
#include "compiler/ir/interpreter_normal.h"

#include <algorithm>

#include "compiler/ir/interpreter_special.h"

namespace lossc::ir {
namespace {

using special::exp;
using special::log;
using special::pi;
using special::sqrt;

void set(Expansion& result, Float value, Float first, Float second) {
  result.value = std::move(value);
  result.first[0] = std::move(first);
  result.second[0] = std::move(second);
}

/// h(x) = φ/Φ and the cumulants of a normal variable of mean x and variance 1 that is positive:
/// h′ = −h·m, m′ = v, v′ = k, …
struct PositiveNormal {
  Float hazard, mean, slope, variance, skew, fourth, fifth;

  explicit PositiveNormal(const Float& x) : hazard(special::normal_hazard(x)) {
    if (x.is_infinite()) {
      const bool right = x.sign() > 0;
      mean = right ? x : Float();
      slope = Float(right ? 0 : 1);
      variance = Float(right ? 1 : 0);
      return;
    }
    const Float two(2);
    mean = x + hazard;
    slope = hazard * mean;
    variance = Float(1) - slope;
    const Float gap = mean * mean - variance;
    skew = hazard * gap;
    const Float gap_slope = two * mean * variance - skew;
    fourth = hazard * gap_slope - slope * gap;
    fifth = skew * gap - two * slope * gap_slope +
            hazard * (two * variance * variance + two * mean * skew - fourth);
  }
};

bool positive_normal(Builtin builtin, const Float& argument, Expansion& result) {
  const WorkingPrecision guard(working_precision() + 64 + 10 * std::max(0L, argument.exponent()));
  const Float x(argument);
  switch (builtin) {
    case Builtin::positive_normal_mean: {
      const PositiveNormal z(x);
      set(result, z.mean, z.variance, z.skew);
      return true;
    }
    case Builtin::positive_normal_variance: {
      const PositiveNormal z(x);
      set(result, z.variance, z.skew, z.fourth);
      return true;
    }
    case Builtin::positive_normal_skew: {
      const PositiveNormal z(x);
      set(result, z.skew, z.fourth, z.fifth);
      return true;
    }
    case Builtin::normal_hazard_slope: {
      const PositiveNormal z(x);
      set(result, z.slope, -z.skew, -z.fourth);
      return true;
    }
    case Builtin::normal_cdf_integral: {
      const Float cdf = (-x / sqrt(Float(2))).mapped(mpfr_erfc) / Float(2);
      const Float density = exp(-x * x / Float(2)) / sqrt(Float(2) * pi());
      set(result, product(cdf, PositiveNormal(x).mean), cdf, density);
      return true;
    }
    case Builtin::log_normal_cdf_integral: {
      const PositiveNormal z(x);
      set(result, special::log_normal_cdf(x) + log(z.mean), Float(1) / z.mean,
          -z.variance / (z.mean * z.mean));
      return true;
    }
    case Builtin::log_erfcx: {
      const PositiveNormal z(-sqrt(Float(2)) * x);
      set(result, log(special::erfcx(x)), -sqrt(Float(2)) * z.mean, Float(2) * z.variance);
      return true;
    }
    default:
      return false;
  }
}

/// Functions whose second derivative cancels for large |x|: computed with as many more bits.
bool normal(Builtin builtin, const Float& argument, Expansion& result) {
  const WorkingPrecision guard(working_precision() + 64 + 6 * std::max(0L, argument.exponent()));
  const Float x(argument);
  switch (builtin) {
    case Builtin::erf:
    case Builtin::erfc: {
      Float slope = Float(2) / sqrt(pi()) * exp(-x * x);
      if (builtin == Builtin::erfc) slope = -slope;
      set(result, x.mapped(builtin == Builtin::erf ? mpfr_erf : mpfr_erfc), slope,
          product(Float(-2) * x, slope));
      return true;
    }
    case Builtin::normal_cdf: {
      const Float density = exp(-x * x / Float(2)) / sqrt(Float(2) * pi());
      set(result, (-x / sqrt(Float(2))).mapped(mpfr_erfc) / Float(2), density,
          product(-x, density));
      return true;
    }
    case Builtin::log_normal_cdf: {
      const Float hazard = special::normal_hazard(x);
      set(result, special::log_normal_cdf(x), hazard, product(-hazard, x + hazard));
      return true;
    }
    case Builtin::normal_hazard: {
      const Float hazard = special::normal_hazard(x);
      const Float first = product(-hazard, x + hazard);
      set(result, hazard, first, -(product(first, x + hazard) + product(hazard, Float(1) + first)));
      return true;
    }
    case Builtin::erfcx: {
      const Float value = special::erfcx(x);
      const Float first = product(Float(2) * x, value) - Float(2) / sqrt(pi());
      set(result, value, first, Float(2) * value + product(Float(2) * x, first));
      return true;
    }
    case Builtin::log_erfc: {
      const Float first = Float(-2) / (sqrt(pi()) * special::erfcx(x));
      set(result, special::log_erfc(x), first, product(-first, Float(2) * x + first));
      return true;
    }
    default:
      return false;
  }
}

Float density(const Float& x) { return exp(-x * x / Float(2)) / sqrt(Float(2) * pi()); }
Float tail(const Float& x) { return (x / sqrt(Float(2))).mapped(mpfr_erfc) / Float(2); }

/// Φ(x) − Φ(y) with its ends b, nearer to 0, and −a, so that Φ(b) − Φ(−a) is its size.
struct Between {
  Float size, log_size, hazard, other_hazard, mean;  ///< hazard: φ(x)/(Φ(x) − Φ(y))

  Between(const Float& x, const Float& y) {
    const Float two(2);
    const bool first_is_near = !(y.mapped(mpfr_abs) < x.mapped(mpfr_abs));
    const Float& far = first_is_near ? y : x;
    const Float& near = first_is_near ? x : y;
    const Float a = far.mapped(mpfr_abs);
    const Float b = far.sign() > 0 ? -near : near;
    const Float drop = exp((b - a) * (b + a) / two);
    // Over exp(−b²/2)/2.
    const Float scaled =
        special::erfcx(-b / sqrt(two)) - product(drop, special::erfcx(a / sqrt(two)));
    const Float outside = tail(b) + tail(a);
    const bool inside = b.sign() > 0;
    size = inside ? Float(1) - outside : product(exp(-b * b / two), scaled / two);
    log_size = inside ? special::log1p(-outside) : log(scaled / two) - b * b / two;
    const Float near_hazard = sqrt(two / pi()) / scaled;
    const Float far_hazard = product(drop, near_hazard);
    const bool upper = y < x;
    if (!upper) {
      size = -size;
      log_size = x == y ? Float::infinity(-1) : Float::nan();
    }
    hazard = first_is_near ? near_hazard : far_hazard;
    other_hazard = first_is_near ? far_hazard : near_hazard;
    (upper ? other_hazard : hazard) = -(upper ? other_hazard : hazard);
    mean = -(hazard + other_hazard);
  }
};

/// A function of two ends whose derivatives are known.
void set(Expansion& result, Float value, std::array<Float, 2> first, std::array<Float, 3> second) {
  result.value = std::move(value);
  result.first = std::move(first);
  result.second = std::move(second);
}

}  // namespace

bool expand_normal(Builtin builtin, const Float& x, Expansion& result) {
  return normal(builtin, x, result) || positive_normal(builtin, x, result);
}

/// y·G(x/y) and its logarithm, G(z) = φ(z) + z·Φ(z) = Φ(z)·m(z).
static void expand_improvement(bool log_of, const Float& first, const Float& second,
                               Expansion& result) {
  const long large = std::max(0L, first.exponent() - second.exponent() + 1);
  const WorkingPrecision guard(working_precision() + 64 + 10 * large);
  const Float y(second);
  const Float z = Float(first) / y;
  const PositiveNormal at(z);
  const Float one(1);
  if (!log_of) {
    const Float cdf = tail(-z);
    const Float slope = density(z);
    set(result, y * product(cdf, at.mean), {cdf, slope},
        {slope / y, product(-z, slope) / y, product(z * z, slope) / y});
    return;
  }
  const Float ratio = one / at.mean;
  const Float change = at.variance * ratio * ratio;  // −(1/m)′
  const Float scale = one / (y * y);
  set(result, log(y) + special::log_normal_cdf(z) + log(at.mean),
      {ratio / y, product(at.hazard, ratio) / y},
      {-scale * change, scale * (z * change - ratio),
       scale * product(at.hazard, z - ratio + z * change)});
}

bool expand_normal(Builtin builtin, const Float& first, const Float& second, Expansion& result) {
  const bool log_of = builtin == Builtin::log_expected_improvement;
  if (log_of || builtin == Builtin::expected_improvement) {
    expand_improvement(log_of, first, second, result);
    return true;
  }
  const bool known =
      builtin == Builtin::normal_interval || builtin == Builtin::log_normal_interval ||
      builtin == Builtin::normal_interval_hazard || builtin == Builtin::normal_interval_mean ||
      builtin == Builtin::normal_interval_gap;
  if (!known) return false;
  const long large = std::max({0L, first.exponent(), second.exponent()});
  const Float width = first - second;
  const long narrow = width.is_zero() ? 0 : std::max(0L, -width.exponent());
  const WorkingPrecision guard(working_precision() + 64 + 10 * large + 6 * narrow);
  const Float x(first);
  const Float y(second);
  const Between z(x, y);
  const Float one(1);
  const Float two(2);
  // ∂h/∂x = −h·(x + h), ∂h/∂y = −h·g with g = φ(y)/(Φ(y) − Φ(x)); and so on.
  const Float& h = z.hazard;
  const Float& g = z.other_hazard;
  const Float hx = -h * (x + h);
  const Float hy = -h * g;
  const Float gy = -g * (y + g);
  const Float& m = z.mean;
  const Float mx = h * (x - m);
  const Float my = g * (y - m);
  const std::array<Float, 3> mean_second = {hx * (x - m) + h * (one - mx), hy * (x - m) - h * my,
                                            gy * (y - m) + g * (one - my)};
  switch (builtin) {
    case Builtin::normal_interval:
      set(result, z.size, {density(x), -density(y)},
          {product(-x, density(x)), Float(), product(y, density(y))});
      return true;
    case Builtin::log_normal_interval:
      set(result, z.log_size, {h, g}, {hx, hy, gy});
      return true;
    case Builtin::normal_interval_hazard:
      set(result, h, {hx, hy},
          {-hx * (x + h) - h * (one + hx), -hy * (x + two * h), -hy * g - h * gy});
      return true;
    case Builtin::normal_interval_mean:
      set(result, m, {mx, my}, mean_second);
      return true;
    default:
      set(result, x - m, {one - mx, -my}, {-mean_second[0], -mean_second[1], -mean_second[2]});
      return true;
  }
}

}  // namespace lossc::ir
