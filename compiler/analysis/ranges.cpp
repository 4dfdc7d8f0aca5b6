// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ranges of nodes, bottom up and kept; and ranges under conditions, for which the part of the graph
// that a condition can reach is computed anew. A condition is a fact about nodes with its axes: it
// ends where a reduction binds one of them, since inside the axis is another index.
#include "compiler/analysis/ranges.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "compiler/analysis/interval.h"
#include "compiler/analysis/refine.h"
#include "compiler/analysis/transfer.h"

namespace lossc::analysis {

using ir::ExprId;
using ir::Op;

namespace {

/// How many nodes are looked at again under conditions; beyond, what is known without them counts.
constexpr std::size_t asked_limit = 2000;
constexpr std::size_t branch_limit = 48;

/// mean = (Σ x) · 1/n: the range of x, and 0 for a mean over nothing.
std::optional<ExprId> averaged(const ir::Graph& graph, ExprId id) {
  if (graph.op(id) != Op::mul || !graph.constant_of(id).is(1)) return std::nullopt;
  std::vector<ir::SizeId> sizes;
  ExprId total;
  const auto operands = graph.operands(id);
  const auto exponents = graph.factors(id);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Op op = graph.op(operands[i]);
    if (op == Op::size && exponents[i].is(-1)) {
      sizes.push_back(graph.size_of(operands[i]));
    } else if (op == Op::reduce && exponents[i].is(1) && !total.valid()) {
      total = operands[i];
    } else {
      return std::nullopt;
    }
  }
  if (!total.valid() || sizes.empty()) return std::nullopt;
  while (!sizes.empty()) {
    if (graph.op(total) != Op::reduce || graph.reduce_op(total) != ir::ReduceOp::sum) {
      return std::nullopt;
    }
    const auto found = std::find(sizes.begin(), sizes.end(), graph.axis(total).size);
    if (found == sizes.end()) return std::nullopt;
    sizes.erase(found);
    total = graph.operands(total)[0];
  }
  return total;
}

}  // namespace

const Range& Ranges::operator[](ExprId id) {
  const ir::Graph& graph = function_.graph;
  if (done_.size() <= id.index) done_.resize(graph.size(), false);
  // What is missing below the node, found without recursion, then done in ascending order.
  std::vector<ExprId> missing;
  std::vector<ExprId> open{id};
  std::unordered_map<std::uint32_t, bool> seen;
  while (!open.empty()) {
    const ExprId next = open.back();
    open.pop_back();
    if (done_[next.index] || !seen.emplace(next.index, true).second) continue;
    missing.push_back(next);
    for (const ExprId operand : graph.operands(next)) open.push_back(operand);
  }
  std::sort(missing.begin(), missing.end());
  std::vector<Range> operands;
  for (const ExprId next : missing) {
    operands.clear();
    for (const ExprId operand : graph.operands(next)) operands.push_back(known_[operand]);
    Range range = transfer(function_, next, operands);
    if (const auto body = averaged(graph, next)) {
      range = intersection(range, hull(known_[*body], Range::exactly(0)));
    }
    known_.at(next) = range;
    done_[next.index] = true;
    if (graph.op(next) == Op::select) {
      known_.at(next) = intersection(range, selected(next));
    }
  }
  return known_[id];
}

/// Each branch under its own condition.
Range Ranges::selected(ExprId id) {
  const auto operands = function_.graph.operands(id);
  const Range& condition = known_[operands[0]];
  if (condition.low == condition.high) return known_[operands[condition.low != 0 ? 1 : 2]];
  return hull(refined(operands[1], {{operands[0], true}}, branch_limit),
              refined(operands[2], {{operands[0], false}}, branch_limit));
}

Range Ranges::under(ExprId id, const std::vector<ExprId>& facts) {
  if (facts.empty()) return (*this)[id];
  std::vector<Fact> conditions;
  for (const ExprId fact : facts) conditions.push_back({fact, true});
  return refined(id, conditions, asked_limit);
}

Range Ranges::refined(ExprId id, const std::vector<Fact>& facts, std::size_t limit) {
  const ir::Graph& graph = function_.graph;
  (*this)[id];
  const Refinements refinements = refinements_of(function_, *this, facts);
  if (refinements.empty()) return known_[id];
  const auto outside = [&](ExprId node) {
    if (graph.op(node) != Op::reduce) return false;
    return std::binary_search(refinements.axes.begin(), refinements.axes.end(), graph.axis(node));
  };
  std::vector<ExprId> cone;
  std::vector<ExprId> open{id};
  std::unordered_map<std::uint32_t, Range> local;
  while (!open.empty() && cone.size() < limit) {
    const ExprId next = open.back();
    open.pop_back();
    if (!local.emplace(next.index, known_[next]).second) continue;
    cone.push_back(next);
    if (outside(next)) continue;
    for (const ExprId operand : graph.operands(next)) open.push_back(operand);
  }
  std::sort(cone.begin(), cone.end());
  std::vector<Range> operands;
  for (const ExprId next : cone) {
    Range range = known_[next];
    if (!outside(next)) {
      operands.clear();
      for (const ExprId operand : graph.operands(next)) {
        const auto found = local.find(operand.index);
        operands.push_back(found == local.end() ? known_[operand] : found->second);
      }
      range = intersection(range, transfer(function_, next, operands));
    }
    local[next.index] = refinements.apply(next, range);
  }
  return local[id.index];
}

}  // namespace lossc::analysis
