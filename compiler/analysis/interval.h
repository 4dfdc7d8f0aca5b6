// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Interval arithmetic on Range: ends are rounded outwards unless the operation was exact, so that
// 1 − [0, 1] is exactly [0, 1]. An end that is not reached stays open where that is certain; closed
// is always sound.
#pragma once

#include "compiler/analysis/ranges.h"
#include "compiler/ir/number.h"

namespace lossc::analysis {

/// Every real number; may_be_infinite as said.
Range anything(bool may_be_infinite);
/// The values of a bool.
Range truth_values();
Range of_number(const ir::Number& number);

Range sum(const Range& a, const Range& b);
Range product(const Range& a, const Range& b);
/// base^exponent with a constant exponent.
Range power(const Range& base, const ir::Number& exponent);
/// base^exponent, both of them ranges.
Range power(const Range& base, const Range& exponent);
/// The smallest range that holds both.
Range hull(const Range& a, const Range& b);
/// What lies in both; `a` where nothing does (a branch that is never taken).
Range intersection(const Range& a, const Range& b);
/// Bounded ranges are finite, whole numbers have closed ends: the invariants of a Range.
Range normalised(Range range);

}  // namespace lossc::analysis
