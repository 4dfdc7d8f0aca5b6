// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scheduler. In a region, a reduction's level is one more than the highest level among the
// region's reductions that its body needs; reductions of one level and axis share a sweep, and what
// has sweeps inside is kept apart from what has none, so that the latter stays vectorised. Regions
// are filled from the last level to the first, because the demands of a sweep are known only when
// it is built. Recursion follows the nesting of loops, never the graph.

#include "compiler/schedule/schedule.h"

#include <algorithm>

#include "compiler/schedule/scheduler.h"

namespace lossc::schedule {

bool has_loops(const Region& region) {
  return std::ranges::any_of(region.steps, [](const Region::Step& step) {
    return step.sweep != nullptr || step.contraction != nullptr;
  });
}

void set_kind(Sweep& sweep) {
  sweep.vectorised = !has_loops(sweep.body);
  sweep.tiled = std::ranges::any_of(
      sweep.body.steps, [](const Region::Step& step) { return step.contraction != nullptr; });
}

bool Scheduler::take_changed() {
  nested_.clear();
  return keeping_.take_changed() | std::exchange(changed_, false);
}

bool Scheduler::is_open(const Place& place, Axis axis) const {
  for (const Place* p = &place; p->outer != nullptr; p = p->outer) {
    if (p->axis == axis) return true;
  }
  return false;
}

// Whether, seen from this place, the node is computed here and not further out.
bool Scheduler::at_home(const Place& place, ExprId id) const {
  return place.outer == nullptr || dependence_.varies(id, place.axis);
}

// Whether a sweep over the axis that computes this body must loop inside.
bool Scheduler::nested(ExprId root, Axis axis) {
  auto [known, inserted] = nested_.try_emplace({root, axis}, false);
  if (!inserted) return known->second;
  std::set<ExprId> seen;
  std::vector<ExprId> pending{root};
  while (!pending.empty()) {
    ExprId id = pending.back();
    pending.pop_back();
    if (!dependence_.varies(id, axis) || !seen.insert(id).second) continue;
    if (keeping_.kept(id, axis)) continue;
    if (graph_.op(id) == ir::Op::reduce) return known->second = true;
    for (ExprId operand : graph_.operands(id)) pending.push_back(operand);
  }
  return false;
}

int Scheduler::own_levels(ExprId reduction) {
  bool two_sweeps = graph_.reduce_op(reduction) == ir::ReduceOp::lse &&
                    !nested(body(reduction), graph_.axis(reduction));
  return two_sweeps ? 2 : 1;
}

// By name only: where a reduction inside shadows an open axis this may count one level too many,
// which costs a sweep and is never wrong.
std::vector<int> Scheduler::levels(const Place& place, const Demand& demand) {
  std::vector<ExprId> roots = demand.nodes;
  for (const Store& store : demand.stores) roots.push_back(function_.outputs[store.output].root);
  for (const Table& table : demand.tables) roots.push_back(table.node);
  roots.insert(roots.end(), demand.computed.begin(), demand.computed.end());
  if (demand.first.valid()) roots.push_back(demand.first);
  std::vector<int> levels(graph_.size(), 0);
  for (ExprId id : graph_.reachable(roots)) {
    int level = 0;
    const bool computed = std::ranges::find(demand.computed, id) != demand.computed.end();
    if (!computed && place.outer != nullptr && keeping_.kept(id, place.axis) &&
        all_open(place, id) && !fills_table(place, id)) {
      continue;  // read from its table
    }
    for (ExprId operand : graph_.operands(id)) level = std::max(level, levels[operand.index]);
    if (fills_table(place, id)) {
      level += 1;
    } else if (graph_.op(id) == ir::Op::reduce && at_home(place, id) &&
               (place.outer == nullptr ? !dependence_.varies(id) : all_open(place, id))) {
      level += own_levels(id);
    }
    levels[id.index] = level;
  }
  return levels;
}

/// The state of filling one region.
class Scheduler::Filling {
 public:
  Filling(Scheduler& scheduler, const Place& place, const Demand& demand, Outward& outward)
      : scheduler_(scheduler),
        place_(place),
        outward_(outward),
        levels_(scheduler.levels(place, demand)) {
    for (ExprId id : demand.computed) {
      if (seen_.insert(id).second) pending_[levels_[id.index]].insert(id);
    }
    for (const Table& table : demand.tables) add_table(table);
    for (ExprId id : demand.nodes) need(id);
    if (demand.first.valid()) need(demand.first);
    int before = demand.first.valid() ? levels_[demand.first.index] : 0;
    for (const Store& store : demand.stores) add_store(store, before);
  }

