// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/source.h"

#include <algorithm>
#include <utility>

namespace lossc {

SourceRange cover(const SourceRange& first, const SourceRange& second) {
  if (!first.valid()) return second;
  if (!second.valid() || second.file != first.file) return first;
  return {first.file, std::min(first.begin, second.begin), std::max(first.end, second.end)};
}

SourceFile::SourceFile(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), line_starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

LineColumn SourceFile::line_column(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text_.size()));
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(next - line_starts_.begin());
  std::uint32_t column = 1;
  for (std::uint32_t i = line_starts_[line - 1]; i < offset; ++i) {
    // Every byte that does not continue a UTF-8 sequence starts a code point.
    if ((static_cast<unsigned char>(text_[i]) & 0xc0u) != 0x80u) ++column;
  }
  return {line, column};
}

std::uint32_t SourceFile::line_start(std::uint32_t number) const {
  if (number == 0) return 0;
  if (number > line_starts_.size()) return static_cast<std::uint32_t>(text_.size());
  return line_starts_[number - 1];
}

std::string_view SourceFile::line(std::uint32_t number) const {
  const std::uint32_t begin = line_start(number);
  std::string_view rest = std::string_view(text_).substr(begin);
  rest = rest.substr(0, rest.find('\n'));
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return rest;
}

FileId SourceManager::add(std::string name, std::string text) {
  files_.emplace_back(std::move(name), std::move(text));
  return FileId{static_cast<std::uint32_t>(files_.size() - 1)};
}

std::string_view SourceManager::text(const SourceRange& range) const {
  if (!range.valid()) return {};
  return file(range.file).text().substr(range.begin, range.end - range.begin);
}

}  // namespace lossc
