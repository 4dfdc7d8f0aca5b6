// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every node knows of its values from its operands alone, a few bits computed as it is made:
// what the constructor rules need as side conditions. Over the reals, with arrays in their domains;
// analysis::Ranges knows far more.
#pragma once

#include <cstdint>
#include <span>

#include "compiler/ir/graph.h"

namespace lossc::ir {

enum Fact : std::uint16_t {
  nonnegative_fact = 1,
  positive_fact = 2,  ///< also where floating point underflows to 0: 1/exp(x) · exp(x) is 1
  whole_fact = 4,     ///< a whole number
  finite_fact = 8,    ///< neither infinite nor NaN where the arrays it reads are neither
  delta_fact = 16,    ///< a guard [k = e], or holds one through sums, products and guards
  bool_fact = 32,     ///< a condition, not a number
};

std::uint16_t facts_of(const Graph& graph, const Node& node, std::span<const ExprId> operands,
                       std::span<const Number> numbers);

}  // namespace lossc::ir
