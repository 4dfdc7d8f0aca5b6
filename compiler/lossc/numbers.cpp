// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/numbers.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace lossc::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The exact value of a decimal such as -12.5e-3, and the double where 10^n would be very large.
std::optional<ir::Number> exact_decimal(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  constexpr std::size_t longest = 1000;
  const auto value = text.size() > longest ? std::nullopt : parsed_number(text);
  if (!value) return std::nullopt;
  if (std::isnan(*value)) return ir::Number::nan();
  if (text.find_first_of("iI") != std::string_view::npos) return ir::Number::infinity(*value < 0);
  const bool negative = text[0] == '-';
  ir::Number mantissa;
  long exponent = 0;
  bool point = false;
  std::size_t i = negative ? 1 : 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    mantissa = mantissa * ir::Number(10) + ir::Number(text[i] - '0');
    exponent -= point ? 1 : 0;
  }
  if (i < text.size()) {
    const auto written = parsed_integer(text.substr(i + 1 + (text[i + 1] == '+' ? 1 : 0)));
    constexpr std::int64_t largest = 400;
    if (!written || std::abs(*written) > largest) return ir::Number::of_double(*value);
    exponent += static_cast<long>(*written);
  }
  const auto scale = ir::power(ir::Number(10), ir::Number(exponent));
  if (!scale) return ir::Number::of_double(*value);
  return negative ? -(mantissa * *scale) : mantissa * *scale;
}

}  // namespace

std::string number_text(double value, FloatType type) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 40> buffer{};
  const auto single = static_cast<float>(value);
  const bool short_form = type == FloatType::f32 && static_cast<double>(single) == value;
  const auto end = short_form
                       ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), single).ptr
                       : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string json_number(double value, FloatType type) {
  const std::string text = number_text(value, type);
  return std::isfinite(value) ? text : "\"" + text + "\"";
}

std::string json_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr std::string_view hex = "0123456789abcdef";
      result += "\\u00";
      result += hex[static_cast<unsigned char>(c) >> 4];
      result += hex[static_cast<unsigned char>(c) & 15];
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::optional<std::int64_t> parsed_integer(std::string_view text) {
  text = trimmed(text);
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parsed_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ptr != text.data() + text.size()) return std::nullopt;
  if (result.ec == std::errc::result_out_of_range) {
    // Too large or too small for a double: the nearest one, as everywhere.
    const bool small = text.find("e-") != std::string_view::npos ||
                       text.find("E-") != std::string_view::npos || text.find("0.0") < 2;
    const double size = small ? 0.0 : std::numeric_limits<double>::infinity();
    return text[0] == '-' ? -size : size;
  }
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

Result<std::vector<ir::Number>> exact_numbers(std::string_view text) {
  text = trimmed(text);
  std::vector<ir::Number> values;
  const bool list = text.size() >= 2 && text.front() == '[' && text.back() == ']';
  std::string_view rest = list ? trimmed(text.substr(1, text.size() - 2)) : text;
  if (list && rest.empty()) return values;
  for (;;) {
    const std::size_t comma = list ? rest.find(',') : std::string_view::npos;
    const std::string_view part = trimmed(rest.substr(0, comma));
    const auto value = part.empty() ? std::nullopt : exact_decimal(part);
    if (!value) return Error{"\"" + std::string(part) + "\" is not a number"};
    values.push_back(*value);
    if (comma == std::string_view::npos) return values;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace lossc::cli
