// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the parser does when a token does not fit: one message that says what would, then it goes on
// at the next line of the body or at the next declaration. Inside of a line nothing is guessed: a
// line with an error has no expression in the tree.
#pragma once

#include <memory>
#include <vector>

#include "compiler/syntax/tokens.h"

namespace antlr4 {
class ANTLRErrorStrategy;
}

namespace lossc::syntax {

std::shared_ptr<antlr4::ANTLRErrorStrategy> report_and_skip(FileId file,
                                                            const std::vector<Token>& tokens,
                                                            Diagnostics& diagnostics);

}  // namespace lossc::syntax
