// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Diagnostics: what is wrong with the author's program, where, and how to mend it. Every message
// is one row of registry.def; passes only name the row and give its arguments, so that the text,
// the severity, the golden test and `lossc explain` have one source.
//
//   diagnostics.report(Diagnostic::unknown_name, range, {name})
//       .note(place, "defined here")
//       .fix(range, "p1", "rename it");
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/support/source.h"

namespace lossc {

enum class Severity { error, warning };

enum class Diagnostic {
#define DIAGNOSTIC(code, severity, name, text, explanation) name,
#include "compiler/support/diagnostics/registry.def"
#undef DIAGNOSTIC
};

/// The row of the registry.
struct DiagnosticInfo {
  std::string_view code;  ///< "E0312" or "W0105"
  Severity severity;
  std::string_view name;         ///< "unknown_name": the -W flag of a warning, with - for _
  std::string_view text;         ///< with {} for the arguments, in order
  std::string_view explanation;  ///< the long form, Markdown, with an example
};

const DiagnosticInfo& info(Diagnostic diagnostic);
const std::vector<DiagnosticInfo>& all_diagnostics();
/// The row with this code (any letter case) or null.
const DiagnosticInfo* find_diagnostic(std::string_view code);

struct Note {
  SourceRange range;  ///< may be invalid: a note without a place
  std::string text;
};

/// Replacing `range` by `replacement` mends the error, or nearly so.
struct FixIt {
  SourceRange range;
  std::string replacement;
  std::string text;  ///< what it does, in the imperative
};

struct Report {
  Diagnostic diagnostic{};
  Severity severity = Severity::error;
  SourceRange range;
  std::string message;
  std::vector<Note> notes;
  std::vector<FixIt> fixes;

  Report& note(const SourceRange& place, std::string text);
  Report& note(std::string text);
  Report& fix(const SourceRange& place, std::string replacement, std::string text);
};

/// Collects reports. The same row at the same place is reported once. Of one file, at most
/// `most_per_file` are kept: a text of 100,000 stray brackets is one mistake, not 100,000.
class Diagnostics {
 public:
  static constexpr std::size_t most_per_file = 1000;

  explicit Diagnostics(SourceManager& sources) : sources_(sources) {}

  /// The returned report may be given notes and fix-its until the next call.
  Report& report(Diagnostic diagnostic, const SourceRange& range,
                 std::initializer_list<std::string_view> arguments = {});

  bool has_errors() const { return errors_ != 0; }
  std::size_t error_count() const { return errors_; }
  /// Sorted by file and place; errors of one place in the order they were found.
  std::vector<Report> sorted() const;
  const std::deque<Report>& reports() const { return reports_; }
  SourceManager& sources() const { return sources_; }
  /// -Werror.
  void set_warnings_are_errors(bool value) { warnings_are_errors_ = value; }
  /// -Wno-NAME.
  void disable(Diagnostic warning) { disabled_.push_back(warning); }

 private:
  SourceManager& sources_;
  std::deque<Report> reports_;
  std::set<std::pair<Diagnostic, SourceRange>> seen_;
  /// Of each file: reports kept, errors and warnings apart, so that neither hides the other.
  std::map<FileId, std::array<std::size_t, 2>> kept_;
  Report discarded_;
  std::vector<Diagnostic> disabled_;
  std::size_t errors_ = 0;
  bool warnings_are_errors_ = false;
};

struct RenderOptions {
  bool color = false;
  std::size_t limit = 20;  ///< errors shown; the rest are counted
};

/// `file:line:column: error: … [E0312]`, the source line, carets, notes and fix-its. Control and
/// bidirectional characters of the source are escaped.
std::string render_text(const Diagnostics& diagnostics, const RenderOptions& options = {});
/// One JSON object {"diagnostics": […]}.
std::string render_json(const Diagnostics& diagnostics);
/// SARIF 2.1.0.
std::string render_sarif(const Diagnostics& diagnostics);

}  // namespace lossc
