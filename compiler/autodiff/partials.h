// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The derivative of one node by its operands, the same for both directions: reverse mode multiplies
// it by the adjoint and sums over what the operand lacks, forward mode multiplies it by the tangent
// and sums over what the node binds. A partial may use the node's free axes and, of a reduction,
// its bound axis.
//
// Cases are guards, never factors 0 and 1: what a guard excludes has no effect, be it infinite.
#pragma once

#include <vector>

#include "compiler/ir/function.h"

namespace lossc::autodiff {

struct Partial {
  ir::ExprId operand;
  ir::ExprId factor;  ///< ∂node/∂operand where the guard holds; invalid: 1
  ir::ExprId guard;   ///< a bool; invalid: always
};

/// What a derivative by one array sees in a node. Being of one array makes a derivative independent
/// of what else is asked for.
enum class Dependence : char {
  constant,  ///< reads no array: a tie of max or min with it gives 0
  varying,   ///< reads some array
  active,    ///< its value varies with the array, smoothly almost everywhere: it gets a partial
};
using Activity = ir::NodeMap<Dependence>;

/// `nodes`: ascending ids.
Activity activity_of(const ir::Graph& graph, const std::vector<ir::ExprId>& nodes,
                     ir::ArrayId array);

inline bool is_active(const Activity& activity, ir::ExprId node) {
  return activity[node] == Dependence::active;
}

/// The partials of a node by its active operands; none for a load.
std::vector<Partial> partials(ir::Graph& graph, ir::ExprId node, const Activity& activity);

/// guard · factor · value.
ir::ExprId applied(ir::Graph& graph, const Partial& partial, ir::ExprId value);

/// Σ over `axis` of `body`, in which the axis may have any name.
ir::ExprId summed(ir::Graph& graph, ir::Axis axis, ir::ExprId body);

}  // namespace lossc::autodiff
