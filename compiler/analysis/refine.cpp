// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From conditions to ranges of nodes. A comparison that is false says the opposite only of numbers:
// with a NaN every comparison is false. Ranges speak of true values, of which none is NaN.
#include "compiler/analysis/refine.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "compiler/analysis/interval.h"
#include "compiler/analysis/transfer.h"
#include "compiler/ir/builtins.h"

namespace lossc::analysis {

using ir::ExprId;
using ir::Op;
using ir::Relation;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

Range at_most(double high, bool open) {
  Range range;
  range.high = high;
  range.high_open = open;
  return range;
}

Range at_least(double low, bool open) {
  Range range;
  range.low = low;
  range.low_open = open;
  return range;
}

class Collector {
 public:
  Collector(const ir::Function& function, Ranges& known, Refinements& result)
      : graph_(function.graph), known_(known), result_(result) {}

  void collect(const std::vector<std::pair<ExprId, bool>>& facts) {
    std::vector<std::pair<ExprId, bool>> open = facts;
    std::set<std::pair<ExprId, bool>> seen;
    while (!open.empty()) {
      const auto [id, holds] = open.back();
      open.pop_back();
      if (!seen.insert({id, holds}).second) continue;
      restrict_to(id, Range::exactly(holds ? 1 : 0));
      switch (graph_.op(id)) {
        case Op::conjunction:
          if (holds) add_all(open, id, true);
          break;
        case Op::disjunction:
          if (!holds) add_all(open, id, false);
          break;
        case Op::negation:
          open.emplace_back(graph_.operands(id)[0], !holds);
          break;
        case Op::compare:
          compare(id, holds);
          break;
        default:
          break;
      }
    }
    std::sort(result_.axes.begin(), result_.axes.end());
    result_.axes.erase(std::unique(result_.axes.begin(), result_.axes.end()), result_.axes.end());
  }

 private:
  void add_all(std::vector<std::pair<ExprId, bool>>& open, ExprId id, bool holds) {
    for (const ExprId operand : graph_.operands(id)) open.emplace_back(operand, holds);
  }

  void compare(ExprId id, bool holds) {
    ExprId a = graph_.operands(id)[0];
    ExprId b = graph_.operands(id)[1];
    Relation relation = graph_.relation(id);
    if (!holds) {
      switch (relation) {
        case Relation::less:
          relation = Relation::less_equal;
          std::swap(a, b);
          break;
        case Relation::less_equal:
          relation = Relation::less;
          std::swap(a, b);
          break;
        case Relation::equal:
          relation = Relation::not_equal;
          break;
        case Relation::not_equal:
          relation = Relation::equal;
          break;
      }
    }
    const Range of_a = known_[a];
    const Range of_b = known_[b];
    switch (relation) {
      case Relation::less:
      case Relation::less_equal: {
        const bool strict = relation == Relation::less;
        constrain(a, at_most(of_b.high, strict || of_b.high_open));
        constrain(b, at_least(of_a.low, strict || of_a.low_open));
        break;
      }
      case Relation::equal:
        constrain(a, of_b);
        constrain(b, of_a);
        break;
      case Relation::not_equal:
        if (of_b.low == of_b.high) exclude(a, of_b.low);
        if (of_a.low == of_a.high) exclude(b, of_a.low);
        break;
    }
  }

  /// Also of what the node is affine in, or the absolute value of.
  void constrain(ExprId id, Range range) {
    restrict_to(id, range);
    const Affine form = affine(graph_, id);
    if (form.subject != id && !form.slope.is(0)) {
      const Range shifted = sum(range, of_number(-form.offset));
      Range inner = product(shifted, of_number(ir::Number(1) / form.slope));
      inner.integer = false;
      inner.may_be_infinite = range.may_be_infinite;
      restrict_to(form.subject, inner);
      id = form.subject;
      range = inner;
    }
    if (graph_.op(id) == Op::call && graph_.builtin(id) == ir::Builtin::abs &&
        std::isfinite(range.high)) {
      Range inner;
      inner.low = -range.high;
      inner.high = range.high;
      inner.low_open = inner.high_open = range.high_open;
      restrict_to(graph_.operands(id)[0], inner);
    }
  }

  void exclude(ExprId id, double value) {
    result_.excluded[id.index].push_back(value);
    note_axes(id);
  }

  void restrict_to(ExprId id, const Range& range) {
    if (range.low == -inf && range.high == inf && !range.integer) return;
    if (graph_.op(id) == Op::constant) return;
    const auto [place, fresh] = result_.ranges.emplace(id.index, range);
    if (!fresh) place->second = intersection(place->second, range);
    note_axes(id);
  }

  void note_axes(ExprId id) {
    for (const ir::Axis axis : graph_.free_axes(id)) result_.axes.push_back(axis);
  }

  const ir::Graph& graph_;
  Ranges& known_;
  Refinements& result_;
};

}  // namespace

Range Refinements::apply(ExprId id, const Range& range) const {
  Range result = range;
  if (const auto found = ranges.find(id.index); found != ranges.end()) {
    result = intersection(result, found->second);
  }
  if (const auto found = excluded.find(id.index); found != excluded.end()) {
    for (const double value : found->second) {
      Range without = result;
      if (value == result.low) without.low_open = true;
      if (value == result.high) without.high_open = true;
      result = intersection(result, normalised(without));
    }
  }
  return result;
}

Refinements refinements_of(const ir::Function& function, Ranges& known,
                           const std::vector<std::pair<ExprId, bool>>& facts) {
  Refinements result;
  Collector(function, known, result).collect(facts);
  return result;
}

}  // namespace lossc::analysis
