// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of the registry and the list of reports. Filling a message never fails: an argument too
// few leaves its {} standing, one too many is dropped, so that a wrong row is ugly, not a crash.
#include "compiler/support/diagnostics/diagnostics.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace lossc {
namespace {

/// The text of a row with {} replaced by the arguments, in order; {{ and }} are braces.
std::string fill(std::string_view text, std::initializer_list<std::string_view> arguments) {
  std::string result;
  result.reserve(text.size() + 32);
  const std::string_view* next = arguments.begin();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view pair = text.substr(i, 2);
    if (pair == "{{" || pair == "}}") {
      result += text[i++];
    } else if (pair == "{}" && next != arguments.end()) {
      result += *next++;
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

/// Raw strings of the registry begin with the line end after R"(.
std::string_view without_first_newline(std::string_view text) {
  return text.starts_with('\n') ? text.substr(1) : text;
}

}  // namespace

const std::vector<DiagnosticInfo>& all_diagnostics() {
  static const std::vector<DiagnosticInfo> table = {
#define DIAGNOSTIC(code, severity, name, text, explanation) \
  DiagnosticInfo{code, Severity::severity, #name, text, without_first_newline(explanation)},
#include "compiler/support/diagnostics/registry.def"
#undef DIAGNOSTIC
  };
  return table;
}

const DiagnosticInfo& info(Diagnostic diagnostic) {
  return all_diagnostics()[static_cast<std::size_t>(diagnostic)];
}

const DiagnosticInfo* find_diagnostic(std::string_view code) {
  for (const DiagnosticInfo& row : all_diagnostics()) {
    if (equal_ignoring_case(row.code, code)) return &row;
  }
  return nullptr;
}

Report& Report::note(const SourceRange& place, std::string text) {
  notes.push_back({place, std::move(text)});
  return *this;
}

Report& Report::note(std::string text) { return note(SourceRange{}, std::move(text)); }

Report& Report::fix(const SourceRange& place, std::string replacement, std::string text) {
  fixes.push_back({place, std::move(replacement), std::move(text)});
  return *this;
}

Report& Diagnostics::report(Diagnostic diagnostic, const SourceRange& range,
                            std::initializer_list<std::string_view> arguments) {
  const DiagnosticInfo& row = info(diagnostic);
  Report report;
  report.diagnostic = diagnostic;
  report.severity = row.severity;
  report.range = range;
  const bool disabled =
      row.severity == Severity::warning &&
      std::find(disabled_.begin(), disabled_.end(), diagnostic) != disabled_.end();
  if (report.severity == Severity::warning && warnings_are_errors_) {
    report.severity = Severity::error;
  }
  std::size_t& kept = kept_[range.file][report.severity == Severity::error ? 0 : 1];
  if (disabled || kept == most_per_file || !seen_.emplace(diagnostic, range).second) {
    discarded_ = std::move(report);
    return discarded_;
  }
  ++kept;
  if (report.severity == Severity::error) ++errors_;
  report.message = fill(row.text, arguments);
  return reports_.emplace_back(std::move(report));
}

std::vector<Report> Diagnostics::sorted() const {
  std::vector<Report> result(reports_.begin(), reports_.end());
  std::stable_sort(result.begin(), result.end(), [](const Report& a, const Report& b) {
    return std::pair(a.range.file, a.range.begin) < std::pair(b.range.file, b.range.begin);
  });
  return result;
}

}  // namespace lossc
