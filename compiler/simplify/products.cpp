// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products: factors that differ in sign only.
#include <algorithm>
#include <utility>
#include <vector>

#include "compiler/simplify/rewrites.h"

namespace lossc::simplify {

using ir::ExprId;
using ir::Graph;
using ir::Number;
using ir::Op;

namespace {

/// Of two opposite sums the one with more terms that are added, or with a constant that is, or the
/// one that was there first.
bool comes_first(const Graph& graph, ExprId sum, ExprId opposite) {
  const int constant = graph.constant_of(sum).sign();
  int balance = constant;
  for (const Number& factor : graph.factors(sum)) balance += factor.sign();
  if (balance == 0) balance = constant;
  return balance != 0 ? balance > 0 : sum < opposite;
}

/// a·(x − y) and a·(y − x), and what is made of them, are one node but for a factor −1.
ExprId with_first_of_opposites(Graph& graph, ExprId product) {
  const auto bases = graph.operands(product);
  const auto exponents = graph.factors(product);
  std::vector<std::pair<ExprId, Number>> powers;
  Number coefficient = graph.constant_of(product);
  bool changed = false;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    powers.emplace_back(bases[i], exponents[i]);
    const auto whole = exponents[i].to_long();
    if (graph.op(bases[i]) != Op::add || !whole) continue;
    const ExprId opposite = graph.negate(bases[i]);
    if (graph.op(opposite) != Op::add || comes_first(graph, bases[i], opposite)) continue;
    powers.back().first = opposite;
    if (*whole % 2 != 0) coefficient = -coefficient;
    changed = true;
  }
  return changed ? graph.mul(coefficient, powers) : product;
}

}  // namespace

ExprId of_first_opposites(Graph& graph, ExprId product) {
  const ExprId changed = with_first_of_opposites(graph, product);
  return graph.op(changed) == Op::mul ? without_opposites(graph, changed) : changed;
}

ExprId without_opposites(Graph& graph, ExprId product) {
  const auto bases = graph.operands(product);
  const auto exponents = graph.factors(product);
  std::vector<std::pair<ExprId, Number>> powers;
  for (std::size_t i = 0; i < bases.size(); ++i) powers.emplace_back(bases[i], exponents[i]);
  const Number coefficient = graph.constant_of(product);
  for (std::size_t i = 0; i < powers.size(); ++i) {
    if (graph.op(powers[i].first) != Op::add) continue;
    const ExprId opposite = graph.negate(powers[i].first);
    for (std::size_t j = 0; j < powers.size(); ++j) {
      const auto whole = powers[j].second.to_long();
      if (i == j || powers[j].first != opposite || !whole) continue;
      // Powers of two signs would cancel, which they must not where the sum may be 0.
      if (powers[i].second.sign() != powers[j].second.sign()) continue;
      powers[i].second = powers[i].second + powers[j].second;
      powers.erase(powers.begin() + static_cast<std::ptrdiff_t>(j));
      return graph.mul(*whole % 2 != 0 ? -coefficient : coefficient, powers);
    }
  }
  return product;
}

}  // namespace lossc::simplify
