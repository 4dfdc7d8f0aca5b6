// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recognition of stable primitives, before differentiation: log(sigmoid(x)) is −softplus(−x),
// log(softmax(z)[y]) is z[y] − lse(z), and so on, so that the gradient never contains the unstable
// form. The equations are a table (rules.cpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/ir/function.h"

namespace lossc::stabilise {

/// What a pass works on: the author's formulas, to be differentiated, or all outputs there will be,
/// when forms that are dear to differentiate may be used.
enum class Stage { formulas, derivatives };

/// One expression that became another.
struct Rewrite {
  SourceRange range;
  std::string before;
  std::string after;
  std::string rule;                ///< the names of the rules, joined
  std::vector<std::string> rules;  ///< none: the constructors alone made it simpler
  Stage stage{};
  std::string loss;
};

/// The function with stable primitives; what was rewritten is appended to `trace` if given.
ir::Function stabilised(const ir::Function& function, std::vector<Rewrite>* trace = nullptr,
                        Stage stage = Stage::formulas);

/// The function with softmaxes written as the code generator has them (joined.cpp), for the last
/// pass before it; none where there is nothing to write so.
std::optional<ir::Function> joined(const ir::Function& function);

struct RuleInfo {
  std::string name;
  std::string left;
  std::string right;
  std::string condition;
};
/// The table, for `lossc list rules` and its tests.
const std::vector<RuleInfo>& rules();

}  // namespace lossc::stabilise
