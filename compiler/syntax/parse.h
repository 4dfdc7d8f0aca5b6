// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text → syntax tree. Always returns a tree, with Invalid nodes where the text was wrong; what was
// wrong is in the diagnostics. No ANTLR type is reachable from here.
#pragma once

#include <cstddef>
#include <string>

#include "compiler/support/diagnostics/diagnostics.h"
#include "compiler/syntax/ast.h"

namespace lossc::syntax {

struct ParseLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t tokens = 200'000;
  std::size_t nesting = 256;
};

File parse(FileId file, Diagnostics& diagnostics, const ParseLimits& limits = {});

/// One token a line, `line:column kind text`: `--emit=tokens`.
std::string print_tokens(FileId file, Diagnostics& diagnostics);

/// The tree as indented text: `--emit=ast`.
std::string print_tree(const File& file);

/// The tree as source text, fully and minimally parenthesised; parsing it again gives the same
/// tree.
std::string print_source(const File& file);

}  // namespace lossc::syntax
