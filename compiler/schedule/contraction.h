// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of matrices in the graph: a sum over r whose term is L·Q, L without the axis x of the
// sum's table and Q without the axis of the row. What a term is made of is told here; nodes for L
// and Q do not exist, because products are flat.
#pragma once

#include <optional>
#include <vector>

#include "compiler/schedule/dependence.h"

namespace lossc::schedule {

/// The term is [all conditions] coefficient · Π left · Π right; positions are those of the operands
/// of `product`.
struct Separated {
  ir::ExprId product;
  std::vector<ir::ExprId> conditions;  ///< do not vary with x
  std::vector<std::size_t> left;
  std::vector<std::size_t> right;
  /// Elements of Q lie side by side along r rather than along x.
  bool along_reduced = false;
};

std::optional<Separated> separated(const ir::Graph& graph, const Dependence& dependence,
                                   ir::ExprId reduction, ir::Axis row, ir::Axis axis);

}  // namespace lossc::schedule
