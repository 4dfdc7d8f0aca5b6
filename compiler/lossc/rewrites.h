// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What --trace-rewrites prints, for the author of a loss: which expressions became others, where
// they stand in the source, by which equations, and what would have been lost without them.
#pragma once

#include <string>
#include <vector>

#include "compiler/stabilise/stabilise.h"
#include "compiler/support/source.h"

namespace lossc::cli {

std::string text_of(const std::vector<stabilise::Rewrite>& rewrites, const SourceManager& sources);

}  // namespace lossc::cli
