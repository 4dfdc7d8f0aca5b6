// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scheduler's state while it builds one schedule: see schedule.cpp for how regions are filled,
// scheduler_tables.cpp for what they keep. Nothing outside this layer includes it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/schedule/keeping.h"

namespace lossc::schedule {

using ir::Axis;
using ir::ExprId;

/// A loop around the region being built; the outermost place has no axis: the call itself.
struct Place {
  const Place* outer = nullptr;
  Axis axis{};
  int level = 0;  ///< of the loop among those of the region around it
};

/// An output to be stored under as many of its axes as are not yet open.
struct Store {
  std::size_t output = 0;
  std::size_t opened = 0;
};

/// What shares one sweep.
struct Group {
  std::vector<Fold> folds;
  std::vector<Store> stores;
  std::vector<Sweep::Filled> tables;
};

/// What a region needs of those around it.
struct Outward {
  std::set<ExprId> nodes;
  std::set<Table> tables;
};

bool has_loops(const Region& region);
/// Whether the sweep is vectorised, or in tiles: by its body.
void set_kind(Sweep& sweep);

using GroupKey = std::tuple<int, Axis, bool>;  // level, axis, whether it has sweeps inside

class Scheduler {
 public:
  Scheduler(const ir::Function& function, std::span<const ExprId> roots)
      : function_(function),
        graph_(function.graph),
        dependence_(function, roots),
        keeping_(function, dependence_) {}

  struct Demand {
    std::vector<ExprId> nodes;
    std::vector<Store> stores;
    ExprId first;                  ///< a node that every store needs beside its own (the weight)
    std::vector<ExprId> computed;  ///< nodes that the sweep around the region keeps in tables
    std::set<Table> tables;        ///< to be filled in this region
  };
  Region region(const Place& place, const Demand& demand, Outward& outward);
  bool take_changed();
  std::vector<Axis> order(const ir::Output& output) const;

 private:
  class Filling;

  bool is_open(const Place& place, Axis axis) const;
  bool at_home(const Place& place, ExprId id) const;
  bool nested(ExprId body, Axis axis);
  bool nested_inside(ExprId id, Axis axis);
  const Place& table_home(const Place& inside, ExprId id, Axis axis) const;
  bool is_table_home(const Place& place, ExprId id, Axis axis) const;
  bool fills_table(const Place& place, ExprId id) const;
  bool all_open(const Place& place, ExprId id, std::optional<Axis> but = {}) const;
  bool reads_table(const Place& place, ExprId id);
  Table twin(const Table& table, int level, const std::vector<int>& levels);
  int own_levels(ExprId reduction);
  std::vector<int> levels(const Place& place, const Demand& demand);
  ExprId body(ExprId reduction) const { return graph_.operands(reduction)[0]; }
  std::unique_ptr<Contraction> contraction(const Place& place, const Table& table,
                                           Outward& outward);
  std::unique_ptr<Sweep> right_sweep(const Place& around, Axis first, Axis second,
                                     const Separated& parts, Outward& outward);
  std::unique_ptr<Sweep> sweep(const Place& place, Axis axis, int level, const Group& group,
                               Outward& outward);

  const ir::Function& function_;
  const ir::Graph& graph_;
  Dependence dependence_;
  Keeping keeping_;
  std::map<std::pair<ExprId, Axis>, bool> nested_;
  /// Twins: in a table because another name of theirs is, from this level of the region on. Loops
  /// further on read it; those of its own level compute it.
  std::map<Table, int> shared_;
  bool changed_ = false;
};

}  // namespace lossc::schedule
