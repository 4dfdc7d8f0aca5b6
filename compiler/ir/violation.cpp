// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The verifier: what every pass may rely on, checked between passes in tests and on every text that
// is read. It looks only at what is reachable from the function's roots.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/text_words.h"

namespace lossc::ir {

namespace {

using Found = std::optional<std::string>;

class Verifier {
 public:
  explicit Verifier(const Function& function) : f_(function), g_(function.graph) {}

  Found first() const {
    if (auto found = signature()) return found;
    const auto roots = f_.roots();
    for (ExprId root : roots) {
      if (!root.valid() || root.index >= g_.size()) return "a root is not a node of the graph";
    }
    for (ExprId id : g_.reachable(roots)) {
      if (auto found = node(id)) {
        return "node " + std::to_string(id.index) + " (" +
               std::string(op_words[static_cast<std::size_t>(g_.op(id))]) + "): " + *found;
      }
    }
    for (const Output& output : f_.outputs) {
      if (auto found = this->output(output)) {
        return std::string(output_words[static_cast<std::size_t>(output.kind)]) + ": " + *found;
      }
    }
    for (const Requirement& requirement : f_.requirements) {
      if (!g_.is_bool(requirement.condition)) return "a requirement is not a condition";
      if (!g_.free_axes(requirement.condition).empty()) return "a requirement has free axes";
    }
    return std::nullopt;
  }

 private:
  bool known(SizeId size) const { return size.index < f_.sizes.size(); }
  bool known(ArrayId array) const { return array.index < f_.arrays.size(); }

  Found signature() const {
    for (const Array& array : f_.arrays) {
      const bool shaped = std::all_of(array.shape.begin(), array.shape.end(),
                                      [this](SizeId size) { return known(size); });
      if (!shaped || (array.domain == Domain::class_ && !known(array.classes))) {
        return "array " + array.name + " has a size that the function does not have";
      }
    }
    return std::nullopt;
  }

  Found node(ExprId id) const {
    const auto operands = g_.operands(id);
    for (ExprId operand : operands) {
      if (operand >= id) return "an operand does not come before its user";
    }
    if (auto found = arity(id, operands.size())) return found;
    if (auto found = sorts(id, operands)) return found;
    for (Axis axis : g_.free_axes(id)) {
      if (axis.temporary()) return "a temporary axis survives";
    }
    if (auto found = attributes(id)) return found;
    return axes(id, operands);
  }

  Found arity(ExprId id, std::size_t count) const {
    std::size_t least = 0;
    std::size_t most = 0;
    switch (g_.op(id)) {
      case Op::add:
      case Op::mul:
        most = count;
        break;
      case Op::load:
        least = most = known(g_.array(id)) ? f_.arrays[g_.array(id).index].shape.size() : count;
        break;
      case Op::call:
        least = most = static_cast<std::size_t>(info(g_.builtin(id)).arity);
        break;
      case Op::compare:
      case Op::weight:
        least = most = 2;
        break;
      case Op::conjunction:
      case Op::disjunction:
        least = 2, most = count;
        break;
      case Op::negation:
      case Op::reduce:
        least = most = 1;
        break;
      case Op::select:
        least = most = 3;
        break;
      default:
        break;
    }
    if (count < least || count > std::max(least, most)) {
      return "it has " + std::to_string(count) + " operands";
    }
    return std::nullopt;
  }

  Found sorts(ExprId id, std::span<const ExprId> operands) const {
    bool bools = false;
    switch (g_.op(id)) {
      case Op::conjunction:
      case Op::disjunction:
      case Op::negation:
        bools = true;
        break;
      case Op::reduce:
        bools = g_.is_bool(id);
        break;
      case Op::select:
        if (!g_.is_bool(operands[0])) return "its condition is a number";
        if (g_.is_bool(operands[1]) != g_.is_bool(operands[2]))
          return "its branches differ in sort";
        return std::nullopt;
      default:
        break;
    }
    for (ExprId operand : operands) {
      if (g_.is_bool(operand) != bools) {
        return bools ? "an operand is a number" : "an operand is a condition";
      }
    }
    return std::nullopt;
  }

  Found attributes(ExprId id) const {
    switch (g_.op(id)) {
      case Op::size:
        if (!known(g_.size_of(id))) return "its size is unknown";
        break;
      case Op::index:
        if (!known(g_.axis(id).size)) return "its size is unknown";
        break;
      case Op::load:
        if (!known(g_.array(id))) return "its array is unknown";
        break;
      case Op::call:
        if (info(g_.builtin(id)).composed) return "its builtin is composed of others";
        break;
      case Op::reduce: {
        const Axis bound = g_.axis(id);
        if (!known(bound.size)) return "its size is unknown";
        Axis smallest{bound.size, 0};
        while (g_.is_free(id, smallest)) ++smallest.number;
        if (bound != smallest) return "its axis does not have its canonical name";
        break;
      }
      default:
        break;
    }
    return std::nullopt;
  }

  Found axes(ExprId id, std::span<const ExprId> operands) const {
    AxisSet expected;
    if (g_.op(id) == Op::index) expected.push_back(g_.axis(id));
    for (ExprId operand : operands) {
      const AxisSet& more = g_.free_axes(operand);
      expected.insert(expected.end(), more.begin(), more.end());
    }
    std::sort(expected.begin(), expected.end());
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
    if (g_.op(id) == Op::reduce) std::erase(expected, g_.axis(id));
    if (expected != g_.free_axes(id)) return "its free axes are not those of its operands";
    return std::nullopt;
  }

  Found output(const Output& output) const {
    if (g_.is_bool(output.root)) return "its root is a condition";
    AxisSet allowed(output.axes);
    std::sort(allowed.begin(), allowed.end());
    for (Axis axis : g_.free_axes(output.root)) {
      if (!std::binary_search(allowed.begin(), allowed.end(), axis)) {
        return "its root has the free axis " + axis_text(f_, axis);
      }
    }
    if (!names_array(output.kind)) {
      if (!output.axes.empty()) return "it has axes";
      return std::nullopt;
    }
    if (!known(output.array)) return "its array is unknown";
    const auto& shape = f_.arrays[output.array.index].shape;
    if (output.axes.size() != shape.size()) return "its axes are not those of its array";
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const auto earlier =
          std::count(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(i), shape[i]);
      if (output.axes[i] != Axis{shape[i], static_cast<std::uint16_t>(earlier)}) {
        return "its axes are not the canonical ones of its array";
      }
    }
    return std::nullopt;
  }

  const Function& f_;
  const Graph& g_;
};

}  // namespace

std::optional<std::string> violation(const Function& function) {
  return Verifier(function).first();
}

}  // namespace lossc::ir
