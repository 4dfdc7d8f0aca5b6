// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// "Did you mean": the candidate nearest to what was written, if one is near enough to be likely.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lossc::sema {

/// Insertions, deletions, replacements and swaps of neighbours that turn one into the other; larger
/// than `limit` is reported as limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// Empty if nothing is near.
std::string nearest(std::string_view written, const std::vector<std::string>& candidates);

/// `1 axis`, `3 axes`, `no axes`.
std::string counted_axes(std::size_t count);

}  // namespace lossc::sema
