// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text form of core IR, one node a line, and its reader: `--emit=core` and IR tests.
#pragma once

#include <string>
#include <string_view>

#include "compiler/ir/function.h"
#include "compiler/support/result.h"

namespace lossc::ir {

/// Same as print(function).
Result<Function> read(std::string_view text);

/// One expression on one line in infix form with shared subterms expanded up to a size limit (then
/// `…`): for messages, traces and `explain`.
std::string infix(const Function& function, ExprId id, std::size_t limit = 400);

/// LaTeX of the outputs: a display a mathematician would accept; shared subterms that occur often
/// become named definitions (`where p = \sigma(z)`), so its size is linear in the graph.
std::string latex(const Function& function);

}  // namespace lossc::ir
