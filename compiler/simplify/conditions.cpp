// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conditions that are known: by the ranges of both sides, or because a label has been checked.
#include <algorithm>
#include <optional>
#include <vector>

#include "compiler/simplify/rewrites.h"

namespace lossc::simplify {
namespace {

using analysis::Range;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Op;
using ir::Relation;

/// The class array that a node loads, or null.
const ir::Array* label(const Function& function, ExprId node) {
  if (function.graph.op(node) != Op::load) return nullptr;
  const ir::Array& array = function.arrays[function.graph.array(node).index];
  return array.domain == ir::Domain::class_ ? &array : nullptr;
}

enum class Bound { none, below, above };

/// Whether a comparison says 0 ≤ y or −1 < y (below), or y < K or y ≤ K − 1 (above), of a label y.
Bound label_bound(const Function& function, ExprId comparison, ExprId& subject) {
  const Graph& graph = function.graph;
  const Relation relation = graph.relation(comparison);
  if (relation != Relation::less && relation != Relation::less_equal) return Bound::none;
  const ExprId left = graph.operands(comparison)[0];
  const ExprId right = graph.operands(comparison)[1];
  if (label(function, right) != nullptr) {
    subject = right;
    return graph.is_constant(left, relation == Relation::less ? -1 : 0) ? Bound::below
                                                                        : Bound::none;
  }
  const ir::Array* array = label(function, left);
  if (array == nullptr || relation != Relation::less) return Bound::none;
  subject = left;
  const ir::Size& classes = function.sizes[array->classes.index];
  const bool symbolic = graph.op(right) == Op::size && graph.size_of(right) == array->classes;
  const bool literal = classes.symbol.empty() && graph.is_constant(right, classes.offset);
  return symbolic || literal ? Bound::above : Bound::none;
}

ExprId decided_label(Function& function, ExprId comparison, Bound bound, ExprId subject) {
  Graph& graph = function.graph;
  const ir::Array& array = *label(function, subject);
  if (!array.ignore) return graph.truth(true);
  const bool excludes = bound == Bound::below ? *array.ignore < 0 : *array.ignore >= 0;
  if (!excludes) return graph.truth(true);
  const ir::Size& classes = function.sizes[array.classes.index];
  if (bound == Bound::above && classes.symbol.empty()) {
    if (*array.ignore < classes.offset) return graph.truth(true);
  } else if (bound == Bound::above) {
    return comparison;  // the ignored label may be one of the K, or beyond them
  }
  return graph.compare(Relation::not_equal, subject, graph.constant(ir::Number(*array.ignore)));
}

std::optional<bool> decide(Relation relation, const Range& a, const Range& b) {
  const bool before = a.high < b.low || (a.high == b.low && (a.high_open || b.low_open));
  const bool after = b.high < a.low || (b.high == a.low && (b.high_open || a.low_open));
  switch (relation) {
    case Relation::less:
      if (before) return true;
      if (a.low >= b.high) return false;
      break;
    case Relation::less_equal:
      if (a.high <= b.low) return true;
      if (after) return false;
      break;
    case Relation::equal:
      if (before || after) return false;
      break;
    case Relation::not_equal:
      if (before || after) return true;
      break;
  }
  return std::nullopt;
}

/// Whether a NaN may stand for the node: only whole numbers of labels, positions and sizes cannot.
bool may_be_nan(const Graph& graph, ExprId node) {
  switch (graph.op(node)) {
    case Op::constant:
      return graph.constant_of(node).kind() == ir::Number::Kind::nan;
    case Op::size:
    case Op::index:
    case Op::pi:
      return false;
    default:
      return true;
  }
}

}  // namespace

ExprId decided(Function& function, analysis::Ranges& ranges, ExprId comparison) {
  Graph& graph = function.graph;
  ExprId subject;
  const Bound bound = label_bound(function, comparison, subject);
  if (bound != Bound::none) return decided_label(function, comparison, bound, subject);
  const ExprId left = graph.operands(comparison)[0];
  const ExprId right = graph.operands(comparison)[1];
  const auto known = decide(graph.relation(comparison), ranges[left], ranges[right]);
  if (!known) return comparison;
  // A comparison with NaN is false (true for ≠), whatever the ranges say.
  const bool with_nan = graph.relation(comparison) == Relation::not_equal;
  const bool safe = *known == with_nan || (!may_be_nan(graph, left) && !may_be_nan(graph, right));
  return safe ? graph.truth(*known) : comparison;
}

ExprId reduced(Function& function, ExprId conjunction) {
  Graph& graph = function.graph;
  const auto span = graph.operands(conjunction);
  std::vector<ExprId> members(span.begin(), span.end());
  const auto excluded = [&](ExprId subject) {
    const ir::Array& array = *label(function, subject);
    if (!array.ignore) return true;
    const ExprId apart =
        graph.compare(Relation::not_equal, subject, graph.constant(ir::Number(*array.ignore)));
    return std::find(members.begin(), members.end(), apart) != members.end();
  };
  const std::size_t before = members.size();
  const std::vector<ExprId> all = members;
  for (const ExprId member : all) {
    if (graph.op(member) != Op::compare) continue;
    ExprId subject;
    if (label_bound(function, member, subject) == Bound::none || !excluded(subject)) continue;
    std::erase(members, member);
  }
  return members.size() == before ? conjunction : graph.conjunction(members);
}

}  // namespace lossc::simplify
