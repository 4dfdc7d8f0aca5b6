// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writing results. A file is written beside its place and renamed: nobody ever sees half of it, and
// a full disk leaves the old one.
#pragma once

#include <string>
#include <string_view>

#include "compiler/support/result.h"

namespace lossc::cli {

/// `-` is standard output; what is no regular file (`/dev/null`, a FIFO) is written as it is.
Result<void> write_output(const std::string& path, std::string_view bytes);

/// The exit status: 0, or 1 with a message if standard output takes no more.
int write_standard_output(std::string_view text);

}  // namespace lossc::cli
