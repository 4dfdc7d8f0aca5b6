// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Wording of the runtime's messages. Numbers are written the same in every locale.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lossc::runtime {

std::string quoted(const std::string& name);
/// `1 number`, `3 numbers`.
std::string counted(std::int64_t count, const std::string& noun);
/// Shortest text that reads back.
std::string text_of(double number);
/// `[2, 3]`.
std::string text_of(const std::vector<std::int64_t>& sizes);
/// `; did you mean "z"?`, or nothing.
std::string suggestion(const std::string& name, const std::vector<std::string>& names);

}  // namespace lossc::runtime
