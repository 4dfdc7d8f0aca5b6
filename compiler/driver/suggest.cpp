// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/driver/suggest.h"

#include "compiler/sema/suggest.h"

namespace lossc::driver {

std::string did_you_mean(std::string_view name, const std::vector<std::string>& names) {
  const std::string best = sema::nearest(name, names);
  return best.empty() ? "" : "; did you mean \"" + best + "\"?";
}

std::string enumerated(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace lossc::driver
