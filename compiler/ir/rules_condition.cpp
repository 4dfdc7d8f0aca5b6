// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Comparisons, conjunctions, disjunctions, negation. A comparison with a NaN is false, so ¬(a < b)
// is not b ≤ a and stays; ¬(a = b) is a ≠ b.
#include <algorithm>

#include "compiler/ir/rules.h"

namespace lossc::ir {

namespace {

constexpr std::size_t flattening_limit = 64;

bool holds(Relation relation, const Number& a, const Number& b) {
  const bool ordered = a.kind() != Number::Kind::nan && b.kind() != Number::Kind::nan;
  switch (relation) {
    case Relation::less:
      return ordered && a < b;
    case Relation::less_equal:
      return ordered && !(b < a);
    case Relation::equal:
      return ordered && a == b;
    case Relation::not_equal:
      return !ordered || !(a == b);
  }
  return false;
}

/// Of an index over an axis of the given extent, if it is known, and a constant.
std::optional<bool> index_compares(Relation relation, const Number& value,
                                   std::optional<std::int64_t> extent) {
  const bool outside = !value.is_integer() || value.sign() < 0 ||
                       (extent && !(value < Number(static_cast<long>(*extent))));
  if (relation == Relation::equal && outside) return false;
  if (relation == Relation::not_equal && outside) return true;
  return std::nullopt;
}

}  // namespace

std::vector<ExprId> Rules::conjuncts(ExprId condition) const {
  if (g_.op(condition) != Op::conjunction) return {condition};
  const auto all = g_.operands(condition);
  return {all.begin(), all.end()};
}

bool Rules::opposites(ExprId a, ExprId b) const {
  if (g_.op(a) == Op::negation && g_.operands(a)[0] == b) return true;
  if (g_.op(b) == Op::negation && g_.operands(b)[0] == a) return true;
  if (g_.op(a) != Op::compare || g_.op(b) != Op::compare) return false;
  const Relation first = g_.relation(a);
  const Relation second = g_.relation(b);
  const bool pair = (first == Relation::equal && second == Relation::not_equal) ||
                    (first == Relation::not_equal && second == Relation::equal);
  return pair && g_.operands(a)[0] == g_.operands(b)[0] && g_.operands(a)[1] == g_.operands(b)[1];
}

/// A branch of constants against a constant is its condition, or the opposite, or decided.
std::optional<ExprId> Rules::compare_branches(Relation relation, ExprId left, ExprId right) {
  const bool on_left = g_.op(left) == Op::select;
  const ExprId choice = on_left ? left : right;
  const ExprId other = on_left ? right : left;
  if (g_.op(choice) != Op::select || g_.op(other) != Op::constant) return std::nullopt;
  const auto parts = g_.operands(choice);
  if (g_.op(parts[1]) != Op::constant || g_.op(parts[2]) != Op::constant) return std::nullopt;
  const Number& value = g_.constant_of(other);
  const auto decided = [&](ExprId branch) {
    const Number& mine = g_.constant_of(branch);
    return on_left ? holds(relation, mine, value) : holds(relation, value, mine);
  };
  const bool taken = decided(parts[1]);
  if (taken == decided(parts[2])) return g_.truth(taken);
  return taken ? parts[0] : negation(parts[0]);
}

ExprId Rules::compare(Relation relation, ExprId left, ExprId right) {
  if (g_.op(left) == Op::constant && g_.op(right) == Op::constant) {
    return g_.truth(holds(relation, g_.constant_of(left), g_.constant_of(right)));
  }
  if (left == right) {
    return g_.truth(relation == Relation::less_equal || relation == Relation::equal);
  }
  if (const auto folded = compare_branches(relation, left, right)) return *folded;
  if (relation == Relation::equal || relation == Relation::not_equal) {
    if (g_.before(right, left)) std::swap(left, right);
    const bool on_left = g_.op(left) == Op::index;
    const ExprId index = on_left ? left : right;
    const ExprId other = on_left ? right : left;
    if (g_.op(index) == Op::index && g_.op(other) == Op::constant) {
      const auto decided =
          index_compares(relation, g_.constant_of(other), g_.extent(g_.axis(index).size));
      if (decided) return g_.truth(*decided);
    }
  }
  return g_.raw_compare(relation, left, right);
}

/// a ∧ (a ∨ b) = a, and its dual: an operand of the other kind that contains an operand goes.
void Rules::absorb(Op op, std::vector<ExprId>& operands) const {
  const Op other = op == Op::conjunction ? Op::disjunction : Op::conjunction;
  const auto before = [this](ExprId a, ExprId b) { return g_.before(a, b); };
  const std::vector<ExprId> all = operands;
  std::erase_if(operands, [&](ExprId operand) {
    if (g_.op(operand) != other) return false;
    const auto inside = g_.operands(operand);
    return std::any_of(inside.begin(), inside.end(), [&](ExprId one) {
      return std::binary_search(all.begin(), all.end(), one, before);
    });
  });
}

ExprId Rules::junction(Op op, std::span<const ExprId> operands) {
  const bool identity = op == Op::conjunction;
  std::vector<ExprId> flat;
  for (ExprId operand : operands) {
    const auto inside = g_.operands(operand);
    if (g_.op(operand) == op && (inside.size() <= flattening_limit || operands.size() == 1)) {
      flat.insert(flat.end(), inside.begin(), inside.end());
    } else if (g_.op(operand) != Op::truth) {
      flat.push_back(operand);
    } else if ((g_.node(operand).attribute != 0) != identity) {
      return operand;
    }
  }
  const auto before = [this](ExprId a, ExprId b) { return g_.before(a, b); };
  std::sort(flat.begin(), flat.end(), before);
  flat.erase(std::unique(flat.begin(), flat.end()), flat.end());
  for (ExprId operand : flat) {
    const bool inequality =
        g_.op(operand) == Op::compare && g_.relation(operand) == Relation::not_equal;
    if (g_.op(operand) != Op::negation && !inequality) continue;
    if (std::binary_search(flat.begin(), flat.end(), negation(operand), before)) {
      return g_.truth(!identity);
    }
  }
  absorb(op, flat);
  if (flat.empty()) return g_.truth(identity);
  if (flat.size() == 1) return flat[0];
  return g_.raw_nary(op, flat);
}

ExprId Rules::negation(ExprId operand) {
  switch (g_.op(operand)) {
    case Op::truth:
      return g_.truth(g_.node(operand).attribute == 0);
    case Op::negation:
      return g_.operands(operand)[0];
    case Op::compare: {
      const auto sides = g_.operands(operand);
      if (g_.relation(operand) == Relation::equal) {
        return g_.raw_compare(Relation::not_equal, sides[0], sides[1]);
      }
      if (g_.relation(operand) == Relation::not_equal) {
        return g_.raw_compare(Relation::equal, sides[0], sides[1]);
      }
      break;
    }
    default:
      break;
  }
  return g_.raw_nary(Op::negation, {&operand, 1});
}

}  // namespace lossc::ir
