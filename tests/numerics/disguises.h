// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ways to write a loss differently without changing what it means: the names, the funcs, the order
// and the spelling that another author might have chosen. The stabiliser must be as good on each.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lossc::testing {

enum class Disguise {
  named,            ///< every subexpression has a name: `let`
  shared,           ///< what occurs twice is written once, with a name
  written_out,      ///< and what has a name is written out where it is used
  functions,        ///< every operation is a `func` of its operands
  typed_functions,  ///< every subexpression is a `func` of the declared arguments, with their types
  reordered,        ///< sums, products and comparisons from right to left, with parentheses
  respelled,        ///< x + (-y), a * (1 / b), x * x, 1 / exp(x)
};

struct DisguiseInfo {
  Disguise disguise{};
  std::string_view name;
};
std::span<const DisguiseInfo> disguises();

/// The same losses, each in this disguise. `source` must be without errors.
std::string disguised(const std::string& source, Disguise disguise);

}  // namespace lossc::testing
