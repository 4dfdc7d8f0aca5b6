// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's own knowledge of the error function, the normal distribution, and what is
// known of a normal variable that is positive or lies between two numbers.
#pragma once

#include "compiler/ir/interpreter_builtins.h"

namespace lossc::ir {

/// Whether the builtin is one of them; then `result` is its expansion.
bool expand_normal(Builtin builtin, const Float& x, Expansion& result);
bool expand_normal(Builtin builtin, const Float& x, const Float& y, Expansion& result);

}  // namespace lossc::ir
