// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How far a computed number is from the exact one, in units in the last place, and what that is
// called.
#pragma once

#include "compiler/support/float_type.h"

namespace lossc::verify {

enum class Fault { none, off, total_loss, wrong_sign, infinite, nan };
const char* name_of(Fault fault);

/// An error of so many ULP is allowed: absolute + per_condition · cond.
struct Threshold {
  double absolute = 8;
  double per_condition = 4;
  double at(double condition) const { return absolute + per_condition * condition; }
};

/// The distance of neighbouring numbers of the type at x.
long double ulp(long double x, FloatType type);

/// |got − exact| in ULP of the exact result; 0 where it is exempt: a subnormal result, or one
/// beyond the range that came out infinite. Infinite if `got` is a NaN, or infinite where a number
/// is expected.
double error_in_ulps(double got, long double exact, FloatType type);

/// What to call an error that is past its threshold.
Fault fault_of(double got, long double exact, double ulps);

}  // namespace lossc::verify
