// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builtins at constants, folded only where the value is a rational number, and the few identities
// that make a parameter bound to a constant vanish (pow with a constant exponent, boxcox at 0).
#include <algorithm>
#include <cmath>

#include "compiler/ir/builtins.h"
#include "compiler/ir/rational.h"
#include "compiler/ir/rules.h"

namespace lossc::ir {

namespace {

using Whole = boost::multiprecision::mpz_int;

Number rounded_down(const Number& value) {
  if (value.is_integer() || !value.finite()) return value;
  const Rational exact = value.rational();
  const auto& q = exact.value();
  Whole quotient = numerator(q) / denominator(q);  // toward 0
  if (q < 0) --quotient;
  return Number(Rational(boost::multiprecision::mpq_rational(quotient)));
}

Number rounded_to_even(const Number& value) {
  const Number low = rounded_down(value);
  const Number rest = value - low;
  const Number half = Number::fraction(1, 2);
  if (rest < half) return low;
  if (half < rest) return low + Number(1);
  const Number pair = low / Number(2);
  return pair.is_integer() ? low : low + Number(1);
}

std::optional<Number> whole_logarithm(const Number& value, long base) {
  if (value.sign() <= 0 || !value.finite()) return std::nullopt;
  Number rest = value;
  long exponent = 0;
  while (rest.is_integer() && !rest.is(1) && exponent < 1100) {
    rest = rest / Number(base);
    ++exponent;
  }
  while (!rest.is_integer() && exponent > -1100 && exponent <= 0) {
    rest = rest * Number(base);
    --exponent;
  }
  if (!rest.is(1)) return std::nullopt;
  return Number(exponent);
}

std::optional<Number> gamma_value(const Number& x) {
  const auto n = x.to_long();
  if (!n || *n < 1 || *n > 200) return std::nullopt;
  Number product = 1;
  for (long i = 2; i < *n; ++i) product = product * Number(i);
  return product;
}

std::optional<Number> if_is(const Number& x, long argument, const Number& value) {
  return x.is(argument) ? std::optional<Number>(value) : std::nullopt;
}

/// With limits at ±inf: value below, at 0, above.
std::optional<Number> limits(const Number& x, const Number& below, const Number& at_zero,
                             const Number& above) {
  if (x.kind() == Number::Kind::infinity) return above;
  if (x.kind() == Number::Kind::minus_infinity) return below;
  return if_is(x, 0, at_zero);
}

std::optional<Number> unary_value(Builtin builtin, const Number& x) {
  const Number half = Number::fraction(1, 2);
  const Number inf = Number::infinity();
  switch (builtin) {
    case Builtin::exp:
      return limits(x, 0, 1, inf);
    case Builtin::exp2:
      if (x.finite()) return power(Number(2), x);
      return limits(x, 0, 1, inf);
    case Builtin::log:
      if (x.kind() == Number::Kind::infinity) return inf;
      return x.is(0) ? std::optional<Number>(-inf) : if_is(x, 1, 0);
    case Builtin::log2:
      return whole_logarithm(x, 2);
    case Builtin::log10:
      return whole_logarithm(x, 10);
    case Builtin::log1p:
      return x.is(-1) ? std::optional<Number>(-inf) : if_is(x, 0, 0);
    case Builtin::expm1:
      return limits(x, -1, 0, inf);
    case Builtin::cbrt:
      if (x.sign() >= 0) return power(x, Number::fraction(1, 3));
      if (const auto root = power(-x, Number::fraction(1, 3))) return -*root;
      return std::nullopt;
    case Builtin::abs:
      return x.sign() < 0 ? -x : x;
    case Builtin::floor:
      return rounded_down(x);
    case Builtin::ceil:
      return -rounded_down(-x);
    case Builtin::round:
      return x.finite() ? rounded_to_even(x) : x;
    case Builtin::sign:
      return Number(static_cast<long>(x.sign()));
    case Builtin::step:
      return Number(x.sign() > 0 ? 1L : 0L);
    case Builtin::sin:
    case Builtin::tan:
    case Builtin::asin:
    case Builtin::atan:
    case Builtin::sinh:
    case Builtin::asinh:
    case Builtin::atanh:
      return if_is(x, 0, 0);
    case Builtin::cos:
      return if_is(x, 0, 1);
    case Builtin::cosh:
      return limits(x, inf, 1, inf);
    case Builtin::acosh:
      return if_is(x, 1, 0);
    case Builtin::tanh:
    case Builtin::erf:
      return limits(x, -1, 0, 1);
    case Builtin::sigmoid:
    case Builtin::normal_cdf:
      return limits(x, 0, half, 1);
    case Builtin::erfc:
      return limits(x, 2, 1, 0);
    case Builtin::gamma:
      return gamma_value(x);
    case Builtin::lgamma:
      return x.is(2) ? std::optional<Number>(Number(0)) : if_is(x, 1, 0);
    case Builtin::stop_gradient:
    case Builtin::hold_first:
    case Builtin::hold_second:
      return x;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Number> exact_value(Builtin builtin, std::span<const Number> arguments) {
  for (const Number& argument : arguments) {
    if (argument.kind() == Number::Kind::nan) return std::nullopt;
  }
  if (arguments.size() == 1) return unary_value(builtin, arguments[0]);
  const Number& x = arguments[0];
  const Number& y = arguments[1];
  switch (builtin) {
    case Builtin::min:
      return y < x ? y : x;
    case Builtin::max:
      return x < y ? y : x;
    case Builtin::pow:
      return power(x, y);
    default:
      return std::nullopt;
  }
}

ExprId Rules::call(Builtin builtin, std::span<const ExprId> arguments) {
  std::vector<Number> values;
  for (ExprId argument : arguments) {
    if (g_.op(argument) == Op::constant) values.push_back(g_.constant_of(argument));
  }
  if (values.size() == arguments.size()) {
    if (const auto value = exact_value(builtin, values)) {
      if (value->bits() <= 4096) return g_.constant(*value);
    }
  }
  const auto constant = [this](ExprId id) { return g_.op(id) == Op::constant; };
  const ExprId x = arguments[0];
  switch (builtin) {
    case Builtin::pow:
      if (!constant(arguments[1]) || !g_.constant_of(arguments[1]).finite()) break;
      return g_.power(x, g_.constant_of(arguments[1]));
    case Builtin::boxcox:
      if (g_.is_constant(arguments[1], 0)) return call(Builtin::log, {&x, 1});
      if (g_.is_constant(arguments[1], 1)) {
        const Term term[] = {{x, Number(1)}};
        return add(Number(-1), term);
      }
      break;
    case Builtin::abs:
      if (has(x, nonnegative_fact)) return x;
      break;
    case Builtin::floor:
    case Builtin::ceil:
    case Builtin::round:
      if (has(x, whole_fact)) return x;
      break;
    case Builtin::pull_first:
    case Builtin::pull_second:
    case Builtin::pull_next:
      if (constant(x) || g_.is_constant(arguments[1], 0)) return g_.constant(0);
      break;
    case Builtin::hypot: {
      if (!g_.before(arguments[1], arguments[0])) break;
      const ExprId sorted[] = {arguments[1], arguments[0]};
      return g_.raw_call(builtin, sorted);
    }
    case Builtin::min:
    case Builtin::max: {
      if (arguments[0] == arguments[1]) return x;
      if (!g_.before(arguments[1], arguments[0])) break;
      const ExprId sorted[] = {arguments[1], arguments[0]};
      return g_.raw_call(builtin, sorted);
    }
    default:
      break;
  }
  return g_.raw_call(builtin, arguments);
}

}  // namespace lossc::ir
