// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parts of messages about names that a person typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lossc::driver {

/// `; did you mean "gamma"?`, or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& names);

/// `a, b and c`.
std::string enumerated(const std::vector<std::string>& names);

}  // namespace lossc::driver
