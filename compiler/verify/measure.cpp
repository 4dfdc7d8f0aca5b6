// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/verify/measure.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lossc::verify {
namespace {

template <class T>
long double spacing(long double x) {
  using Limits = std::numeric_limits<T>;
  int exponent = x == 0 || std::isnan(x) ? Limits::min_exponent - 1 : std::ilogb(x);
  exponent = std::clamp(exponent, Limits::min_exponent - 1, Limits::max_exponent - 1);
  return std::ldexp(1.0L, exponent - Limits::digits + 1);
}

template <class T>
double error(double got, long double exact) {
  using Limits = std::numeric_limits<T>;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (std::isnan(got)) return infinity;
  const long double least = Limits::min();
  if (std::fabs(exact) < least && std::fabs(got) <= least) return 0;
  // The first number beyond the range: what rounds to it is infinite.
  const long double beyond = std::ldexp(1.0L, Limits::max_exponent);
  const long double last = static_cast<long double>(Limits::max()) + spacing<T>(beyond) / 2;
  if (std::isinf(got) && std::fabs(exact) < beyond / 4) return infinity;
  const long double found = std::isinf(got) ? std::copysign(beyond, got) : got;
  if (std::fabs(exact) >= last) exact = std::copysign(beyond, exact);
  return static_cast<double>(std::fabs(found - exact) / spacing<T>(exact));
}

}  // namespace

const char* name_of(Fault fault) {
  static constexpr const char* names[] = {"good",       "off",      "total loss",
                                          "wrong sign", "infinite", "NaN"};
  return names[static_cast<int>(fault)];
}

long double ulp(long double x, FloatType type) {
  return type == FloatType::f32 ? spacing<float>(x) : spacing<double>(x);
}

double error_in_ulps(double got, long double exact, FloatType type) {
  return type == FloatType::f32 ? error<float>(got, exact) : error<double>(got, exact);
}

Fault fault_of(double got, long double exact, double ulps) {
  constexpr double hopeless = 64;
  if (std::isnan(got)) return Fault::nan;
  if (std::isinf(got) && std::isfinite(exact)) return Fault::infinite;
  if (got * exact < 0) return Fault::wrong_sign;
  if (ulps > hopeless && std::fabs(got - exact) >= std::fabs(exact) / 2) return Fault::total_loss;
  return Fault::off;
}

}  // namespace lossc::verify
