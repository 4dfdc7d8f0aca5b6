// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Any node as a sum or as a product, however its coefficient happens to be stored: what the shapes
// are matched on.
#pragma once

#include <utility>
#include <vector>

#include "compiler/ir/function.h"

namespace lossc::stabilise {

/// constant + Σ coefficient · term; no term is itself a multiple of something.
struct Sum {
  ir::Number constant = 0;
  std::vector<std::pair<ir::ExprId, ir::Number>> terms;

  /// The coefficient of a term, 0 if it does not occur.
  ir::Number coefficient_of(ir::ExprId term) const;
  /// Adds factor · node, merging with what is there.
  void add(ir::Graph& graph, ir::ExprId node, const ir::Number& factor);
  void add_term(ir::ExprId term, const ir::Number& coefficient);
  void remove(std::size_t index) {
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(index));
  }
  /// Whether `factor` · (the terms of `other`) occurs term by term.
  bool contains(const Sum& other, const ir::Number& factor) const;
  void subtract_terms(const Sum& other, const ir::Number& factor);
};

/// coefficient · Π base ^ exponent.
struct Product {
  ir::Number coefficient = 1;
  std::vector<std::pair<ir::ExprId, ir::Number>> powers;

  /// Multiplies by node ^ exponent (a whole exponent where the node has a coefficient).
  void multiply(ir::Graph& graph, ir::ExprId node, const ir::Number& exponent);
  void remove(std::size_t index) {
    powers.erase(powers.begin() + static_cast<std::ptrdiff_t>(index));
  }
};

Sum as_sum(ir::Graph& graph, ir::ExprId node);
Product as_product(ir::Graph& graph, ir::ExprId node);
/// The node without one factor base ^ exponent that it has; not a division, which would leave
/// base / base where the base may be 0.
ir::ExprId without(ir::Graph& graph, ir::ExprId node, ir::ExprId base, const ir::Number& exponent);
ir::ExprId built(ir::Graph& graph, const Sum& sum);
ir::ExprId built(ir::Graph& graph, const Product& product);

}  // namespace lossc::stabilise
