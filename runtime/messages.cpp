// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/messages.h"

#include <array>
#include <charconv>
#include <cmath>

#include "compiler/driver/suggest.h"

namespace lossc::runtime {

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string text_of(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  std::array<char, 40> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), result.ptr};
}

std::string text_of(const std::vector<std::int64_t>& sizes) {
  std::string text = "[";
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (i != 0) text += ", ";
    text += std::to_string(sizes[i]);
  }
  return text + "]";
}

std::string suggestion(const std::string& name, const std::vector<std::string>& names) {
  return driver::did_you_mean(name, names);
}

}  // namespace lossc::runtime
