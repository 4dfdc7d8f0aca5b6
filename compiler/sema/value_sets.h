// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few values that an expression can take, when they are few: `(y + 1) / 2` of a sign is 0 or 1,
// which no interval can tell. Sound: every value it can take is in the set.
#pragma once

#include <optional>
#include <vector>

#include "compiler/ir/function.h"

namespace lossc::sema {

/// Sorted, without repetition; nothing if there may be more than eight, or they are not known.
std::optional<std::vector<ir::Number>> possible_values(const ir::Function& function, ir::ExprId id);

}  // namespace lossc::sema
