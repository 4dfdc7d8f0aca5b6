// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What conditions say about nodes: `x < c` about x, about what x is affine in, and so on.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/analysis/ranges.h"

namespace lossc::analysis {

struct Refinements {
  /// By node: it lies in this range, and is not one of these values.
  std::unordered_map<std::uint32_t, Range> ranges;
  std::unordered_map<std::uint32_t, std::vector<double>> excluded;
  /// Free axes of the nodes, sorted: a reduction over one of them is outside.
  ir::AxisSet axes;

  bool empty() const { return ranges.empty() && excluded.empty(); }
  Range apply(ir::ExprId id, const Range& range) const;
};

/// `facts`: conditions with the truth value that each is known to have.
Refinements refinements_of(const ir::Function& function, Ranges& known,
                           const std::vector<std::pair<ir::ExprId, bool>>& facts);

}  // namespace lossc::analysis
