// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Letters for axes in infix and LaTeX: k over K, k′ for a second axis of that size. No letter is
// also the name of an array or of a size.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/function.h"

namespace lossc::ir {

class AxisNames {
 public:
  explicit AxisNames(const Function& function);
  std::string operator[](Axis axis) const;

 private:
  std::vector<std::string> letters_;  ///< by SizeId
};

/// If the node is a comparison of an option with one of its words: that word.
const std::string* option_word(const Function& function, ExprId comparison);

/// If `weight(x, R)` is an element of the softmax of one array: the subscript of x that takes the
/// place of the axis of R.
std::optional<std::size_t> softmax_place(const Graph& graph, ExprId weight);

}  // namespace lossc::ir
