// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Syntax trees of the library's modules, kept for the next compilation in the same process: parsing
// one takes as long as checking everything else. Trees hold places, and a place names its file by a
// number, so one is kept for each of the first few numbers that a module gets.
#pragma once

#include <memory>
#include <string>

#include "compiler/support/diagnostics/diagnostics.h"
#include "compiler/syntax/ast.h"

namespace lossc::sema {

/// The tree of the module whose text is `file`.
std::shared_ptr<const syntax::File> library_tree(const std::string& module, FileId file,
                                                 Diagnostics& diagnostics);

}  // namespace lossc::sema
