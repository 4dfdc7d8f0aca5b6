// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Derivatives that a called loss gives of itself by `grad` and `hess` clauses. A call is
// substitution, so they must survive inside the caller's formula until it is differentiated. With x
// the argument, L the called loss, g and h what its clauses say, the checker writes
//
//   grad:  L(hold_first(x)) + Σ pull_first(x, g)      hess:  L(hold_second(x)) + Σ pull_second(x,
//   h)
//
// (both: hold_second(hold_first(x)), and both sums). A hold is x that does not move in that
// differentiation; a pull is 0 and moves by x as the clause says. So the chain rule of the caller,
// first or second, forward or reverse, needs to know nothing of calls. Once a differentiation is
// done its holds are x and its pulls 0 (`past_first`, `past_second`): second derivatives are those
// of the gradient that was made, an expression like any other.
//
// Invariant: no row of group "given" reaches the schedule.
#pragma once

#include "compiler/ir/function.h"

namespace lossc::autodiff {

/// What is left of them when the gradients are made: what `hess` clauses give, where a Hessian
/// diagonal is to follow. A Hessian product is of the gradients alone.
ir::Function past_first(const ir::Function& function, bool diagonals_follow);
/// Nothing: every hold is its x, every pull 0.
ir::Function past_second(const ir::Function& function);

/// Why the `hess` clauses of called losses do not hold in the Hessian diagonal by this array: the
/// clause is h by the argument, and that is h by the array only where the argument is an element of
/// it, and the caller is affine in the call. Gauss and Newton's is of the formula alone. Null: they
/// hold, or there are none.
const char* misplaced_curvature(const ir::Function& function, ir::ArrayId array, bool gauss_newton);

}  // namespace lossc::autodiff
