// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A formula as a number: at any precision, and as a program in single precision would compute it,
// operation by operation. Their difference is what a rule of the stabiliser is good for.
#pragma once

#include <span>

#include "compiler/ir/formula.h"
#include "compiler/ir/interpreter_float.h"

namespace lossc::ir {

/// At this thread's working precision; `at` gives the variables in order.
Float value_of(const Formula& formula, std::span<const Float> at);

/// Every operation rounded to single precision, with its range.
float literal_value(const Formula& formula, std::span<const float> at);

}  // namespace lossc::ir