  Region filled() {
    std::map<int, std::vector<Region::Step>> sweeps;
    std::map<int, std::vector<ExprId>> nodes;
    while (!pending_.empty() || !groups_.empty()) {
      int level = std::max(pending_.empty() ? 0 : pending_.rbegin()->first,
                           groups_.empty() ? 0 : std::get<0>(groups_.rbegin()->first));
      while (!pending_.empty() && pending_.rbegin()->first == level) take_node(level, nodes[level]);
      while (!groups_.empty() && std::get<0>(groups_.rbegin()->first) == level) {
        auto [key, group] = *groups_.rbegin();
        groups_.erase(std::prev(groups_.end()));
        const Axis axis = std::get<1>(key);
        std::erase_if(group.tables, [&, level = level](const Sweep::Filled& filled) {
          Outward demanded;
          auto product = scheduler_.contraction(place_, filled.table, demanded);
          if (product == nullptr) return false;
          need_all(demanded);
          sweeps[level].push_back({ExprId{}, nullptr, false, std::move(product)});
          return true;
        });
        if (group.folds.empty() && group.stores.empty() && group.tables.empty()) continue;
        Outward demanded;
        auto sweep = scheduler_.sweep(place_, axis, level, group, demanded);
        need_all(demanded);
        sweeps[level].push_back({ExprId{}, std::move(sweep), false, nullptr});
      }
    }
    return assembled(sweeps, nodes);
  }

 private:
  void need(ExprId id) {
    if (scheduler_.dependence_.literal(id)) return;
    if (!scheduler_.at_home(place_, id)) {
      outward_.nodes.insert(id);
    } else if (seen_.insert(id).second) {
      if (scheduler_.reads_table(place_, id)) {
        reads_.push_back(id);
        outward_.tables.insert({id, place_.axis});
      } else {
        pending_[levels_[id.index]].insert(id);
      }
    }
  }

  void need_all(const Outward& demanded) {
    for (ExprId id : demanded.nodes) need(id);
    for (const Table& table : demanded.tables) need_table(table);
  }

  void need_table(const Table& table) {
    if (scheduler_.is_table_home(place_, table.node, table.axis)) {
      add_table(table);
    } else {
      outward_.tables.insert(table);
    }
  }

  void add_table(const Table& table) {
    if (!tables_.insert(table).second) return;
    // Levels are of one region: twins are looked for only in the example's, of which there is one.
    const bool of_example = place_.outer != nullptr && place_.axis == batch_axis;
    const auto shared = scheduler_.shared_.find(table);
    const bool is_shared = of_example && shared != scheduler_.shared_.end();
    const int level = is_shared ? shared->second : levels_[table.node.index];
    const bool alone = is_shared || !of_example;
    const Table twin = alone ? table : scheduler_.twin(table, level, levels_);
    const bool nested = scheduler_.nested_inside(twin.node, twin.axis);
    groups_[{level, twin.axis, nested}].tables.push_back({twin.node, table});
  }

  void add_store(const Store& store, int before) {
    const ir::Output& output = scheduler_.function_.outputs[store.output];
    Axis axis = scheduler_.order(output)[store.opened];
    bool nested = store.opened + 1 < output.axes.size() || scheduler_.nested(output.root, axis);
    int level = 1 + std::max(before, levels_[output.root.index]);
    groups_[{level, axis, nested}].stores.push_back(store);
  }

  void take_node(int level, std::vector<ExprId>& nodes) {
    auto& ids = pending_.rbegin()->second;
    ExprId id = *ids.rbegin();
    ids.erase(id);
    if (ids.empty()) pending_.erase(level);
    const ir::Graph& graph = scheduler_.graph_;
    if (graph.op(id) != ir::Op::reduce) {
      nodes.push_back(id);
      for (ExprId operand : graph.operands(id)) need(operand);
      return;
    }
    Axis axis = graph.axis(id);
    bool nested = scheduler_.nested(scheduler_.body(id), axis);
    bool lse = graph.reduce_op(id) == ir::ReduceOp::lse;
    Part part = !lse ? Part::whole : nested ? Part::online : Part::exponentials;
    groups_[{level, axis, nested}].folds.push_back({id, part});
    if (part == Part::exponentials) {
      groups_[{level - 1, axis, nested}].folds.push_back({id, Part::maximum});
    }
  }

  Region assembled(std::map<int, std::vector<Region::Step>>& sweeps,
                   std::map<int, std::vector<ExprId>>& nodes) {
    Region region;
    std::ranges::sort(reads_);
    for (ExprId id : reads_) region.steps.push_back({id, nullptr, true, nullptr});
    int last = std::max(sweeps.empty() ? 0 : sweeps.rbegin()->first,
                        nodes.empty() ? 0 : nodes.rbegin()->first);
    for (int level = 0; level <= last; ++level) {
      // Groups were taken from the last to the first.
      auto& loops = sweeps[level];
      for (auto loop = loops.rbegin(); loop != loops.rend(); ++loop) {
        region.steps.push_back(std::move(*loop));
      }
      std::ranges::sort(nodes[level]);
      for (ExprId id : nodes[level]) region.steps.push_back({id, nullptr, false, nullptr});
    }
    return region;
  }

