// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions are what is dear; which of them pair the rows of two arrays.

#include "compiler/schedule/keeping.h"

namespace lossc::schedule {

bool Keeping::pairwise(ir::ExprId reduction, ir::Axis row, ir::Axis axis) {
  auto [known, inserted] = pairwise_.try_emplace({reduction, row, axis}, false);
  if (!inserted) return known->second;
  const ir::ExprId roots[] = {reduction};
  bool of_row = false, of_axis = false;
  for (ir::ExprId id : graph_.reachable(roots)) {
    if (graph_.op(id) != ir::Op::load) continue;
    const bool with_row = dependence_.varies(id, row), with_axis = dependence_.varies(id, axis);
    of_row = of_row || (with_row && !with_axis);
    of_axis = of_axis || (with_axis && !with_row);
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
