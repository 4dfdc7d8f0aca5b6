// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What gradients and second derivatives share: reverse mode of a root inside a function's own
// graph, and the names of the axes of its result.
#pragma once

#include <vector>

#include "compiler/ir/function.h"

namespace lossc::autodiff {

/// The axes of an output shaped like the array: the smallest numbers, in order.
std::vector<ir::Axis> canonical_axes(const ir::Function& function, ir::ArrayId array);
/// Temporaries of the same sizes.
std::vector<ir::Axis> fresh_axes(ir::Function& function, ir::ArrayId array);
/// The expression with axes `from` called `to`.
ir::ExprId renamed(ir::Graph& graph, ir::ExprId root, const std::vector<ir::Axis>& from,
                   const std::vector<ir::Axis>& to);
/// ∂root/∂array[axes], an expression over `axes`, which are temporaries.
ir::ExprId gradient(ir::Function& function, ir::ExprId root, ir::ArrayId array,
                    const std::vector<ir::Axis>& axes);
/// Asserts what the driver has diagnosed before.
void check_differentiable(const ir::Function& function, ir::ArrayId array);

}  // namespace lossc::autodiff
