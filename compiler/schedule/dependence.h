// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a node varies with: its free axes, and the batch if it reads a per-example array. A node is
// computed in the innermost enclosing loop whose axis it varies with; walking outwards finds the
// right loop also where a reduction binds anew a name that is open outside.
#pragma once

#include <span>
#include <vector>

#include "compiler/ir/function.h"

namespace lossc::schedule {

/// The implicit batch, as an axis; no expression mentions it.
inline constexpr ir::Axis batch_axis{{0xffff}, 0};

class Dependence {
 public:
  Dependence(const ir::Function& function, std::span<const ir::ExprId> roots);

  bool varies(ir::ExprId id, ir::Axis axis) const;
  bool varies_with_batch(ir::ExprId id) const { return per_example_[id.index]; }
  /// With anything at all.
  bool varies(ir::ExprId id) const;
  /// A number made of constants only: it is folded at high precision and never scheduled.
  bool literal(ir::ExprId id) const { return literal_[id.index] && !graph_.is_bool(id); }
  /// All nodes reachable from the roots, ascending.
  const std::vector<ir::ExprId>& nodes() const { return nodes_; }

 private:
  const ir::Graph& graph_;
  std::vector<ir::ExprId> nodes_;
  std::vector<bool> per_example_;
  std::vector<bool> literal_;
};

}  // namespace lossc::schedule
