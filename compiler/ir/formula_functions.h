// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every function of builtins.def as a function of formulas, so that `log(sigmoid(x))` is written
// as on paper. `applied` does not look at the table (the table is made of such formulas).
#pragma once

#include <initializer_list>

#include "compiler/ir/builtins.h"

namespace lossc::ir {

/// The builtin of these arguments; a power with a constant exponent becomes Kind::power.
Formula applied(Builtin builtin, std::initializer_list<Formula> arguments);

#define BUILTIN(function)                                         \
  template <class... More>                                        \
  Formula function(const Formula& first, const More&... more) {   \
    return applied(Builtin::function, {first, Formula(more)...}); \
  }
#include "compiler/ir/builtin_names.inc"
#undef BUILTIN

}  // namespace lossc::ir
