// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Simultaneous, capture-avoiding substitution of expressions for free axes. A node is visited once
// per environment (what its axes are mapped to, restricted to the axes it has), with a stack of our
// own. Entering a reduction, the new name of its axis is read off the free axes that the result
// will have, so that the constructor has nothing left to rename: nested reductions stay linear.
#include <algorithm>
#include <map>

#include "compiler/ir/graph.h"
#include "compiler/support/assert.h"

namespace lossc::ir {

class Substituter {
 public:
  explicit Substituter(Graph& graph) : g_(graph) {}

  ExprId run(ExprId root, const Graph::Substitution& map) {
    const std::uint32_t outermost = environment(map);
    stack_.push_back({outermost, root});
    while (!stack_.empty()) {
      const Frame frame = stack_.back();
      if (known(frame.environment, frame.node) || build(frame)) stack_.pop_back();
    }
    return *known(outermost, root);
  }

 private:
  struct Frame {
    std::uint32_t environment;
    ExprId node;
  };

  static std::uint64_t key(std::uint32_t environment, ExprId node) {
    return std::uint64_t{environment} << 32 | node.index;
  }

  std::uint32_t environment(const Graph::Substitution& map) {
    const auto [it, fresh] =
        environment_ids_.emplace(map, static_cast<std::uint32_t>(environments_.size()));
    if (fresh) environments_.push_back(&it->first);
    return it->second;
  }

  std::optional<ExprId> known(std::uint32_t environment, ExprId node) const {
    const Graph::Substitution& map = *environments_[environment];
    const bool touched = std::any_of(map.begin(), map.end(), [this, node](const auto& entry) {
      return g_.is_free(node, entry.first);
    });
    if (!touched) return node;
    if (g_.op(node) == Op::index) return image(map, g_.axis(node));
    const auto it = memo_.find(key(environment, node));
    if (it == memo_.end()) return std::nullopt;
    return it->second;
  }

  static std::optional<ExprId> image(const Graph::Substitution& map, Axis axis) {
    const auto it = std::lower_bound(map.begin(), map.end(), axis,
                                     [](const auto& entry, Axis a) { return entry.first < a; });
    if (it == map.end() || it->first != axis) return std::nullopt;
    return it->second;
  }

  /// Builds the node if its operands are known, else pushes them.
  bool build(const Frame& frame) {
    std::uint32_t inside = frame.environment;
    if (g_.op(frame.node) == Op::reduce) inside = inner_environment(frame);
    const auto operands = g_.operands(frame.node);
    std::vector<ExprId> images;
    images.reserve(operands.size());
    bool complete = true;
    for (ExprId operand : operands) {
      if (const auto found = known(inside, operand)) {
        images.push_back(*found);
      } else {
        stack_.push_back({inside, operand});
        complete = false;
      }
    }
    if (!complete) return false;
    const ExprId result =
        g_.op(frame.node) == Op::reduce
            ? g_.reduce(g_.reduce_op(frame.node),
                        bound_names_.at(key(frame.environment, frame.node)), images[0])
            : g_.rebuilt(frame.node, images);
    memo_.emplace(key(frame.environment, frame.node), result);
    if (!g_.origins_.empty()) g_.set_origin(result, g_.origin(frame.node));
    return true;
  }

  /// The environment of a reduction's body, with the new name of its axis.
  std::uint32_t inner_environment(const Frame& frame) {
    const auto place = key(frame.environment, frame.node);
    if (const auto it = inner_.find(place); it != inner_.end()) return it->second;
    const Graph::Substitution& map = *environments_[frame.environment];
    const Axis bound = g_.axis(frame.node);
    Graph::Substitution within;
    AxisSet taken;
    for (Axis axis : g_.free_axes(frame.node)) {
      const auto to = image(map, axis);
      if (to) within.emplace_back(axis, *to);
      if (!to) {
        taken.push_back(axis);
      } else {
        const AxisSet& axes = g_.free_axes(*to);
        taken.insert(taken.end(), axes.begin(), axes.end());
      }
    }
    Axis name{bound.size, 0};
    while (std::find(taken.begin(), taken.end(), name) != taken.end()) ++name.number;
    if (name != bound) within.emplace_back(bound, g_.index(name));
    std::sort(within.begin(), within.end());
    bound_names_.emplace(place, name);
    const std::uint32_t result = environment(within);
    inner_.emplace(place, result);
    return result;
  }

  Graph& g_;
  std::map<Graph::Substitution, std::uint32_t> environment_ids_;
  std::vector<const Graph::Substitution*> environments_;
  std::unordered_map<std::uint64_t, ExprId> memo_;
  std::unordered_map<std::uint64_t, std::uint32_t> inner_;
  std::unordered_map<std::uint64_t, Axis> bound_names_;
  std::vector<Frame> stack_;
};

ExprId Graph::substitute(ExprId root, const Substitution& map) {
  LOSSC_ASSERT(std::is_sorted(map.begin(), map.end()), "a substitution is sorted by axis");
  Substitution proper;
  for (const auto& [axis, to] : map) {
    if (op(to) == Op::index && this->axis(to) == axis) continue;
    if (is_free(root, axis)) proper.emplace_back(axis, to);
  }
  if (proper.empty()) return root;
  return Substituter(*this).run(root, proper);
}

}  // namespace lossc::ir
