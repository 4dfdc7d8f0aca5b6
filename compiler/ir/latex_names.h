// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of a loss as a mathematician sets them: gamma → \gamma, y_hat → \hat{y}, s1 → s_{1}.
#pragma once

#include <string>
#include <string_view>

#include "compiler/ir/number.h"

namespace lossc::ir {

std::string latex_name(std::string_view name);

/// A constant that is not negative: a small fraction as \frac, powers of ten as such.
std::string latex_number(const Number& number);

}  // namespace lossc::ir
