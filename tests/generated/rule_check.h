// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether an equation of the stabiliser's table holds: both sides far beyond the digits of a
// double, all over its domains and at their ends. rules_test.cpp asks it of every row;
// mutants_test.cpp of every row with a mistake in it, which it must find.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/interpreter.h"
#include "compiler/stabilise/rules.h"

namespace lossc::stabilise {

/// Equal to 200 bits, of values computed with so many bits.
bool agree(const ir::Real& a, const ir::Real& b, unsigned bits);

/// Where a variable is checked: ordinary points, tiny and huge ones, subnormal ones, the ends.
std::vector<double> points(const Samples& samples);
/// Many other points, to find out whether an equation is an identity.
std::vector<double> dense_points(const Samples& samples);

struct RuleCheck {
  std::optional<std::string> difference;  ///< the first point at which the sides differ
  std::size_t points = 0;                 ///< at which they were compared
};
/// At a precision that the left side needs. `sampled` is `points` or `dense_points`.
RuleCheck check_rule(const Rule& rule, std::vector<double> (*sampled)(const Samples&) = points);

ir::Real value_of(const ir::Function& function, ir::ExprId root, const ir::Example& example);
ir::Function function_of(const std::vector<std::pair<std::string, ir::Domain>>& scalars);

}  // namespace lossc::stabilise
