// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All by their definitions, which cancel, at as many more bits as the argument is small (each
// derivative of f(x)/x costs its exponent once more). At 0 the limit is taken a tiny step away.
#include "compiler/ir/interpreter_differences.h"

#include <algorithm>
#include <cstdlib>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter_special.h"

namespace lossc::ir {
namespace {

using special::exp;
using special::expm1;

Float reciprocal(const Float& x) { return x.is_zero() ? Float::infinity() : Float(1) / x; }

/// f and its derivatives at a point.
using Derivatives = std::array<Float, 5>;

/// Derivatives of f(x)/x: x q⁽ⁿ⁾ + n q⁽ⁿ⁻¹⁾ = f⁽ⁿ⁾.
Derivatives quotient(const Derivatives& f, const Float& x) {
  Derivatives q;
  q[0] = f[0] / x;
  for (std::size_t n = 1; n < q.size(); ++n) {
    q[n] = (f[n] - Float(static_cast<long>(n)) * q[n - 1]) / x;
  }
  return q;
}

Derivatives sine(const Float& x) {
  const Float value = x.mapped(mpfr_sin);
  const Float slope = x.mapped(mpfr_cos);
  return {value, slope, -value, -slope, value};
}

Derivatives hyperbolic_sine(const Float& x) {
  const Float value = x.mapped(mpfr_sinh);
  const Float slope = x.mapped(mpfr_cosh);
  return {value, slope, value, slope, value};
}

/// With s = 1 − t²: t′ = s, t″ = −2ts, t‴ = −2s² + 4t²s, t⁗ = 16ts² − 8t³s.
Derivatives hyperbolic_tangent(const Float& x) {
  const Float t = x.mapped(mpfr_tanh);
  const Float sech = x.mapped(mpfr_sech);
  const Float s = sech * sech;
  const Float square = t * t;
  return {t, s, Float(-2) * t * s, s * (Float(4) * square - Float(2) * s),
          t * s * (Float(16) * s - Float(8) * square)};
}

/// With r = 1/(1 + x²): r, −2xr², (6x² − 2)r³, 24x(1 − x²)r⁴.
Derivatives arc_tangent(const Float& x) {
  const Float square = x * x;
  const Float r = Float(1) / (Float(1) + square);
  return {x.mapped(mpfr_atan), r, Float(-2) * x * r * r, (Float(6) * square - Float(2)) * r * r * r,
          Float(24) * x * (Float(1) - square) * r * r * r * r};
}

Derivatives logarithm(const Float& x) {
  const Float r = Float(1) / (Float(1) + x);
  return {x.mapped(mpfr_log1p), r, -r * r, Float(2) * r * r * r, Float(-6) * r * r * r * r};
}

Derivatives exponential(const Float& x) {
  const Float e = exp(x);
  return {expm1(x), e, e, e, e};
}

void set(Expansion& result, const Float& value, const Float& first, const Float& second) {
  result.value = value;
  result.first[0] = first;
  result.second[0] = second;
}

/// s = q′/x: s′ = (q″ − s)/x, s″ = (q‴ − 2s′)/x.
void set_slope(Expansion& result, const Derivatives& q, const Float& x) {
  const Float s = q[1] / x;
  const Float first = (q[2] - s) / x;
  set(result, s, first, (q[3] - Float(2) * first) / x);
}

/// Derivatives of log q: its cumulants, from the moments mₙ = q⁽ⁿ⁾/q.
Derivatives cumulants(const Derivatives& q) {
  const Float a = q[1] / q[0];
  const Float b = q[2] / q[0];
  const Float c = q[3] / q[0];
  const Float d = q[4] / q[0];
  const Float square = a * a;
  return {Float(), a, b - square, c - Float(3) * a * b + Float(2) * a * square,
          d - Float(4) * a * c - Float(3) * b * b + Float(12) * b * square -
              Float(6) * square * square};
}

/// The rate r of exprel and its derivatives; r(−x) = 1 − r(x), taken at −|x|, where exp is small.
void expand_rate(Builtin builtin, const Float& x, Expansion& result) {
  const bool mirrored = x.sign() > 0;
  const Float at = mirrored ? -x : x;
  const Derivatives k = cumulants(quotient(exponential(at), at));
  if (builtin == Builtin::exprel_rate) {
    set(result, mirrored ? Float(1) - k[1] : k[1], k[2], mirrored ? -k[3] : k[3]);
  } else {
    set(result, k[2], mirrored ? -k[3] : k[3], k[4]);
  }
}

/// b(x) = x/(eˣ − 1), b(−x) = x + b(x), by the derivatives of its reciprocal at |x|.
void expand_over_expm1(const Float& x, Expansion& result) {
  const bool mirrored = x.sign() < 0;
  const Float at = mirrored ? -x : x;
  // q = (1 − e⁻ˣ)/x and b = e⁻ˣ/q, whose logarithmic derivative is −1 − q′/q.
  Derivatives f = exponential(-at);
  for (std::size_t n = 0; n < f.size(); n += 2) f[n] = -f[n];
  const Derivatives k = cumulants(quotient(f, at));
  const Float b = at / f[0] * exp(-at);
  const Float rate = Float(-1) - k[1];
  const Float first = b * rate;
  const Float second = b * (rate * rate - k[2]);
  set(result, mirrored ? b + at : b, mirrored ? Float(-1) - first : first, second);
}

/// n = (log1p(x) − x + x²/2)/x³: n′ = (1/(1 + x) − 3n)/x, n″ = (−1/(1 + x)² − 4n′)/x.
void expand_third(const Derivatives& f, const Float& x, Expansion& result) {
  const Float n = (f[0] - x + x * x / Float(2)) / (x * x * x);
  const Float first = (f[1] - Float(3) * n) / x;
  set(result, n, first, (f[2] - Float(4) * first) / x);
}

bool expand_quotient(Builtin builtin, const Float& x, Expansion& result) {
  const auto quotient_of = [&](const Derivatives& f) {
    const Derivatives q = quotient(f, x);
    set(result, q[0], q[1], q[2]);
    return true;
  };
  const Float huge = Float::infinity();
  const auto slope_of = [&](const Derivatives& f) {
    set_slope(result, quotient(f, x), x);
    return true;
  };
  switch (builtin) {
    case Builtin::sinc:
      return quotient_of(sine(x));
    case Builtin::sinc_slope:
      return slope_of(sine(x));
    case Builtin::sinhc:
    case Builtin::sinhc_slope:
      // Beyond MPFR's exponents.
      if (x.exponent() > 60) return set(result, huge, huge, huge), true;
      if (builtin == Builtin::sinhc) return quotient_of(hyperbolic_sine(x));
      return slope_of(hyperbolic_sine(x));
    case Builtin::tanhc:
      return quotient_of(hyperbolic_tangent(x));
    case Builtin::tanhc_slope:
      return slope_of(hyperbolic_tangent(x));
    case Builtin::atanc:
      return quotient_of(arc_tangent(x));
    case Builtin::atanc_slope:
      return slope_of(arc_tangent(x));
    case Builtin::log1pc:
      return quotient_of(logarithm(x));
    case Builtin::sin_residual:
    case Builtin::tanh_residual: {
      const Derivatives f = builtin == Builtin::sin_residual ? sine(x) : hyperbolic_tangent(x);
      set(result, f[0] - x, f[1] - Float(1), f[2]);
      return true;
    }
    case Builtin::bd0_square: {
      const Float inverse = reciprocal(x);
      set(result, x * x - Float(1) - Float(2) * special::log(x), Float(2) * (x - inverse),
          Float(2) + Float(2) * inverse * inverse);
      return true;
    }
    case Builtin::log1p_third:
      return expand_third(logarithm(x), x, result), true;
    case Builtin::exprel:
      return quotient_of(exponential(x));
    case Builtin::exprel_rate:
    case Builtin::exprel_rate_slope:
      return expand_rate(builtin, x, result), true;
    case Builtin::over_expm1:
      return expand_over_expm1(x, result), true;
    default:
      return false;
  }
}

/// a·log(a/b) − (a − b) and its derivatives by a and b.
void set_deviance(const Float& a, const Float& b, Expansion& result) {
  result.value = product(a, special::log_ratio(a, b)) - (a - b);
  if (a.is_zero()) result.value = b;
  if (a.is_infinite() || b.is_infinite()) result.value = Float::infinity();
  if (a.sign() < 0 || b.sign() < 0 || a.is_nan() || b.is_nan()) result.value = Float::nan();
  result.first = {special::log_ratio(a, b), Float(1) - product(a, reciprocal(b))};
  result.second = {reciprocal(a), -reciprocal(b), product(a, reciprocal(b * b))};
}

/// Values at an infinity; derivatives there do not matter.
bool expand_limit(Builtin builtin, const Float& x, Expansion& result) {
  const bool above = x.sign() > 0;
  switch (builtin) {
    case Builtin::exprel:
      result.value = above ? x : Float();
      return true;
    case Builtin::over_expm1:
      result.value = above ? Float() : -x;
      return true;
    case Builtin::exprel_rate:
      result.value = Float(above ? 1 : 0);
      return true;
    case Builtin::bd0_square:
      result.value = above ? x : Float::nan();
      return true;
    case Builtin::sinhc:
    case Builtin::sinhc_slope:
      result.value = Float::infinity();
      return true;
    case Builtin::log1pc:
    case Builtin::log1p_third:
      result.value = above ? Float() : Float::nan();
      return true;
    case Builtin::exprel_rate_slope:
    case Builtin::tanhc:
    case Builtin::tanhc_slope:
    case Builtin::atanc:
    case Builtin::atanc_slope:
      result.value = Float();
      return true;
    default:
      return expand_quotient(builtin, x, result);
  }
}

}  // namespace

bool expand_difference(Builtin builtin, const Float& x, Expansion& result) {
  if (x.is_infinite()) return expand_limit(builtin, x, result);
  const long bits = static_cast<long>(working_precision());
  // The zero of bd0_square is at 1.
  const Float past_one = x - Float(1);
  const long one_less = past_one.is_zero() ? 0 : -past_one.exponent();
  // What vanishes at 0 needs x itself there; the others are at their limit.
  const bool vanishes = builtin == Builtin::bd0_square || builtin == Builtin::sin_residual ||
                        builtin == Builtin::tanh_residual || builtin == Builtin::sinc_slope ||
                        builtin == Builtin::sinhc_slope || builtin == Builtin::tanhc_slope ||
                        builtin == Builtin::atanc_slope;
  const bool at_limit = x.is_zero() || x.exponent() < -bits;
  // Nothing that small is a number of a kernel, and its digits would fill the memory.
  constexpr long smallest = -20'000;
  if (vanishes && !x.is_zero() && x.exponent() < smallest) {
    result.value = Float();
    return true;
  }
  const bool near_limit = at_limit && !(vanishes && !x.is_zero());
  const long magnitude = std::clamp(std::abs(x.exponent()), 0L, -smallest);
  const long size = near_limit ? bits : std::max(magnitude, one_less);
  const WorkingPrecision guard(bits + 64 + 8 * size);
  Float at(x);
  const bool known = builtin == Builtin::bd0_square || builtin == Builtin::sin_residual ||
                     builtin == Builtin::tanh_residual;
  if (near_limit && !known) mpfr_set_ui_2exp(at.get(), 1, -bits, MPFR_RNDN);
  return expand_quotient(builtin, at, result);
}

bool expand_difference(Builtin builtin, const Float& x, const Float& y, Expansion& result) {
  if (builtin != Builtin::bd0 && builtin != Builtin::bd0_complement) return false;
  const bool complement = builtin == Builtin::bd0_complement;
  const Float one(1);
  if (complement ? one < x || one < y : x.sign() < 0 || y.sign() < 0) {
    result.value = Float::nan();
    return true;
  }
  const Float difference = x - y;
  const long close = std::max({0L, -difference.exponent(), x.exponent() - difference.exponent(),
                               -x.exponent(), -y.exponent()});
  const WorkingPrecision guard(working_precision() + 64 + 2 * close);
  if (!complement) {
    set_deviance(Float(x), Float(y), result);
    return true;
  }
  set_deviance(Float(1) - Float(x), Float(1) - Float(y), result);
  result.first = {-result.first[0], -result.first[1]};
  return true;
}

}  // namespace lossc::ir
