// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The shapes of text that say where an index runs: a whole number, and a name ± whole numbers. They
// are read from the syntax, before anything is known of the names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/syntax/ast.h"

namespace lossc::sema {

/// By convention sizes are upper-case, so an unknown one was hardly meant as an index.
bool looks_like_size(const std::string& name);

/// A literal whole number, or minus one.
std::optional<std::int64_t> whole(const syntax::Expr& expr);

/// `name ± whole`: the name, or null.
const syntax::Reference* shifted_name(const syntax::Expr& expr, std::int64_t& offset);

}  // namespace lossc::sema
