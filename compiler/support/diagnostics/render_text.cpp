// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reports for a terminal. Whatever the source holds, what is printed is harmless: control
// characters, escape sequences, bidirectional controls and broken UTF-8 are shown as escapes, and
// of a long line only a window around the place is shown.
#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

#include "compiler/support/diagnostics/diagnostics.h"
#include "compiler/support/diagnostics/harmless.h"

namespace lossc {
namespace {

constexpr std::size_t window = 100;  ///< columns of a source line that are shown

/// One code point as it is shown, and the columns it takes.
struct Glyph {
  std::size_t offset = 0;  ///< in the line
  std::string text;
  std::size_t width = 1;
};

bool is_harmless(utf8proc_int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

/// The glyphs of [begin, end) of the text; a tab is two spaces.
std::vector<Glyph> glyphs(std::string_view text, std::size_t begin, std::size_t end) {
  std::vector<Glyph> result;
  for (std::size_t i = begin; i < end;) {
    utf8proc_int32_t code = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + i),
                                         static_cast<utf8proc_ssize_t>(text.size() - i), &code);
    Glyph glyph;
    glyph.offset = i;
    if (length <= 0) {
      glyph.text = fmt::format("\\x{:02X}", static_cast<unsigned char>(text[i]));
      glyph.width = 4;
    } else if (code == '\t') {
      glyph.text = "  ";
      glyph.width = 2;
    } else if (!is_harmless(code)) {
      glyph.text =
          code < 0x80 ? fmt::format("\\x{:02X}", code) : fmt::format("\\u{{{:04X}}}", code);
      glyph.width = glyph.text.size();
    } else {
      glyph.text = text.substr(i, static_cast<std::size_t>(length));
      glyph.width = static_cast<std::size_t>(std::max(utf8proc_charwidth(code), 0));
    }
    i += length <= 0 ? 1 : static_cast<std::size_t>(length);
    result.push_back(std::move(glyph));
  }
  return result;
}

}  // namespace

std::string harmless(std::string_view text) {
  std::string result;
  for (const Glyph& glyph : glyphs(text, 0, text.size())) {
    result += text[glyph.offset] == '\n' ? "\n" : glyph.text;
  }
  return result;
}

namespace {

class TextRenderer {
 public:
  TextRenderer(const Diagnostics& diagnostics, const RenderOptions& options)
      : diagnostics_(diagnostics), options_(options) {}

  std::string run() {
    std::size_t errors = 0;
    std::size_t hidden = 0;
    for (const Report& report : diagnostics_.sorted()) {
      const bool error = report.severity == Severity::error;
      if (error && errors == options_.limit) {
        ++hidden;
        continue;
      }
      if (error) ++errors;
      render(report);
    }
    if (hidden != 0) {
      text_ += fmt::format("{} more error{} not shown\n", hidden, hidden == 1 ? "" : "s");
    }
    return std::move(text_);
  }

 private:
  std::string styled(std::string_view style, std::string_view words) const {
    if (!options_.color) return std::string(words);
    return fmt::format("\x1b[{}m{}\x1b[0m", style, words);
  }

  void render(const Report& report) {
    const bool error = report.severity == Severity::error;
    place(report.range);
    text_ += styled(error ? "1;31" : "1;35", error ? "error:" : "warning:");
    text_ += ' ' + styled("1", harmless(report.message));
    text_ += fmt::format(" [{}]\n", info(report.diagnostic).code);
    source_line(report.range);
    for (const Note& note : report.notes) {
      place(note.range);
      text_ += styled("1;36", "note:") + ' ' + harmless(note.text) + '\n';
      source_line(note.range);
    }
    for (const FixIt& fix : report.fixes) suggestion(fix);
  }

  void place(const SourceRange& range) {
    if (!range.valid()) return;
    const SourceFile& file = diagnostics_.sources().file(range.file);
    const LineColumn at = file.line_column(range.begin);
    text_ += styled("1", fmt::format("{}:{}:{}:", harmless(file.name()), at.line, at.column)) + ' ';
  }

