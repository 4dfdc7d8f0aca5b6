// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recognition of stable primitives, before differentiation: log(sigmoid(x)) is −softplus(−x),
// log(softmax(z)[y]) is z[y] − lse(z), and so on, so that the gradient never contains the unstable
// form. The equations are a table (rules.cpp).
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/function.h"

namespace lossc::stabilise {

struct Rewrite {
  SourceRange range;
  std::string before;
  std::string after;
  std::string rule;
};

/// The function with stable primitives; what was rewritten is appended to `trace` if given.
ir::Function stabilised(const ir::Function& function, std::vector<Rewrite>* trace = nullptr);

struct RuleInfo {
  std::string name;
  std::string left;
  std::string right;
  std::string condition;
};
/// The table, for `lossc list rules` and its tests.
const std::vector<RuleInfo>& rules();

}  // namespace lossc::stabilise
