// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/ir/interpreter_gamma.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "compiler/ir/interpreter_special.h"

namespace lossc::ir {
namespace {

/// lgamma and its derivatives.
Float derivative(unsigned order, const Float& x) {
  if (order == 0) return special::lgamma(x);
  return order == 1 ? special::digamma(x) : special::polygamma(order - 1, x);
}

/// Which derivative of lgamma f(x + y) − f(x) is of.
std::optional<unsigned> order_of(Builtin builtin) {
  switch (builtin) {
    case Builtin::lgamma_diff:
    case Builtin::lgamma_rise:
      return 0;
    case Builtin::digamma_diff:
    case Builtin::digamma_rise:
      return 1;
    case Builtin::trigamma_diff:
    case Builtin::trigamma_rise:
      return 2;
    case Builtin::tetragamma_diff:
      return 3;
    case Builtin::pentagamma_diff:
      return 4;
    default:
      return std::nullopt;
  }
}

bool is_rise(Builtin builtin) {
  return builtin == Builtin::lgamma_rise || builtin == Builtin::digamma_rise ||
         builtin == Builtin::trigamma_rise;
}

/// log(max(x, 1)) and its derivatives.
Float logarithm(unsigned order, const Float& x) {
  if (x < Float(1)) return Float();
  const Float inverse = Float(1) / x;
  switch (order) {
    case 0:
      return special::log(x);
    case 1:
      return inverse;
    case 2:
      return -inverse * inverse;
    case 3:
      return Float(2) * inverse * inverse * inverse;
    default:
      return Float(-6) * inverse * inverse * inverse * inverse;
  }
}

/// As many digits as x − y, or Γ at the larger of them, may lose; a thousand times what is left of
/// a second difference.
long digits_lost(const Float& x, const Float& y) {
  if (x.is_zero() || y.is_zero() || x.is_infinite() || y.is_infinite()) return 64;
  return 128 + 3 * std::abs(x.exponent() - y.exponent()) +
         2 * std::max(std::abs(x.exponent()), std::abs(y.exponent()));
}

}  // namespace

bool expand_gamma_family(Builtin builtin, const Float& x_given, const Float& y_given,
                         int derivatives, Expansion& result) {
  const std::optional<unsigned> order = order_of(builtin);
  if (!order && builtin != Builtin::lbeta && builtin != Builtin::log_binomial) return false;
  if (x_given.is_nan() || y_given.is_nan()) {
    result.value = Float::nan();
    return true;
  }
  const WorkingPrecision guard(working_precision() + digits_lost(x_given, y_given));
  const Float x(x_given);
  const Float y(y_given);
  if (order) {
    const Float end = x + y;
    const bool rise = is_rise(builtin);
    const auto first_term = [&](unsigned n) { return rise ? logarithm(n, x) : Float(); };
    const auto difference = [&](unsigned n) {
      const Float value = derivative(n, end) - derivative(n, x);
      return rise ? value - y * first_term(n) : value;
    };
    result.value = difference(*order);
    if (derivatives < 1) return true;
    result.first = {difference(*order + 1), derivative(*order + 1, end) - first_term(*order)};
    if (derivatives < 2) return true;
    const Float slope = derivative(*order + 2, end);
    result.second = {difference(*order + 2), slope - first_term(*order + 1), slope};
    return true;
  }
  // log_binomial is −lbeta with all arguments larger by one.
  const bool beta = builtin == Builtin::lbeta;
  const Float up(beta ? 0 : 1);
  const auto signed_as = [&](Float value) { return beta ? value : -value; };
  const Float a = x + up;
  const Float b = y + up;
  const Float c = x + y + up;
  const auto less = [&](unsigned n, const Float& at) {
    return signed_as(derivative(n, at) - derivative(n, c));
  };
  result.value = signed_as(derivative(0, a) + derivative(0, b) - derivative(0, c));
  if (derivatives < 1) return true;
  result.first = {less(1, a), less(1, b)};
  if (derivatives < 2) return true;
  result.second = {less(2, a), signed_as(-derivative(2, c)), less(2, b)};
  return true;
}

}  // namespace lossc::ir
