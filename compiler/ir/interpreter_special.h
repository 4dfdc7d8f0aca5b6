// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that MPFR lacks, at the working precision: the interpreter's own, for its derivatives
// and the stable primitives. Arguments near which a formula cancels are met with more bits.
#pragma once

#include "compiler/ir/interpreter_float.h"

namespace lossc::ir::special {

Float pi();
Float exp(const Float& x);
Float log(const Float& x);
Float log1p(const Float& x);
Float expm1(const Float& x);
Float sqrt(const Float& x);

/// The derivative of order m ≥ 1 of digamma; NaN at poles and below −1000.
Float polygamma(unsigned m, const Float& x);
Float digamma(const Float& x);
Float gamma(const Float& x);
Float lgamma(const Float& x);  ///< log |Γ|

Float erfcx(const Float& x);
Float log_erfc(const Float& x);
Float log_normal_cdf(const Float& x);
Float normal_hazard(const Float& x);
Float log1mexp(const Float& x);
Float logcosh(const Float& x);
Float expm1mx(const Float& x);
Float log1pmx(const Float& x);
Float log_ratio(const Float& x, const Float& y);  ///< log(x/y)
Float hypot(const Float& x, const Float& y);
Float softplus(const Float& x);
Float sigmoid(const Float& x);

/// base^exponent: 0^0 is 1, 1/0 is +inf, a negative base has whole powers only.
Float power(const Float& base, const Float& exponent);

}  // namespace lossc::ir::special
