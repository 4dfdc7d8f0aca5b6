// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmax in the IR is weight(x, R) with R = lse over an axis of x. What the passes that treat it
// as one function ask of it.
#pragma once

#include <optional>

#include "compiler/ir/function.h"

namespace lossc::ir {

/// The axis of node = weight(x, R) along which it is a whole softmax; none for other nodes, and
/// for softmax at one position.
std::optional<Axis> softmax_axis(Graph& graph, ExprId node);

/// The element of x at a position along the axis of R = lse(x).
ExprId logit_at(Graph& graph, ExprId reduced, ExprId position);

/// The position of the largest logit of R = lse(x).
ExprId largest_position(Graph& graph, ExprId reduced);

/// Whether x may be −∞, the logit of a class that is left out: given so, or by a mask.
bool may_be_absent(const Function& function, ExprId x);

/// Whether any class is left: R ≠ −∞; no condition where that is known.
std::optional<ExprId> any_class(Function& function, ExprId reduced);

}  // namespace lossc::ir
