// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic on small sets: sums, products with whole powers, and both branches of a select, of
// constants and of arrays with two values.
#include "compiler/sema/value_sets.h"

#include <algorithm>
#include <unordered_map>

namespace lossc::sema {

namespace {

using Set = std::vector<ir::Number>;
constexpr std::size_t most_values = 8;

bool tidy(Set& set) {
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set.size() <= most_values;
}

/// `combine` over all pairs; false if there are too many.
template <class Combine>
bool cross(Set& left, const Set& right, Combine combine) {
  Set result;
  for (const ir::Number& a : left) {
    for (const ir::Number& b : right) result.push_back(combine(a, b));
  }
  left = std::move(result);
  return tidy(left);
}

std::optional<Set> of_node(const ir::Function& function, ir::ExprId id,
                           const std::unordered_map<std::uint32_t, Set>& known) {
  const ir::Graph& graph = function.graph;
  const auto operands = graph.operands(id);
  const auto set_of = [&](ir::ExprId operand) -> const Set* {
    const auto found = known.find(operand.index);
    return found == known.end() ? nullptr : &found->second;
  };
  switch (graph.op(id)) {
    case ir::Op::constant:
      return Set{graph.constant_of(id)};
    case ir::Op::load: {
      const ir::Domain domain = function.arrays[graph.array(id).index].domain;
      if (domain == ir::Domain::binary || domain == ir::Domain::bool_) return Set{0, 1};
      if (domain == ir::Domain::sign) return Set{-1, 1};
      return std::nullopt;
    }
    case ir::Op::select: {
      const Set* a = set_of(operands[1]);
      const Set* b = set_of(operands[2]);
      if (a == nullptr || b == nullptr) return std::nullopt;
      Set result = *a;
      result.insert(result.end(), b->begin(), b->end());
      return tidy(result) ? std::optional(result) : std::nullopt;
    }
    case ir::Op::add:
    case ir::Op::mul: {
      const bool sum = graph.op(id) == ir::Op::add;
      Set result{graph.constant_of(id)};
      for (std::size_t i = 0; i < operands.size(); ++i) {
        const Set* operand = set_of(operands[i]);
        if (operand == nullptr) return std::nullopt;
        const ir::Number& factor = graph.factors(id)[i];
        Set part;
        for (const ir::Number& each : *operand) {
          if (sum) {
            part.push_back(factor * each);
            continue;
          }
          const auto raised = ir::power(each, factor);
          if (!raised) return std::nullopt;
          part.push_back(*raised);
        }
        const bool few = cross(result, part, [&](const ir::Number& a, const ir::Number& b) {
          return sum ? a + b : a * b;
        });
        if (!few) return std::nullopt;
      }
      return result;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::vector<ir::Number>> possible_values(const ir::Function& function,
                                                       ir::ExprId id) {
  std::unordered_map<std::uint32_t, Set> known;
  constexpr std::size_t largest = 200;  // an indicator is a small expression
  const std::vector<ir::ExprId> nodes = function.graph.reachable({&id, 1});
  if (nodes.size() > largest) return std::nullopt;
  for (const ir::ExprId node : nodes) {
    if (auto set = of_node(function, node, known)) known.emplace(node.index, std::move(*set));
  }
  const auto found = known.find(id.index);
  if (found == known.end()) return std::nullopt;
  for (const ir::Number& each : found->second) {
    if (each.kind() == ir::Number::Kind::nan) return std::nullopt;
  }
  return found->second;
}

}  // namespace lossc::sema
