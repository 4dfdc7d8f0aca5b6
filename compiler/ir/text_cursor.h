// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One line of the text form, read from left to right. Every read gives nothing at a mismatch and
// the reader reports the line; nothing here throws or looks past the end.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lossc::ir {

class TextCursor {
 public:
  explicit TextCursor(std::string_view line) : rest_(line) {}

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }
  /// Takes the mark if it is next.
  bool take(std::string_view mark) {
    skip_blanks();
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(mark.size());
    return true;
  }
  /// Up to a blank or one of `,:[]()="%`; empty if there is nothing.
  std::string word() {
    skip_blanks();
    const std::size_t end = std::min(rest_.find_first_of(" ,:[]()=\"%"), rest_.size());
    std::string result(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return result;
  }
  std::optional<std::uint32_t> node_number() {
    if (!take("%")) return std::nullopt;
    return whole<std::uint32_t>();
  }
  template <class Integer>
  std::optional<Integer> whole() {
    skip_blanks();
    Integer value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  std::optional<std::string> quoted() {
    if (!take("\"")) return std::nullopt;
    std::string result;
    while (!rest_.empty() && rest_[0] != '"') {
      char c = rest_[0];
      if (c == '\\' && rest_.size() > 1) {
        rest_.remove_prefix(1);
        c = rest_[0] == 'n' ? '\n' : rest_[0];
      }
      result += c;
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) return std::nullopt;
    rest_.remove_prefix(1);
    return result;
  }
  std::string_view rest() const { return rest_; }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\r')) rest_.remove_prefix(1);
  }
  std::string_view rest_;
};

}  // namespace lossc::ir
