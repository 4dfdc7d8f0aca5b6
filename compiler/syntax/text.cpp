// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the bytes of a file must be before the lexer sees them. ANTLR throws at invalid UTF-8, and a
// character that an editor does not show, or shows elsewhere, could hide a program from its reader.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "compiler/syntax/tokens.h"

namespace lossc::syntax {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Length of the well-formed UTF-8 sequence at `offset`, or 0 (Unicode, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return offset + i < text.size() ? static_cast<unsigned char>(text[offset + i]) : 0u;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;  // a continuation, or an overlong form of ASCII
  if (first < 0xe0) return continues(1) ? 2 : 0;
  if (first < 0xf0) {
    if (first == 0xe0 && byte(1) < 0xa0) return 0;   // overlong
    if (first == 0xed && byte(1) >= 0xa0) return 0;  // a surrogate
    return continues(1) && continues(2) ? 3 : 0;
  }
  if (first > 0xf4) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;   // overlong
  if (first == 0xf4 && byte(1) >= 0x90) return 0;  // above U+10FFFF
  return continues(1) && continues(2) && continues(3) ? 4 : 0;
}

std::string describe_invalid(std::string_view text, std::size_t offset) {
  const auto first = static_cast<unsigned char>(text[offset]);
  std::string_view reason = "which begins no character";
  if ((first & 0xc0u) == 0x80u) reason = "which continues a character that did not begin";
  if (first == 0xc0 || first == 0xc1) reason = "which begins an overlong form";
  if (first >= 0xc2 && first <= 0xf4)
    reason = "whose character is cut short, overlong or a surrogate";
  return fmt::format("byte 0x{:02X}, {}", first, reason);
}

/// The code point of a bidirectional control of 3 bytes, or 0: U+061C is of 2, the rest are
/// U+200E, U+200F, U+202A–U+202E and U+2066–U+2069.
unsigned bidirectional_control(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 2) return byte(0) == 0xd8 && byte(1) == 0x9c ? 0x061cu : 0u;
  if (sequence.size() != 3 || byte(0) != 0xe2) return 0;
  const unsigned code = 0x2000u | ((byte(1) & 0x3fu) << 6) | (byte(2) & 0x3fu);
  const bool control = code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                       (code >= 0x2066 && code <= 0x2069);
  return control ? code : 0;
}

bool check_bytes(FileId file, std::string_view text, std::size_t begin, Diagnostics& diagnostics) {
  const auto at = [&](std::size_t offset, std::size_t length) {
    return SourceRange{file, static_cast<std::uint32_t>(offset),
                       static_cast<std::uint32_t>(offset + length)};
  };
  for (std::size_t i = begin; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) {
      diagnostics.report(Diagnostic::invalid_utf8, at(i, 1), {describe_invalid(text, i)});
      return false;
    }
    if (text[i] == '\0') {
      diagnostics.report(Diagnostic::nul_byte, at(i, 1));
      return false;
    }
    if (text[i] == '\r' && text.substr(i + 1, 1) != "\n") {
      diagnostics.report(Diagnostic::lone_carriage_return, at(i, 1));
      return false;
    }
    if (const unsigned code = bidirectional_control(text.substr(i, length))) {
      const std::string name = fmt::format("U+{:04X}", code);
      diagnostics.report(Diagnostic::bidirectional_control, at(i, length), {name})
          .fix(at(i, length), "", "remove it");
    }
    i += length;
  }
  return true;
}

}  // namespace

std::optional<std::uint32_t> check_text(FileId file, Diagnostics& diagnostics,
                                        const ParseLimits& limits) {
  const std::string_view text = diagnostics.sources().file(file).text();
  if (text.size() > limits.bytes || text.size() > 0x7fffffffu) {
    diagnostics.report(Diagnostic::source_too_large, {file, 0, 0},
                       {std::to_string(text.size()), std::to_string(limits.bytes)});
    return std::nullopt;
  }
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    diagnostics.report(Diagnostic::utf16_source, {file, 0, 2});
    return std::nullopt;
  }
  const std::size_t begin = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  if (!check_bytes(file, text, begin, diagnostics)) return std::nullopt;
  return static_cast<std::uint32_t>(begin);
}

}  // namespace lossc::syntax
