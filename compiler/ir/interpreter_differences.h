// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's own knowledge of the primitives for differences that vanish: deviances and
// quotients f(x)/x with their derivatives.
#pragma once

#include "compiler/ir/interpreter_builtins.h"

namespace lossc::ir {

/// Whether the builtin is one of them; then `result` is its expansion.
bool expand_difference(Builtin builtin, const Float& x, Expansion& result);
bool expand_difference(Builtin builtin, const Float& x, const Float& y, Expansion& result);

}  // namespace lossc::ir