  Scheduler& scheduler_;
  const Place& place_;
  Outward& outward_;
  std::vector<int> levels_;
  std::map<int, std::set<ExprId>> pending_;
  std::map<GroupKey, Group> groups_;
  std::set<ExprId> seen_;
  std::vector<ExprId> reads_;
  std::set<Table> tables_;
};

Region Scheduler::region(const Place& place, const Demand& demand, Outward& outward) {
  return Filling(*this, place, demand, outward).filled();
}

std::unique_ptr<Sweep> Scheduler::sweep(const Place& place, Axis axis, int level,
                                        const Group& group, Outward& outward) {
  auto sweep = std::make_unique<Sweep>();
  sweep->axis = axis;
  sweep->folds = group.folds;
  std::ranges::sort(sweep->folds, {}, &Fold::node);
  sweep->tables = group.tables;
  std::ranges::sort(sweep->tables);
  Demand demand;
  for (const Sweep::Filled& filled : sweep->tables) demand.computed.push_back(filled.node);
  for (const Fold& fold : sweep->folds) demand.nodes.push_back(body(fold.node));
  for (Store store : group.stores) {
    const ir::Output& output = function_.outputs[store.output];
    if (++store.opened == output.axes.size()) {
      sweep->stores.push_back(store.output);
      demand.nodes.push_back(output.root);
    } else {
      demand.stores.push_back(store);
    }
  }
  Place inside{&place, axis, level};
  sweep->body = region(inside, demand, outward);
  set_kind(*sweep);
  return sweep;
}

namespace {

void add_table(const Table& table, bool tiled, Schedule& schedule) {
  auto known = std::ranges::find(schedule.tables, table, &Schedule::Kept::table);
  if (known == schedule.tables.end()) {
    schedule.tables.push_back({table, tiled});
  } else {
    known->tiled = known->tiled || tiled;
  }
}

/// `depth`: how many loops in tiles the region is in; `tiled`: whether the last loop around is one.
void collect_tables(const Region& region, bool tiled, int depth, Schedule& schedule) {
  const auto collect = [&](const Sweep& sweep) {
    collect_tables(sweep.body, sweep.tiled, depth + (sweep.tiled ? 1 : 0), schedule);
    for (const Sweep::Filled& filled : sweep.tables) add_table(filled.table, tiled, schedule);
  };
  for (const Region::Step& step : region.steps) {
    if (step.sweep != nullptr) collect(*step.sweep);
    if (step.contraction == nullptr) continue;
    collect(*step.contraction->left);
    collect(*step.contraction->plain);
    const Schedule::Left left{step.contraction->left->axis.size, depth};
    if (std::ranges::find(schedule.left, left) == schedule.left.end()) {
      schedule.left.push_back(left);
    }
  }
}

Schedule attempt(Scheduler& scheduler, const ir::Function& function,
                 std::span<const std::size_t> outputs) {
  Scheduler::Demand demand;
  auto batch = std::make_unique<Sweep>();
  batch->axis = batch_axis;
  for (std::size_t position : outputs) {
    const ir::Output& output = function.outputs[position];
    if (output.kind == ir::OutputKind::weight) demand.first = output.root;
    if (output.axes.empty()) {
      batch->stores.push_back(position);
      demand.nodes.push_back(output.root);
    } else {
      demand.stores.push_back({position, 0});
    }
  }
  Place call;
  Place example{&call, batch_axis};
  Outward outward;
  batch->body = scheduler.region(example, demand, outward);
  set_kind(*batch);

  Scheduler::Demand shared;
  shared.nodes.assign(outward.nodes.begin(), outward.nodes.end());
  shared.tables = outward.tables;
  Outward nothing;
  Schedule schedule{scheduler.region(call, shared, nothing), {}, {}};
  schedule.call.steps.push_back({ExprId{}, std::move(batch), false, nullptr});
  collect_tables(schedule.call, false, 0, schedule);
  return schedule;
}

}  // namespace

Schedule scheduled(const ir::Function& function, std::span<const std::size_t> outputs) {
  std::vector<ExprId> roots;
  for (std::size_t position : outputs) roots.push_back(function.outputs[position].root);
  Scheduler scheduler(function, roots);
  while (true) {
    Schedule schedule = attempt(scheduler, function, outputs);
    if (!scheduler.take_changed()) return schedule;
  }
}

std::vector<std::size_t> kernel_outputs(const ir::Function& function) {
  std::vector<std::size_t> outputs;
  for (std::size_t position = 0; position < function.outputs.size(); ++position) {
    if (function.outputs[position].kind != ir::OutputKind::divisor &&
        function.outputs[position].kind != ir::OutputKind::given_gradient &&
        function.outputs[position].kind != ir::OutputKind::given_hessian) {
      outputs.push_back(position);
    }
  }
  return outputs;
}

Schedule scheduled(const ir::Function& function) {
  return scheduled(function, kernel_outputs(function));
}

}  // namespace lossc::schedule
