// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The single rewrites that simplified() applies to every node, bottom up. Each returns the node
// itself where it has nothing to do, never costs more than what it replaces, and holds for every
// value that the function's domains allow.
#pragma once

#include "compiler/analysis/ranges.h"
#include "compiler/ir/function.h"

namespace lossc::simplify {

/// a·x + b·x → (a + b)·x, w − w² → w·(1 − w): the base shared by most terms goes in front.
ir::ExprId factored(ir::Graph& graph, ir::ExprId sum);

/// (x − y)·(y − x) → −(x − y)²: powers of one sum.
ir::ExprId without_opposites(ir::Graph& graph, ir::ExprId product);

/// The same, and of two opposite sums the same in all products.
ir::ExprId of_first_opposites(ir::Graph& graph, ir::ExprId product);

/// Terms that are cases of one condition become cases of sums: [c] a + [¬c] b → if c then a else b.
ir::ExprId gathered(ir::Graph& graph, ir::ExprId sum);

/// A comparison that ranges or the meaning of a label decide, as a truth; else the node. A label is
/// checked before a kernel runs, so it lies in 0 … K−1 or is the ignored one.
ir::ExprId decided(ir::Function& function, analysis::Ranges& ranges, ir::ExprId comparison);

/// A conjunction without the members that others imply: y ≠ ignored ∧ 0 ≤ y ∧ y < K → y ≠ ignored.
ir::ExprId reduced(ir::Function& function, ir::ExprId conjunction);

}  // namespace lossc::simplify
