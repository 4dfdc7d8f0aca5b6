// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Expansions by family. `min`, `max` and `abs` are given away from their kinks; the conventions at
// the kinks are in interpreter_elements.cpp.
#include "compiler/ir/interpreter_builtins.h"

#include <algorithm>
#include <cstdlib>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter_differences.h"
#include "compiler/ir/interpreter_gamma.h"
#include "compiler/ir/interpreter_normal.h"
#include "compiler/ir/interpreter_special.h"
#include "compiler/support/assert.h"

namespace lossc::ir {
namespace {

using special::exp;
using special::expm1;
using special::log;
using special::pi;
using special::power;
using special::sqrt;

void set(Expansion& result, Float value, Float first, Float second) {
  result.value = std::move(value);
  result.first[0] = std::move(first);
  result.second[0] = std::move(second);
}

Float reciprocal(const Float& x) { return x.is_zero() ? Float::infinity() : Float(1) / x; }

bool exponentials(Builtin builtin, const Float& x, Expansion& result) {
  const auto scaled_log = [&](Float value, const Float& scale) {
    set(result, std::move(value), reciprocal(x * scale), -reciprocal(x * x * scale));
  };
  switch (builtin) {
    case Builtin::exp: {
      const Float value = exp(x);
      set(result, value, value, value);
      return true;
    }
    case Builtin::exp2: {
      const Float value = x.mapped(mpfr_exp2);
      const Float scale = log(Float(2));
      set(result, value, scale * value, scale * scale * value);
      return true;
    }
    case Builtin::log:
      scaled_log(log(x), Float(1));
      return true;
    case Builtin::log2:
      scaled_log(log(x) / log(Float(2)), log(Float(2)));
      return true;
    case Builtin::log10:
      scaled_log(log(x) / log(Float(10)), log(Float(10)));
      return true;
    case Builtin::log1p: {
      const Float shifted = Float(1) + x;
      set(result, special::log1p(x), reciprocal(shifted), -reciprocal(shifted * shifted));
      return true;
    }
    case Builtin::expm1: {
      const Float slope = exp(x);
      set(result, expm1(x), slope, slope);
      return true;
    }
    case Builtin::cbrt: {
      const Float root = x.mapped(mpfr_cbrt);
      const Float square = root * root;
      set(result, root, reciprocal(Float(3) * square),
          Float(-2) * reciprocal(Float(9) * square * square * root));
      return true;
    }
    case Builtin::log1mexp: {
      const Float base = expm1(x);
      set(result, special::log1mexp(x), exp(x) / base, -exp(x) / (base * base));
      return true;
    }
    case Builtin::expm1mx:
      set(result, special::expm1mx(x), expm1(x), exp(x));
      return true;
    case Builtin::log1pmx: {
      const Float shifted = Float(1) + x;
      set(result, special::log1pmx(x), -x * reciprocal(shifted), -reciprocal(shifted * shifted));
      return true;
    }
    default:
      break;
  }
  return false;
}

bool locally_constant(Builtin builtin, const Float& x, Expansion& result) {
  switch (builtin) {
    case Builtin::floor:
      mpfr_floor(result.value.get(), x.get());
      return true;
    case Builtin::ceil:
      mpfr_ceil(result.value.get(), x.get());
      return true;
    case Builtin::round:
      mpfr_roundeven(result.value.get(), x.get());
      return true;
    case Builtin::sign:
    case Builtin::step:
      if (x.is_nan()) {
        result.value = Float::nan();
      } else {
        const int least = builtin == Builtin::sign ? -1 : 0;
        result.value = Float(std::max(least, x.sign() > 0 ? 1 : (x.sign() < 0 ? -1 : 0)));
      }
      return true;
    case Builtin::stop_gradient:
    case Builtin::hold_first:
      result.value = x;
      return true;
    case Builtin::hold_second:
      set(result, x, Float(1), Float());
      return true;
    case Builtin::abs:
      set(result, x.mapped(mpfr_abs), Float(x.sign()), Float());
      return true;
    default:
      return false;
  }
}

bool trigonometric(Builtin builtin, const Float& x, Expansion& result) {
  const Float one(1);
  switch (builtin) {
    case Builtin::sin: {
      const Float value = x.mapped(mpfr_sin);
      set(result, value, x.mapped(mpfr_cos), -value);
      return true;
    }
    case Builtin::cos: {
      const Float value = x.mapped(mpfr_cos);
      set(result, value, -x.mapped(mpfr_sin), -value);
      return true;
    }
    case Builtin::tan: {
      const Float value = x.mapped(mpfr_tan);
      const Float first = one + value * value;
      set(result, value, first, Float(2) * value * first);
      return true;
    }
    case Builtin::asin:
    case Builtin::acos: {
      const Float square = (one - x) * (one + x);
      const Float first = reciprocal(sqrt(square));
      const Float second = product(x, reciprocal(square * sqrt(square)));
      if (builtin == Builtin::asin) {
        set(result, x.mapped(mpfr_asin), first, second);
      } else {
        set(result, x.mapped(mpfr_acos), -first, -second);
      }
      return true;
    }
    case Builtin::atan: {
      const Float first = one / (one + x * x);
      set(result, x.mapped(mpfr_atan), first, Float(-2) * x * first * first);
      return true;
    }
    default:
      return false;
  }
}

bool hyperbolic(Builtin builtin, const Float& x, Expansion& result) {
  const Float one(1);
  // 1/cosh² rather than 1 − tanh², which loses every digit for large x.
  const auto tanh_and_slope = [&](Float& value, Float& slope) {
    value = x.mapped(mpfr_tanh);
    slope = x.mapped(mpfr_sech);
    slope *= slope;
  };
  Float value;
  Float slope;
  switch (builtin) {
    case Builtin::sinh:
      value = x.mapped(mpfr_sinh);
      set(result, value, x.mapped(mpfr_cosh), value);
      return true;
    case Builtin::cosh:
      value = x.mapped(mpfr_cosh);
      set(result, value, x.mapped(mpfr_sinh), value);
      return true;
    case Builtin::tanh:
      tanh_and_slope(value, slope);
      set(result, value, slope, Float(-2) * value * slope);
      return true;
    case Builtin::logcosh:
      tanh_and_slope(value, slope);
      set(result, special::logcosh(x), value, slope);
      return true;
    case Builtin::asinh: {
      const Float square = one + x * x;
      set(result, x.mapped(mpfr_asinh), one / sqrt(square), -x / (square * sqrt(square)));
      return true;
    }
    case Builtin::acosh: {
      const Float square = (x - one) * (x + one);
      set(result, x.mapped(mpfr_acosh), reciprocal(sqrt(square)),
          -x * reciprocal(square * sqrt(square)));
      return true;
    }
    case Builtin::atanh: {
      const Float first = reciprocal((one - x) * (one + x));
      set(result, x.mapped(mpfr_atanh), first, product(Float(2) * x, first * first));
      return true;
    }
    case Builtin::sigmoid: {
      value = special::sigmoid(x);
      slope = value * special::sigmoid(-x);
      // s(−x) − s(x) = −tanh(x/2)
      set(result, value, slope, -(x / Float(2)).mapped(mpfr_tanh) * slope);
      return true;
    }
    case Builtin::softplus: {
      const Float first = special::sigmoid(x);
      set(result, special::softplus(x), first, first * special::sigmoid(-x));
      return true;
    }
    default:
      return false;
  }
}

bool gammas(Builtin builtin, const Float& x, int order, Expansion& result) {
  const auto derivative = [&](unsigned m) {
    return m == 0 ? special::digamma(x) : special::polygamma(m, x);
  };
  switch (builtin) {
    case Builtin::gamma: {
      result.value = special::gamma(x);
      if (order == 0) return true;
      const Float psi = derivative(0);
      result.first[0] = result.value * psi;
      if (order > 1) result.second[0] = result.value * (psi * psi + derivative(1));
      return true;
    }
    case Builtin::lgamma:
      result.value = special::lgamma(x);
      break;
    case Builtin::digamma:
      result.value = special::digamma(x);
      break;
    case Builtin::trigamma:
      result.value = derivative(1);
      break;
    case Builtin::tetragamma:
      result.value = derivative(2);
      break;
    case Builtin::pentagamma:
      result.value = derivative(3);
      break;
    default:
      return false;
  }
  const unsigned base = builtin == Builtin::lgamma       ? 0
                        : builtin == Builtin::digamma    ? 1
                        : builtin == Builtin::trigamma   ? 2
                        : builtin == Builtin::tetragamma ? 3
                                                         : 4;
  if (order > 0) result.first[0] = derivative(base);
  if (order > 1) result.second[0] = derivative(base + 1);
  return true;
}

/// x^y. At x = 0 it is taken to be locally constant in y.
void expand_pow(const Float& x, const Float& y, Expansion& result) {
  const Float one(1);
  const Float below = power(x, y - one);
  result.value = power(x, y);
  result.first[0] = product(y, below);
  result.second[0] = product(y * (y - one), power(x, y - Float(2)));
  const Float logarithm = log(x);
  result.second[1] = product(below, one + product(y, logarithm));
  if (x.is_zero()) return;
  result.first[1] = product(logarithm, result.value);
  result.second[2] = product(logarithm * logarithm, result.value);
}

/// exp(−y s), s = softplus(−x), whose slope is −c, c = sigmoid(−x), and its slope −c sigmoid(x).
void expand_sigmoid_power(const Float& x, const Float& y, Expansion& result) {
  const Float s = special::softplus(-x);
  const Float c = special::sigmoid(-x);
  const Float yc = product(y, c);
  result.value = exp(-product(y, s));
  result.first = {product(yc, result.value), -product(s, result.value)};
  result.second = {product(product(yc, yc - special::sigmoid(x)), result.value),
                   product(c - product(yc, s), result.value), product(s * s, result.value)};
}

/// (x^a − 1)/a with u = a log x. Its derivatives by a are (e^u (u − 1) + 1)/a² and
/// (e^u (u² − 2u + 2) − 2)/a³, which cancel for small u: three times its exponent more bits.
void expand_boxcox(const Float& x, const Float& a, Expansion& result) {
  const Float one(1);
  const Float logarithm = log(x);
  const Float below = power(x, a - one);
  result.first[0] = below;
  result.second[0] = product(a - one, power(x, a - Float(2)));
  result.second[1] = product(below, logarithm);
  if (a.is_zero()) {
    result.value = logarithm;
    result.first[1] = logarithm * logarithm / Float(2);
    result.second[2] = logarithm * logarithm * logarithm / Float(3);
    return;
  }
  const long small = std::max(0L, -product(a, logarithm).exponent());
  const WorkingPrecision guard(working_precision() + 64 + 3 * small);
  const Float u = product(Float(a), log(Float(x)));
  const Float e = exp(u);
  result.value = expm1(u) / a;
  result.first[1] = (product(e, u - one) + one) / (a * a);
  result.second[2] = (product(e, u * u - Float(2) * u + Float(2)) - Float(2)) / (a * a * a);
}

void expand_atan2(const Float& x, const Float& y, Expansion& result) {
  result.value.settle(mpfr_atan2(result.value.get(), x.get(), y.get(), MPFR_RNDN), x, y);
  const Float square = x * x + y * y;
  result.first = {y / square, -x / square};
  const Float mixed = Float(2) * x * y / (square * square);
  result.second = {-mixed, (x * x - y * y) / (square * square), mixed};
}

void expand_quotient(const Float& x, const Float& y, Expansion& result) {
  const Float inverse = reciprocal(y);
  result.value = product(x, inverse);
  result.first = {inverse, -product(result.value, inverse)};
  result.second = {Float(), -inverse * inverse,
                   Float(2) * product(result.value, inverse * inverse)};
}

void expand_log_ratio(const Float& x, const Float& y, Expansion& result) {
  result.value = special::log_ratio(x, y);
  result.first = {reciprocal(x), -reciprocal(y)};
  result.second = {-reciprocal(x * x), Float(), reciprocal(y * y)};
}

void expand_log1p_ratio(const Float& x, const Float& y, Expansion& result) {
  const Float total = x + y;
  // Outside the domain x/y > 0 of two negative numbers, or 1 + x/y > 0, would hide the mistake.
  const bool inside = x.sign() >= 0 && y.sign() >= 0;
  result.value = inside ? special::log1p(x / y) : Float::nan();
  result.first = {reciprocal(total), -product(x, reciprocal(y * total))};
  const Float both = -reciprocal(total * total);
  result.second = {both, both, product(x * (total + y), reciprocal(y * y * total * total))};
}

void expand_log1p_square(const Float& x, const Float& y, Expansion& result) {
  const Float ratio = x / y;
  const Float xx = x * x;
  const Float yy = y * y;
  const Float inverse = reciprocal(xx + yy);
  const Float two(2);
  result.value = special::log1p(ratio * ratio);
  result.first = {product(two * x, inverse), -product(two * xx, inverse / y)};
  const Float square = inverse * inverse;
  result.second = {product(two * (yy - xx), square), -product(Float(4) * x * y, square),
                   product(two * xx * (Float(3) * yy + xx), square / yy)};
}

void expand_hypot(const Float& x, const Float& y, Expansion& result) {
  const Float length = special::hypot(x, y);
  const Float inverse = reciprocal(length);
  const Float cosine = product(x, inverse);
  const Float sine = product(y, inverse);
  result.value = length;
  result.first = {cosine, sine};
  result.second = {product(sine * sine, inverse), -product(cosine * sine, inverse),
                   product(cosine * cosine, inverse)};
}

void expand_direction(const Float& x, const Float& y, Expansion& result) {
  const Float inverse = reciprocal(special::hypot(x, y));
  const Float cosine = product(x, inverse);
  const Float sine = product(y, inverse);
  const Float square = inverse * inverse;
  const Float three(3);
  result.value = cosine;
  result.first = {product(sine * sine, inverse), -product(cosine * sine, inverse)};
  result.second = {-product(three * cosine * sine * sine, square),
                   product(sine * (Float(2) - three * sine * sine), square),
                   product(cosine * (three * sine * sine - Float(1)), square)};
}

}  // namespace

Expansion expansion(Builtin builtin, std::span<const Float* const> arguments, int order) {
  Expansion result;
  const Float& x = *arguments[0];
  if (arguments.size() == 1) {
    const bool known = exponentials(builtin, x, result) || locally_constant(builtin, x, result) ||
                       trigonometric(builtin, x, result) || hyperbolic(builtin, x, result) ||
                       gammas(builtin, x, order, result) || expand_normal(builtin, x, result) ||
                       expand_difference(builtin, x, result);
    LOSSC_ASSERT(known, "the interpreter lacks a builtin");
    return result;
  }
  const Float& y = *arguments[1];
  const bool nan = x.is_nan() || y.is_nan();
  switch (builtin) {
    case Builtin::min:
    case Builtin::max: {
      const bool first = builtin == Builtin::min ? x < y : y < x;
      result.value = nan ? Float::nan() : (first ? x : y);
      result.first = {Float(first ? 1 : 0), Float(first ? 0 : 1)};
      return result;
    }
    case Builtin::pull_first:
      result.first[0] = y;
      return result;
    case Builtin::pull_second:
    case Builtin::pull_next:
      return result;
    case Builtin::pow:
      expand_pow(x, y, result);
      return result;
    case Builtin::sigmoid_power:
      expand_sigmoid_power(x, y, result);
      return result;
    case Builtin::boxcox:
      expand_boxcox(x, y, result);
      return result;
    case Builtin::atan2:
      expand_atan2(x, y, result);
      return result;
    case Builtin::quotient:
      expand_quotient(x, y, result);
      return result;
    case Builtin::log_ratio:
      expand_log_ratio(x, y, result);
      return result;
    case Builtin::log1p_ratio:
      expand_log1p_ratio(x, y, result);
      return result;
    case Builtin::log1p_square:
      expand_log1p_square(x, y, result);
      return result;
    case Builtin::hypot:
      expand_hypot(x, y, result);
      return result;
    case Builtin::direction:
      expand_direction(x, y, result);
      return result;
    default:
      LOSSC_ASSERT(expand_normal(builtin, x, y, result) ||
                       expand_difference(builtin, x, y, result) ||
                       expand_gamma_family(builtin, x, y, order, result),
                   "the interpreter lacks a builtin");
      return result;
  }
}

}  // namespace lossc::ir
