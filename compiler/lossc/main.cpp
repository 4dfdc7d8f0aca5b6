// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The program `lossc`.
#include <string>
#include <vector>

#include "compiler/lossc/command.h"

int main(int count, char** words) {
  return lossc::cli::run(std::vector<std::string>(words + (count > 0 ? 1 : 0), words + count));
}
