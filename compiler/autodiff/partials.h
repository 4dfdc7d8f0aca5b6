// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The derivative of one node by its operands, the same for both directions: reverse mode multiplies
// it by the adjoint and sums over what the operand lacks, forward mode multiplies it by the tangent
// and sums over what the node binds. A partial may use the node's free axes and, of a reduction, its
// bound axis.
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

/// What depends on the arrays of interest in a way that has a derivative: only such operands get
/// partials.
using Activity = ir::NodeMap<char>;

/// The nodes through which a derivative by one of `arrays` may flow to the roots.
Activity active_nodes(const ir::Function& function, const std::vector<ir::ExprId>& nodes,
                      const std::vector<bool>& arrays);

/// Whether an operand's value (and not just a position, a condition or a constant) enters the node.
bool differentiable(const ir::Graph& graph, ir::ExprId node, std::size_t operand);

/// The partials of a node by its active operands; none for a load.
std::vector<Partial> partials(ir::Graph& graph, ir::ExprId node, const Activity& active,
                              const Activity& varying);

/// guard · factor · value.
ir::ExprId applied(ir::Graph& graph, const Partial& partial, ir::ExprId value);

/// Σ over `axis` of `body`, in which the axis may have any name.
ir::ExprId summed(ir::Graph& graph, ir::Axis axis, ir::ExprId body);

}  // namespace lossc::autodiff
