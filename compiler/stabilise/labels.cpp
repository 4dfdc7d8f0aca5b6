// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Labels that are 0 or 1 in sums: the weight 1 − y + w·y loses a small w in the ones that cancel
// where y is 1, so it is chosen, not computed.
#include <algorithm>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::ExprId;
using ir::Number;
using ir::Op;

/// The labels among the factors of the terms.
static std::vector<ExprId> loads_in(ir::Graph& graph, const Sum& sum) {
  std::vector<ExprId> found;
  for (const auto& [term, coefficient] : sum.terms) {
    for (const auto& [base, exponent] : as_product(graph, term).powers) {
      if (graph.op(base) != Op::load || exponent.sign() <= 0) continue;
      if (std::find(found.begin(), found.end(), base) == found.end()) found.push_back(base);
    }
  }
  return found;
}

/// a(y) of a label y as (if y = 1 then a(1) else a(0)) where terms cancel in a(1) and others stay.
bool Stabiliser::take_label(Sum& sum) {
  if (stage_ != Stage::derivatives || sum.terms.size() > 8) return false;
  const auto count = [](const Sum& parts) {
    return parts.terms.size() + (parts.constant.is(0) ? 0 : 1);
  };
  for (const ExprId label : loads_in(graph_, sum)) {
    if (!binary(label)) continue;
    Sum zero;
    Sum one;
    zero.constant = one.constant = sum.constant;
    std::size_t met = sum.constant.is(0) ? 0 : 1;
    for (const auto& [term, coefficient] : sum.terms) {
      const Product product = as_product(graph_, term);
      Product rest;
      for (const auto& [base, exponent] : product.powers) {
        if (base != label || exponent.sign() < 0) rest.powers.emplace_back(base, exponent);
      }
      if (rest.powers.size() == product.powers.size()) zero.add_term(term, coefficient);
      const ExprId there = built(graph_, rest);
      met += count(as_sum(graph_, there));
      one.add(graph_, there, coefficient);
    }
    // Two terms that cancel, not two that merge.
    if (count(one) + 2 > met || one.terms.empty()) continue;
    const ExprId either = chosen(label, built(graph_, one), built(graph_, zero));
    sum = Sum{};
    sum.add(graph_, either, Number(1));
    return true;
  }
  return false;
}

}  // namespace lossc::stabilise
