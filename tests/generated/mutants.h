// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mistakes: the formulas that a slip of the pen makes of a formula. A check that lets one of them
// pass, and it is no identity after all, checks too little.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/formula.h"

namespace lossc::ir {

struct Mutant {
  std::string mistake;  ///< `a sign`, `a dropped term`, …
  Formula formula;
};

/// Each with one mistake: a sign, a constant, an exponent, x for y, a dropped term or factor, the
/// branches of a choice, its condition. `variables`: how many there are to be confused.
std::vector<Mutant> mutants(const Formula& formula, int variables = 2);

}  // namespace lossc::ir
