// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of builtins.def as data. It is made on first use and never changes.
#include "compiler/ir/builtins.h"

#include <array>
#include <limits>
#include <unordered_map>

#include "compiler/ir/formula_functions.h"
#include "compiler/support/assert.h"

namespace lossc::ir {
namespace {

std::vector<BuiltinInfo> make_table() {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const Formula x = Formula::variable(0);
  const Formula y = Formula::variable(1);
  const Formula z = Formula::variable(2);
  const Formula pi = pi_formula();
  return {
#define BUILTIN(function, ...) BuiltinInfo{__VA_ARGS__},
#include "compiler/ir/builtins.def"
#undef BUILTIN
  };
}

const std::vector<BuiltinInfo>& table() {
  static const std::vector<BuiltinInfo> rows = make_table();
  return rows;
}

}  // namespace

const BuiltinInfo& info(Builtin builtin) {
  const auto index = static_cast<std::size_t>(builtin);
  LOSSC_ASSERT(index < table().size(), "no such builtin");
  return table()[index];
}

std::optional<Builtin> find_builtin(std::string_view name) {
  static const auto* names = [] {
    auto* map = new std::unordered_map<std::string_view, Builtin>;
    for (std::size_t i = 0; i < table().size(); ++i) {
      map->emplace(table()[i].name, static_cast<Builtin>(i));
    }
    return map;
  }();
  const auto found = names->find(name);
  if (found == names->end()) return std::nullopt;
  return found->second;
}

std::span<const BuiltinInfo> all_builtins() { return table(); }

}  // namespace lossc::ir
