// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What values a node may have: an interval, whether it is whole, whether it may be ±inf in floating
// point, whether it may be 0. Sound: the true value of every element lies in it whenever the arrays
// lie in their domains. Conditions around a branch refine it.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "compiler/ir/function.h"

namespace lossc::analysis {

struct Range {
  double low = -1.0 / 0.0;
  double high = 1.0 / 0.0;
  bool low_open = false;  ///< low itself is not reached
  bool high_open = false;
  bool integer = false;
  bool may_be_infinite = true;  ///< ±inf may occur (a pole, exp of something large, a −inf logit)
  bool operator==(const Range&) const = default;

  bool may_be_zero() const;
  bool nonnegative() const { return low >= 0; }
  bool positive() const { return low > 0 || (low == 0 && low_open); }
  bool negative() const { return high < 0 || (high == 0 && high_open); }
  bool within(double a, double b) const { return low >= a && high <= b; }
  static Range exactly(double value);
  static Range of(const ir::Array& array);
};

/// Ranges of all nodes, computed on demand and kept; grows with the graph.
class Ranges {
 public:
  explicit Ranges(const ir::Function& function) : function_(function) {}
  /// The range of a node where nothing more is known.
  const Range& operator[](ir::ExprId id);
  /// The range where also every condition of `facts` (bool nodes taken as true) holds.
  Range under(ir::ExprId id, const std::vector<ir::ExprId>& facts);

 private:
  /// A condition and whether it holds.
  using Fact = std::pair<ir::ExprId, bool>;
  Range refined(ir::ExprId id, const std::vector<Fact>& facts, std::size_t limit);
  Range selected(ir::ExprId id);

  const ir::Function& function_;
  ir::NodeMap<Range> known_;
  std::vector<bool> done_;
};

/// The transfer function for one node from its operands' ranges: shared by Ranges and the checker.
Range transfer(const ir::Function& function, ir::ExprId id, const std::vector<Range>& operands);

}  // namespace lossc::analysis
