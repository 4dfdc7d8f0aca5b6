// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The exact values of the kernels, by MPFR with as many digits as it takes, as a long double: its
// 64 digits are 2^-11 ULP of a double. And, for the billions of floats, by libm's long double or
// double functions, whose errors are below 1/1000 ULP of a float.

#pragma once

#include <cmath>
#include <string_view>

#include <mpfr.h>

#include "compiler/ir/builtins.h"

namespace lossc::codegen::testing {

using Function = long double (*)(double x, double y);

struct Reference {
  std::string_view name;
  Function exact;
  Function quick = nullptr;  // for floats; null where libm has none
  // How many condition numbers of error are forgiven: zeros of the function that its formula cannot
  // know.
  double conditions = 0;
  bool whole = false;  // of whole numbers only
};

// |x·∂f/∂x|/|f| + |y·∂f/∂y|/|f|, by difference quotients.
double condition(const Reference& reference, double x, double y);

// The interpreter's value, rounded (kernels_reference_differences.cpp).
long double interpreted(ir::Builtin builtin, double a, double b);

// Null if there is none.
const Reference* find_reference(std::string_view name);

// |got - exact| in units in the last place of `digits` digits at the exact value; 0 where both are
// the same infinity or NaN; infinite where only one is. Least exponent for subnormals.
inline double ulp_error(double got, long double exact, int digits) {
  if (std::isnan(exact) || std::isnan(got)) {
    return std::isnan(exact) && std::isnan(got) ? 0 : HUGE_VAL;
  }
  const int least = digits == 24 ? -149 : -1074;
  const int most = digits == 24 ? 127 : 1023;
  // From here on values round to infinity.
  const long double limit = std::ldexp(2.0L - std::ldexp(1.0L, -digits), most);
  if (std::isinf(got)) {
    return std::fabs(exact) >= limit && std::signbit(exact) == std::signbit(got) ? 0 : HUGE_VAL;
  }
  if (std::isinf(exact)) return HUGE_VAL;
  if (exact == 0) return got == 0 ? 0 : HUGE_VAL;
  int exponent = std::max(std::ilogb(exact) - digits + 1, least);
  exponent = std::min(exponent, most - digits + 1);
  return static_cast<double>(std::ldexp(std::fabs(got - exact), -exponent));
}

}  // namespace lossc::codegen::testing
