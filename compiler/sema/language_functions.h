// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of the language: one row each with its name, how many arguments it takes, whether
// it takes brackets, what lowers it and what its result is known to be. What is only elementwise
// has no other code than its row here and its row in ir/builtins.def.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "compiler/ir/domain.h"
#include "compiler/sema/value.h"
#include "compiler/syntax/ast.h"

namespace lossc::sema {

class Checker;

struct LanguageFunction {
  using Lowering = Value (Checker::*)(const syntax::Call&, const LanguageFunction&);
  enum class Brackets { none, one_axis, reduction };

  std::string_view name;
  std::string_view group;
  int least = 1;  ///< arguments
  int most = 1;
  Brackets brackets = Brackets::none;
  Lowering lowering = nullptr;
  std::optional<ir::Domain> result = {};
  std::string_view signature = {};  ///< for messages: `clamp(x, a, b)`
};

std::span<const LanguageFunction> language_functions();
const LanguageFunction* find_language_function(std::string_view name);

}  // namespace lossc::sema
