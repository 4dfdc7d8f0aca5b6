// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which nodes are kept in tables, and along which axis (docs/decisions/0008-contractions.md). The
// scheduler asks while it builds; what it learns in one attempt holds for the next, until nothing
// is new. Answers depend on the graph alone, so that every attempt gets the same ones.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "compiler/schedule/schedule.h"

namespace lossc::schedule {

class Keeping {
 public:
  Keeping(const ir::Function& function, const Dependence& dependence)
      : graph_(function.graph), dependence_(dependence) {}

  bool kept(ir::ExprId id, ir::Axis axis) const { return kept_.contains({id, axis}); }
  /// Whether a node that is needed in a loop over the axis, inside a loop over `row` (none: the
  /// call), is kept. `skips`: it would be computed in another loop between the two, which it does
  /// not vary with.
  bool keep(ir::ExprId id, ir::Axis axis, std::optional<ir::Axis> row, bool skips);
  /// Whether something was kept that had not been before.
  bool take_changed() { return std::exchange(changed_, false); }
  const std::set<Table>& all() const { return kept_; }

 private:
  bool reads(ir::ExprId id) const;
  bool pairwise(ir::ExprId reduction, ir::Axis row, ir::Axis axis);

  const ir::Graph& graph_;
  const Dependence& dependence_;
  std::set<Table> kept_;
  std::map<std::tuple<ir::ExprId, ir::Axis, ir::Axis>, bool> pairwise_;
  bool changed_ = false;
};

}  // namespace lossc::schedule
