// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Algebra that lowers cost after differentiation: folding, factoring of common terms (w(1 − w), not
// w − w²), select with equal branches, guards implied by guards, dead outputs. Only reachable nodes
// survive, in a fresh graph.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/ir/function.h"
#include "compiler/support/result.h"

namespace lossc::simplify {

/// What comes next: other passes, which know sums by the signs that they were given, or code.
enum class Purpose { passes, code };

ir::Function simplified(const ir::Function& function, Purpose purpose = Purpose::passes);

/// Binds params to values (options by position): their loads become constants and vanish from the
/// signature's defaults (the array stays in the signature, unused). A vector binds an array param,
/// row-major; sizes bind by symbol.
struct Binding {
  std::map<std::string, std::vector<ir::Number>> params;
  std::map<std::string, std::int64_t> sizes;
};
Result<ir::Function> bound(const ir::Function& function, const Binding& binding);

}  // namespace lossc::simplify
