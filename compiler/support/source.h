// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Source text and places in it. A place is a file and two byte offsets; lines and columns are
// computed only when a diagnostic is shown. Files are never removed, so ids and views stay valid as
// long as the SourceManager lives.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace lossc {

struct FileId {
  std::uint32_t index = 0xffffffffu;
  auto operator<=>(const FileId&) const = default;
  bool valid() const { return index != 0xffffffffu; }
};

/// A half-open range of bytes [begin, end) of one file.
struct SourceRange {
  FileId file;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool valid() const { return file.valid(); }
  auto operator<=>(const SourceRange&) const = default;
};

/// The smallest range that covers both.
SourceRange cover(const SourceRange& first, const SourceRange& second);

/// A place as people count it: both from 1, the column in Unicode code points.
struct LineColumn {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

class SourceFile {
 public:
  SourceFile(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  LineColumn line_column(std::uint32_t offset) const;
  /// The text of a line (from 1), without its line end.
  std::string_view line(std::uint32_t number) const;
  /// Offset of the first byte of a line (from 1).
  std::uint32_t line_start(std::uint32_t number) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
};

class SourceManager {
 public:
  FileId add(std::string name, std::string text);
  const SourceFile& file(FileId id) const { return files_[id.index]; }
  std::string_view text(const SourceRange& range) const;
  std::size_t size() const { return files_.size(); }

 private:
  std::deque<SourceFile> files_;
};

}  // namespace lossc
