// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The third kind of error: we are wrong. It says what and where, and stops; it is never used for
// anything that a user can type or pass.
#pragma once

#include <string_view>

namespace lossc {

[[noreturn]] void internal_error(std::string_view what, const char* file, int line);

}  // namespace lossc

#define LOSSC_ASSERT(condition, what) \
  ((condition) ? void() : ::lossc::internal_error(what, __FILE__, __LINE__))
#define LOSSC_UNREACHABLE(what) ::lossc::internal_error(what, __FILE__, __LINE__)
