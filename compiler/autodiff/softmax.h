// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The derivative through a whole softmax, w = softmax(z): of Σ g dw it is w (g − Σ_k w_k g_k).
// Written so, every digit goes when one class is certain: g and the mean of g are then nearly
// equal. Relative to the value at the largest logit m nothing is lost, because what is small is
// small term by term:
//
//   g_i − Σ_k w_k g_k  =  [i ≠ m] (g_i − g_m) − Σ_{k ≠ m} w_k (g_k − g_m)
//
// Differentiated again, the right side keeps its form.
#pragma once

#include "compiler/ir/function.h"

namespace lossc::autodiff {

/// value − Σ over the axis of weight · value, for a whole softmax along the axis.
ir::ExprId centred(ir::Function& function, ir::ExprId weight, ir::Axis axis, ir::ExprId value);

}  // namespace lossc::autodiff
