// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Differences of the gamma family, the beta function and the binomial coefficient by definition:
// what cancels is paid for in digits.
#pragma once

#include "compiler/ir/interpreter_builtins.h"

namespace lossc::ir {

/// False if the builtin is none of them.
/// Derivatives up to the order asked for: each costs as much as the value.
bool expand_gamma_family(Builtin builtin, const Float& x, const Float& y, int derivatives,
                         Expansion& result);

}  // namespace lossc::ir
