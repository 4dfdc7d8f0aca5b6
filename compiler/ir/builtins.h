// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The elementwise functions of the language, one row of builtins.def each: name, meaning over the
// reals, derivative, range, monotonicity, documentation. From the row come the enumerator, the
// checker's rule, reverse mode's partial, the stabiliser's equations, interval analysis, the
// interpreter, the manual and the generated tests. A leaf also has codegen/kernels/<name>.cpp; a
// composed function has only a meaning and is expanded when it is built.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "compiler/ir/bounds.h"
#include "compiler/ir/formula.h"

namespace lossc::ir {

enum class Builtin : std::uint16_t {
#define BUILTIN(name) name,
#include "compiler/ir/builtin_names.inc"
#undef BUILTIN
};

enum class Trend : std::uint8_t { none, increasing, decreasing };
enum class Parity : std::uint8_t { none, even, odd };  ///< f(−x) = f(x), f(−x) = −f(x)

/// What an expression that holds f(x) is: an equation that keeps the digits which the expression
/// itself loses, for arguments within `where`.
struct Form {
  Formula is = {};  ///< none: there is nothing better
  Bounds where = {};

  explicit operator bool() const { return static_cast<bool>(is); }
};

struct BuiltinInfo {
  std::string_view name;
  int arity = 1;
  bool composed = false;  ///< expanded to `means` when built; never a node
  Formula means = {};     ///< of simpler builtins; none: the interpreter knows it by name
  std::vector<Formula> partials = {};  ///< one per operand; none: locally constant, derivative 0
  Bounds range = {};                   ///< of the result
  Bounds domain = {};                  ///< where it is real, for each argument (the first, mostly)
  bool open_domain = false;            ///< the ends of the domain give an infinity (log at 0)
  Trend trend = Trend::none;           ///< in its first argument
  bool integer = false;                ///< the result is a whole number
  std::string_view group = "elementary";  ///< of language.md 5
  std::string_view latex = {};            ///< `\log #1`; default \operatorname{name}(…)
  std::string_view kinks = {};            ///< in words, for `explain`
  Parity parity = Parity::none;
  Form log = {};                  ///< log f(x)
  Form complement = {};           ///< 1 − f(x)
  Form less_argument = {};        ///< f(x) − x
  Form mirrored_sum = {};         ///< f(x) + f(−x)
  Form mirrored_difference = {};  ///< f(x) − f(−x)
  Form over_argument = {};        ///< f(x)/x
  std::string_view doc = {};
};

const BuiltinInfo& info(Builtin builtin);
std::optional<Builtin> find_builtin(std::string_view name);
std::span<const BuiltinInfo> all_builtins();

/// Its value is its argument, as it stands: only derivatives tell them apart.
constexpr bool is_identity(Builtin builtin) {
  return builtin == Builtin::stop_gradient || builtin == Builtin::hold_first ||
         builtin == Builtin::hold_second;
}
/// A row of group "given": what a called loss gives as its own derivative (autodiff/given.h).
constexpr bool is_given(Builtin builtin) {
  return builtin == Builtin::hold_first || builtin == Builtin::pull_first ||
         builtin == Builtin::hold_second || builtin == Builtin::pull_second ||
         builtin == Builtin::pull_next;
}

}  // namespace lossc::ir
