// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scheduler's tables and contractions: where a table is filled, who reads it, and what a
// product of matrices needs.

#include <algorithm>

#include "compiler/schedule/scheduler.h"

namespace lossc::schedule {

// The same of what the sweep itself keeps in a table.
bool Scheduler::nested_inside(ExprId id, Axis axis) {
  return graph_.op(id) == ir::Op::reduce ||
         std::ranges::any_of(graph_.operands(id), [&](ExprId x) { return nested(x, axis); });
}

// Whether a table along the axis, needed further in, is filled in this place's region and not
// further out. An open axis of the same name is another one.
bool Scheduler::is_table_home(const Place& place, ExprId id, Axis axis) const {
  return place.outer == nullptr || (place.axis != axis && dependence_.varies(id, place.axis));
}

const Place& Scheduler::table_home(const Place& inside, ExprId id, Axis axis) const {
  const Place* place = inside.outer;
  while (!is_table_home(*place, id, axis)) place = place->outer;
  return *place;
}

bool Scheduler::all_open(const Place& place, ExprId id, std::optional<Axis> but) const {
  return std::ranges::all_of(graph_.free_axes(id),
                             [&](Axis axis) { return axis == but || is_open(place, axis); });
}

bool Scheduler::fills_table(const Place& place, ExprId id) const {
  return std::ranges::any_of(graph_.free_axes(id), [&](Axis axis) {
    return keeping_.kept(id, axis) && is_table_home(place, id, axis) && all_open(place, id, axis) &&
           (place.outer != nullptr || !dependence_.varies(id, batch_axis));
  });
}

// Whether the node, computed in this place's loop, is rather read from a table along it.
bool Scheduler::reads_table(const Place& place, ExprId id) {
  if (place.outer == nullptr || place.axis == batch_axis || !dependence_.varies(id, place.axis)) {
    return false;
  }
  const Place& home = table_home(place, id, place.axis);
  const auto shared = shared_.find({id, place.axis});
  if (shared != shared_.end() && home.axis == batch_axis && &home == place.outer &&
      place.level > shared->second)
    return true;
  const auto row = home.outer == nullptr ? std::nullopt : std::optional(home.axis);
  return keeping_.keep(id, place.axis, row, &home != place.outer);
}

// The same numbers under another name of the axis, if they are computed under that name as well:
// one loop then serves both.
Table Scheduler::twin(const Table& table, int level, const std::vector<int>& levels) {
  ir::Graph renamed = graph_;
  constexpr std::uint16_t most_names = 4;
  for (std::uint16_t number = 0; number < most_names; ++number) {
    const Axis other{table.axis.size, number};
    if (other == table.axis || graph_.is_free(table.node, other)) continue;
    const ExprId node = renamed.substitute(table.node, {{table.axis, renamed.index(other)}});
    if (!std::ranges::binary_search(dependence_.nodes(), node)) continue;
    const auto too_late = [&](ExprId operand) { return levels[operand.index] >= level; };
    if (std::ranges::any_of(graph_.operands(node), too_late)) continue;
    if (keeping_.kept(node, other)) return {node, other};
    auto [known, inserted] = shared_.try_emplace({node, other}, level);
    changed_ = changed_ || inserted || known->second < level;
    known->second = std::max(known->second, level);
    return {node, other};
  }
  return table;
}

// Axes in the order in which they are opened: first those which pairwise reductions vary with, so
// that a row of pairs serves a whole row of the output.
std::vector<Axis> Scheduler::order(const ir::Output& output) const {
  std::vector<Axis> axes = output.axes;
  if (axes.size() < 2) return axes;
  std::map<Axis, int> pairs;
  const ExprId roots[] = {output.root};
  for (ExprId id : graph_.reachable(roots)) {
    const ir::AxisSet& free = graph_.free_axes(id);
    const bool inner = std::ranges::any_of(
        free, [&](Axis axis) { return std::ranges::find(axes, axis) == axes.end(); });
    if (graph_.op(id) != ir::Op::reduce || free.size() < 2 || !inner) continue;
    for (Axis axis : free) ++pairs[axis];
  }
  std::ranges::stable_sort(axes, [&](Axis a, Axis b) { return pairs[a] > pairs[b]; });
  return axes;
}

// Q: a loop over the first axis around one over the second, outside the loop over the rows.
std::unique_ptr<Sweep> Scheduler::right_sweep(const Place& around, Axis first, Axis second,
                                              const Separated& parts, Outward& outward) {
  auto outer = std::make_unique<Sweep>();
  auto inner = std::make_unique<Sweep>();
  outer->axis = first;
  inner->axis = second;
  Place outside{&around, first};
  Place inside{&outside, second};
  Demand innermost;
  for (std::size_t i : parts.right) innermost.nodes.push_back(graph_.operands(parts.product)[i]);
  Outward between;
  inner->body = region(inside, innermost, between);
  Demand demand;
  demand.nodes.assign(between.nodes.begin(), between.nodes.end());
  for (const Table& table : between.tables) {
    const bool here = is_table_home(outside, table.node, table.axis);
    (here ? demand.tables : outward.tables).insert(table);
  }
  outer->body = region(outside, demand, outward);
  set_kind(*inner);
  if (!inner->vectorised || has_loops(outer->body)) return nullptr;
  outer->body.steps.push_back({ExprId{}, std::move(inner), false, nullptr});
  return outer;
}

std::unique_ptr<Contraction> Scheduler::contraction(const Place& place, const Table& table,
                                                    Outward& outward) {
  if (place.outer == nullptr) return nullptr;
  auto parts = separated(graph_, dependence_, table.node, place.axis, table.axis);
  if (!parts) return nullptr;
  auto result = std::make_unique<Contraction>();
  result->table = table;
  const Axis reduced = graph_.axis(table.node);
  Outward needed;
  result->right = right_sweep(*place.outer, parts->along_reduced ? table.axis : reduced,
                              parts->along_reduced ? reduced : table.axis, *parts, needed);
  if (result->right == nullptr) return nullptr;
  result->left = std::make_unique<Sweep>();
  result->left->axis = reduced;
  Demand demand;
  demand.nodes = parts->conditions;
  for (std::size_t i : parts->left) demand.nodes.push_back(graph_.operands(parts->product)[i]);
  Place inside{&place, reduced};
  result->left->body = region(inside, demand, needed);
  set_kind(*result->left);
  Group group;
  group.tables.push_back({table.node, table});
  result->plain = sweep(place, table.axis, 0, group, needed);
  result->parts = std::move(*parts);
  outward.nodes.merge(needed.nodes);
  outward.tables.merge(needed.tables);
  return result;
}

}  // namespace lossc::schedule
