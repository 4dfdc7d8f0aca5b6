// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Differentiation, symbolic, in the IR: reverse mode for gradients; forward over reverse for the
// Hessian diagonal.
#pragma once

#include <span>

#include "compiler/ir/function.h"

namespace lossc::autodiff {

/// The function with an output `gradient` for each of the arrays added (a given_gradient clause of
/// the source is used in place of the derived one). Works in a normalising graph.
ir::Function with_gradients(const ir::Function& function, std::span<const ir::ArrayId> arrays);

/// The function with an output `hessian` (the diagonal) for each of the arrays added; their
/// gradients need not be there.
ir::Function with_hessian_diagonals(const ir::Function& function,
                                    std::span<const ir::ArrayId> arrays);

}  // namespace lossc::autodiff