  /// The line of the place, or a window of it, and `^~~~` below.
  void source_line(const SourceRange& range) {
    if (!range.valid()) return;
    const SourceFile& file = diagnostics_.sources().file(range.file);
    const std::uint32_t number = file.line_column(range.begin).line;
    const std::string_view line = file.line(number);
    const std::size_t begin =
        std::min<std::size_t>(range.begin - file.line_start(number), line.size());
    const std::size_t end = std::clamp<std::size_t>(
        range.end - std::min(range.end, file.line_start(number)), begin, line.size());
    if (line.empty()) return;
    // Bytes bound columns, so a window of bytes around the place is a window of columns.
    std::size_t first = begin > window / 2 && line.size() > window ? begin - window / 2 : 0;
    std::size_t last = line.size() - first > window ? first + window : line.size();
    while (first > 0 && is_continuation(line[first])) --first;
    while (last < line.size() && is_continuation(line[last])) ++last;
    std::string shown = first > 0 ? "  …" : "  ";
    std::string marks(first > 0 ? 3 : 2, ' ');
    for (const Glyph& glyph : glyphs(line, first, last)) {
      shown += glyph.text;
      const bool marked = glyph.offset >= begin && glyph.offset < end;
      for (std::size_t i = 0; i < glyph.width; ++i) {
        marks += !marked ? ' ' : glyph.offset == begin && i == 0 ? '^' : '~';
      }
    }
    if (begin == end) marks = marks.substr(0, column_of(line, first, begin)) + '^';
    if (last < line.size()) shown += "…";
    marks.erase(marks.find_last_not_of(' ') + 1);
    text_ += shown + '\n' + styled("1;32", marks) + '\n';
  }

  static bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; }

  static std::size_t column_of(std::string_view line, std::size_t first, std::size_t offset) {
    std::size_t column = first > 0 ? 3 : 2;
    for (const Glyph& glyph : glyphs(line, first, std::max(first, offset))) column += glyph.width;
    return column;
  }

  /// The lines of the fix as they would be: `help: write `^`:` and the text.
  void suggestion(const FixIt& fix) {
    text_ += styled("1;34", "help:") + ' ' + harmless(fix.text);
    const SourceFile& file = diagnostics_.sources().file(fix.range.file);
    const std::uint32_t first = file.line_column(fix.range.begin).line;
    const std::uint32_t last = file.line_column(fix.range.end).line;
    const std::uint32_t line_begin = file.line_start(first);
    const std::string_view last_line = file.line(last);
    const std::uint32_t after = fix.range.end - file.line_start(last);
    const std::string_view head = file.text().substr(line_begin, fix.range.begin - line_begin);
    const std::string_view tail = after <= last_line.size() ? last_line.substr(after) : "";
    if (head.size() + tail.size() + fix.replacement.size() > 2 * window) {
      text_ += fmt::format(": `{}`\n", harmless(short_form(fix.replacement)));
      return;
    }
    text_ += fix.text.ends_with('?') ? "\n" : ":\n";
    const std::string line = fmt::format("{}{}{}", head, fix.replacement, tail);
    std::string_view rest = line;
    while (!rest.empty()) {
      std::string_view next = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(next.size() + 1, rest.size()));
      if (next.ends_with('\r')) next.remove_suffix(1);
      next = next.substr(0, next.find_last_not_of(" \t") + 1);
      text_ += "  " + styled("32", harmless(next)) + '\n';
    }
  }

  static std::string short_form(std::string_view text) {
    if (text.size() <= window) return std::string(text);
    std::size_t end = window;
    while (end > 0 && is_continuation(text[end])) --end;
    return std::string(text.substr(0, end)) + "…";
  }

  const Diagnostics& diagnostics_;
  const RenderOptions& options_;
  std::string text_;
};

}  // namespace

std::string render_text(const Diagnostics& diagnostics, const RenderOptions& options) {
  return TextRenderer(diagnostics, options).run();
}

}  // namespace lossc
