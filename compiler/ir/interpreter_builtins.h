// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's own knowledge of every leaf builtin: value, first and second derivatives from
// textbook formulas at the working precision. Nothing here comes from the partials of builtins.def,
// which the generated tests compare with it.
#pragma once

#include <array>
#include <span>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter_float.h"

namespace lossc::ir {

/// Taylor coefficients of a builtin at a point, up to the order asked for. Those of an argument
/// that is locally constant are 0.
struct Expansion {
  Float value;
  std::array<Float, 2> first;   ///< ∂/∂x, ∂/∂y
  std::array<Float, 3> second;  ///< ∂²/∂x², ∂²/∂x∂y, ∂²/∂y²
};

Expansion expansion(Builtin builtin, std::span<const Float* const> arguments, int order);

}  // namespace lossc::ir
