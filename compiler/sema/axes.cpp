// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Open axes: pairing by name, the rule for a doubled axis, renaming. Temporary axes are given back
// and used again, so that the same call twice makes the same nodes.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace lossc::sema {

ir::Axis Checker::acquire(const ir::Size& size) {
  std::vector<ir::Axis>& pool = free_axes_[size];
  if (pool.empty()) return graph_.fresh_axis(function_.size_id(size));
  // The smallest, so that equal calls take equal axes whatever was given back first.
  const auto smallest = std::min_element(pool.begin(), pool.end());
  const ir::Axis axis = *smallest;
  pool.erase(smallest);
  return axis;
}

void Checker::release(ir::Axis axis) {
  free_axes_[function_.sizes[axis.size.index]].push_back(axis);
}

void Checker::release_frame(Frame& frame) {
  for (const OpenAxis& open : frame.open) {
    if (open.owned) release(open.axis);
  }
  frame.open.clear();
}

ir::Axis Checker::open_axis(const AxisName& name, int occurrence) {
  for (const OpenAxis& open : frame_->open) {
    if (open.name == name && open.occurrence == occurrence) return open.axis;
  }
  const ir::Axis axis = acquire(frame_->resolved(name.size));
  frame_->open.push_back({name, occurrence, axis, true});
  return axis;
}

AxisName Checker::name_of(ir::Axis axis) const {
  const OpenAxis* open = frame_->open_axis(axis);
  return open == nullptr ? AxisName{function_.sizes[axis.size.index], -1} : open->name;
}

bool Checker::doubled(const Value& value) const {
  for (std::size_t i = 0; i < value.axes.size(); ++i) {
    for (std::size_t j = i + 1; j < value.axes.size(); ++j) {
      if (name_of(value.axes[i]) == name_of(value.axes[j])) return true;
    }
  }
  return false;
}

bool Checker::pair(const std::vector<const Value*>& operands, const SourceRange& range,
                   Value& result) {
  std::size_t largest = 0;
  for (const Value* operand : operands) {
    if (!operand->outer) largest = std::max(largest, operand->axes.size());
    for (const ir::Axis axis : operand->axes) {
      if (std::find(result.axes.begin(), result.axes.end(), axis) == result.axes.end()) {
        result.axes.push_back(axis);
      }
    }
  }
  result.outer = result.axes.size() > largest;
  constexpr std::size_t most_axes = 8;
  if (result.axes.size() > most_axes) {
    error(Diagnostic::too_many_axes, range, {axes_text(result), std::to_string(most_axes)});
    return false;
  }
  if (!doubled(result)) return true;
  for (const Value* operand : operands) {
    if (operand->axes.empty()) continue;
    if (operand->axes.size() != result.axes.size()) {
      error(Diagnostic::doubled_axis, range, {axes_text(result)})
          .note("give the axes indices: `let r[i, j] = …`");
      return false;
    }
  }
  return true;
}

Value Checker::substituted(Value value, ir::Graph::Substitution map) {
  if (!value.ok()) return value;
  std::erase_if(map, [&](const auto& entry) { return !graph_.is_free(value.id, entry.first); });
  if (map.empty()) return value;
  std::sort(map.begin(), map.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  value.id = graph_.substitute(value.id, map);
  return value;
}

Value Checker::arranged(Value value, const std::vector<std::pair<ir::Axis, AxisName>>& order) {
  ir::Graph::Substitution map;
  std::vector<ir::Axis> axes;
  std::vector<AxisName> seen;
  for (const auto& [axis, name] : order) {
    const int occurrence = static_cast<int>(std::count(seen.begin(), seen.end(), name));
    seen.push_back(name);
    const ir::Axis target = open_axis(name, occurrence);
    axes.push_back(target);
    if (target != axis) map.emplace_back(axis, graph_.index(target));
  }
  value = substituted(std::move(value), std::move(map));
  value.axes = std::move(axes);
  return value;
}

std::string Checker::axes_text(const Value& value) const {
  std::string text;
  for (const ir::Axis axis : value.axes) {
    text += (text.empty() ? "" : ", ") + name_of(axis).text();
  }
  return text;
}

bool Checker::depends_on(ir::ExprId id,
                         const std::function<bool(const ir::Array&)>& predicate) const {
  for (const ir::ExprId node : graph_.reachable({&id, 1})) {
    if (graph_.op(node) == ir::Op::load && predicate(function_.arrays[graph_.array(node).index])) {
      return true;
    }
  }
  return false;
}

}  // namespace lossc::sema
