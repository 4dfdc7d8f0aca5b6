// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The standard library's text, embedded in the compiler (generated from stdlib/*.loss).
#pragma once

#include <string>
#include <vector>

namespace lossc::sema {

struct LibraryFile {
  std::string module;  ///< `std.regression`
  std::string text;
};

const std::vector<LibraryFile>& library_files();

}  // namespace lossc::sema
