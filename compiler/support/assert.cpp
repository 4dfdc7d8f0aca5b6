// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/assert.h"

#include <cstdio>
#include <cstdlib>

namespace lossc {

void internal_error(std::string_view what, const char* file, int line) {
  std::fprintf(stderr, "lossc: internal error: %.*s (%s:%d)\nPlease report this with the input.\n",
               static_cast<int>(what.size()), what.data(), file, line);
  std::abort();
}

}  // namespace lossc
