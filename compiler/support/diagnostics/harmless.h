// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text of others on its way to a terminal: names of files, words of the command line, source lines.
#pragma once

#include <string>
#include <string_view>

namespace lossc {

/// The text with control and bidirectional characters, and what is no UTF-8, escaped. Line ends
/// stay; a tab becomes two spaces.
std::string harmless(std::string_view text);

}  // namespace lossc
