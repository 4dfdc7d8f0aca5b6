// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mistakes of one node, and by recursion those of the operands put back in their place.
#include "tests/generated/mutants.h"

namespace lossc::ir {
namespace {

using Kind = Formula::Kind;

Formula with_operand(const Formula& formula, std::size_t place, const Formula& operand) {
  Formula::Tree tree = formula.tree();
  tree.operands[place] = operand;
  return Formula::make(std::move(tree));
}

Formula without_operand(const Formula& formula, std::size_t place) {
  Formula::Tree tree = formula.tree();
  tree.operands.erase(tree.operands.begin() + static_cast<std::ptrdiff_t>(place));
  return tree.operands.size() == 1 ? tree.operands[0] : Formula::make(std::move(tree));
}

Formula with_constant(const Formula& formula, const Number& constant) {
  Formula::Tree tree = formula.tree();
  tree.constant = constant;
  return Formula::make(std::move(tree));
}

void append_own(const Formula& formula, int variables, std::vector<Mutant>& result) {
  const Formula::Tree& tree = formula.tree();
  const Number tiny = Number::fraction(1, 1'000'000'000);
  switch (tree.kind) {
    case Kind::variable:
      if (variables > 1) {
        result.push_back({"x for y", Formula::variable((tree.variable + 1) % variables)});
      }
      result.push_back({"a sign", -formula});
      break;
    case Kind::constant:
      if (!tree.constant.finite()) break;
      if (!tree.constant.is(0)) result.push_back({"a sign", Formula(-tree.constant)});
      result.push_back({"a constant", Formula(tree.constant + Number(1))});
      result.push_back({"a constant, a little", Formula(tree.constant + tiny)});
      break;
    case Kind::power:
      result.push_back({"an exponent", with_constant(formula, tree.constant + Number(1))});
      result.push_back({"a reciprocal", with_constant(formula, -tree.constant)});
      result.push_back({"a dropped power", tree.operands[0]});
      break;
    case Kind::add:
    case Kind::mul:
      for (std::size_t i = 0; i < tree.operands.size(); ++i) {
        const bool term = tree.kind == Kind::add;
        result.push_back(
            {term ? "a dropped term" : "a dropped factor", without_operand(formula, i)});
        if (term) result.push_back({"a sign", with_operand(formula, i, -tree.operands[i])});
      }
      break;
    case Kind::call:
      result.push_back({"a sign", -formula});
      if (tree.operands.size() == 1) result.push_back({"a dropped function", tree.operands[0]});
      if (tree.operands.size() == 2) {
        Formula::Tree swapped = tree;
        std::swap(swapped.operands[0], swapped.operands[1]);
        result.push_back({"swapped arguments", Formula::make(std::move(swapped))});
      }
      break;
    case Kind::select: {
      Formula::Tree swapped = tree;
      std::swap(swapped.operands[1], swapped.operands[2]);
      result.push_back({"swapped branches", Formula::make(std::move(swapped))});
      break;
    }
    case Kind::pi:
    case Kind::less:
    case Kind::none:
      break;
  }
}

}  // namespace

std::vector<Mutant> mutants(const Formula& formula, int variables) {
  std::vector<Mutant> result;
  if (!formula) return result;
  append_own(formula, variables, result);
  for (std::size_t i = 0; i < formula.tree().operands.size(); ++i) {
    for (const Mutant& inner : mutants(formula.tree().operands[i], variables)) {
      result.push_back({inner.mistake, with_operand(formula, i, inner.formula)});
    }
  }
  return result;
}

}  // namespace lossc::ir
