// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions are what is dear; which of them pair the rows of two arrays.

#include "compiler/schedule/keeping.h"

#include <algorithm>
#include <vector>

namespace lossc::schedule {

// Whether the node reads an array; comparisons of indices do not.
bool Keeping::reads(ir::ExprId id) const {
  const ir::ExprId roots[] = {id};
  return std::ranges::any_of(graph_.reachable(roots),
                             [&](ir::ExprId below) { return graph_.op(below) == ir::Op::load; });
}

// Seen from the outside, because a name of an axis may be bound anew further in.
bool Keeping::pairwise(ir::ExprId reduction, ir::Axis row, ir::Axis axis) {
  auto [known, inserted] = pairwise_.try_emplace({reduction, row, axis}, false);
  if (!inserted) return known->second;
  bool of_row = false, of_axis = false;
  std::set<ir::ExprId> seen;
  std::vector<ir::ExprId> pending{reduction};
  while (!pending.empty()) {
    const ir::ExprId id = pending.back();
    pending.pop_back();
    if (!seen.insert(id).second) continue;
    const bool with_row = dependence_.varies(id, row), with_axis = dependence_.varies(id, axis);
    if (with_row != with_axis && reads(id)) (with_row ? of_row : of_axis) = true;
    if (!with_row || !with_axis || graph_.op(id) == ir::Op::load) continue;
    for (ir::ExprId operand : graph_.operands(id)) pending.push_back(operand);
  }
  return known->second = of_row && of_axis;
}

bool Keeping::keep(ir::ExprId id, ir::Axis axis, std::optional<ir::Axis> row, bool skips) {
  if (kept(id, axis)) return true;
  if (graph_.op(id) != ir::Op::reduce) return false;
  if (!skips && !(row && pairwise(id, *row, axis))) return false;
  kept_.insert({id, axis});
  changed_ = true;
  return true;
}

}  // namespace lossc::schedule
