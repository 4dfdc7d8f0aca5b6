// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The public interface on its own, because its names and the compiler's do not mix in one file.
#pragma once

#include <string>
#include <vector>

namespace lossc::testing {

/// Loads the text of one loss into a new engine and makes its kernel; false if that failed.
bool compiled_by_engine(const std::string& text, const std::vector<std::string>& gradients);

}  // namespace lossc::testing
