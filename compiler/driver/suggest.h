// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// "Did you mean": the nearest of some names, for messages about names that a person typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lossc::driver {

/// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest name if it is near enough to be meant (a third of the letters, at most 3); else "".
std::string nearest(std::string_view name, const std::vector<std::string>& names);

/// `; did you mean "gamma"?`, or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& names);

/// `a, b and c`.
std::string enumerated(const std::vector<std::string>& names);

}  // namespace lossc::driver
