// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a row of builtins.def says the truth: meaning, partials, range, trend and whole results
// against the interpreter's own definition, at points all over the domain. builtins_test.cpp asks
// it of every row, builtin_mutants_test.cpp of every row with a mistake in it.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter_builtins.h"

namespace lossc::ir {

using Point = std::vector<Float>;

constexpr mpfr_prec_t review_precision = 700;

Float evaluated(const Formula& formula, const Point& at);
Expansion expanded(Builtin builtin, const Point& at);
bool close(const Float& a, const Float& b, long bits);
std::vector<Point> points(const BuiltinInfo& row);
std::string shown(const Point& at);

/// What is wrong with the row, if it is that of `builtin`; `first`: no more than one fault.
std::vector<std::string> faults_of(Builtin builtin, const BuiltinInfo& row, bool first = false);

}  // namespace lossc::ir
