// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Branches and guards. A guard [c]x is select(c, x, 0), with the 0 always last; a branch without a
// 0 never has a negated condition. Inside a branch its condition is known, one level deep.
#include <algorithm>

#include "compiler/ir/rules.h"

namespace lossc::ir {

ExprId Rules::select_of_bools(ExprId condition, ExprId then_value, ExprId else_value) {
  const auto is_truth = [this](ExprId id, bool value) {
    return g_.op(id) == Op::truth && (g_.node(id).attribute != 0) == value;
  };
  const auto both = [this](Op op, ExprId a, ExprId b) {
    const ExprId pair[] = {a, b};
    return junction(op, pair);
  };
  if (is_truth(else_value, false)) return both(Op::conjunction, condition, then_value);
  if (is_truth(then_value, true)) return both(Op::disjunction, condition, else_value);
  if (is_truth(then_value, false)) return both(Op::conjunction, negation(condition), else_value);
  if (is_truth(else_value, true)) return both(Op::disjunction, negation(condition), then_value);
  return g_.raw_select(condition, then_value, else_value);
}

std::optional<bool> Rules::value_under(const Known& known, ExprId condition) const {
  for (ExprId fact : known.conditions) {
    if (fact == condition) return known.truth;
    if (opposites(fact, condition)) return !known.truth;
  }
  return std::nullopt;
}

/// A branch whose condition is decided, or made shorter, by what is known.
ExprId Rules::chosen(ExprId x, const Known& known) {
  while (g_.op(x) == Op::select) {
    const auto parts = g_.operands(x);
    if (const auto decided = value_under(known, parts[0])) {
      x = *decided ? parts[1] : parts[2];
      continue;
    }
    const Op op = g_.op(parts[0]);
    if (op != Op::conjunction && op != Op::disjunction) return x;
    std::vector<ExprId> rest;
    const auto inside = g_.operands(parts[0]);
    for (ExprId one : inside) {
      const auto decided = value_under(known, one);
      if (!decided || *decided != (op == Op::conjunction)) rest.push_back(one);
      if (decided && *decided != (op == Op::conjunction)) {
        rest = {g_.truth(*decided)};
        break;
      }
    }
    if (rest.size() == inside.size()) return x;
    return select(junction(op, rest), parts[1], parts[2]);
  }
  return x;
}

ExprId Rules::branch_under(const Known& known, ExprId x) {
  x = chosen(x, known);
  switch (g_.op(x)) {
    case Op::add:
    case Op::mul:
    case Op::call:
    case Op::select:
      break;
    default:
      return x;
  }
  const auto operands = g_.operands(x);
  std::vector<ExprId> changed(operands.begin(), operands.end());
  bool any = false;
  for (ExprId& operand : changed) {
    if (g_.op(operand) != Op::select) continue;
    const ExprId simpler = chosen(operand, known);
    any = any || simpler != operand;
    operand = simpler;
  }
  return any ? g_.rebuilt(x, changed) : x;
}

ExprId Rules::select(ExprId condition, ExprId then_value, ExprId else_value) {
  if (g_.op(condition) == Op::truth) {
    return g_.node(condition).attribute != 0 ? then_value : else_value;
  }
  if (then_value == else_value) return then_value;
  if (g_.op(condition) == Op::negation) {
    condition = g_.operands(condition)[0];
    std::swap(then_value, else_value);
  }
  if (g_.is_bool(then_value)) return select_of_bools(condition, then_value, else_value);
  then_value = branch_under({conjuncts(condition), true}, then_value);
  Known otherwise{{condition}, false};
  if (g_.op(condition) == Op::disjunction) {
    const auto all = g_.operands(condition);
    otherwise.conditions.assign(all.begin(), all.end());
  }
  else_value = branch_under(otherwise, else_value);
  if (then_value == else_value) return then_value;
  if (g_.is_constant(then_value, 0)) {
    std::swap(then_value, else_value);
    condition = negation(condition);
  }
  if (g_.is_constant(else_value, 0)) {
    if (!is_guard(then_value)) return g_.raw_select(condition, then_value, else_value);
    const ExprId both[] = {condition, condition_of(then_value)};
    const ExprId inner = guarded(then_value);
    return select(junction(Op::conjunction, both), inner, else_value);
  }
  const bool negated =
      g_.op(condition) == Op::compare && g_.relation(condition) == Relation::not_equal;
  if (negated) return g_.raw_select(negation(condition), else_value, then_value);
  return g_.raw_select(condition, then_value, else_value);
}

ExprId Rules::weight(ExprId x, ExprId reduced) {
  if (g_.op(x) == Op::constant && g_.constant_of(x).kind() == Number::Kind::minus_infinity) {
    return g_.constant(Number(0));
  }
  const ExprId operands[] = {x, reduced};
  return g_.raw_nary(Op::weight, operands);
}

}  // namespace lossc::ir
