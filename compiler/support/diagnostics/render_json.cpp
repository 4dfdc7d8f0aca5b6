// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reports for programs: {"diagnostics": [{code, name, severity, message, location, notes, fixes}]}.
// Places are lines and columns (from 1, in code points) and byte offsets. Bytes of the source that
// are not UTF-8 become U+FFFD, so the result is always valid JSON.
#include <nlohmann/json.hpp>

#include "compiler/support/diagnostics/diagnostics.h"

namespace lossc {
namespace {

using Json = nlohmann::ordered_json;

Json location(const Diagnostics& diagnostics, const SourceRange& range) {
  if (!range.valid()) return nullptr;
  const SourceFile& file = diagnostics.sources().file(range.file);
  const LineColumn begin = file.line_column(range.begin);
  const LineColumn end = file.line_column(range.end);
  return {{"file", file.name()},    {"line", begin.line},       {"column", begin.column},
          {"end_line", end.line},   {"end_column", end.column}, {"begin_offset", range.begin},
          {"end_offset", range.end}};
}

Json entry(const Diagnostics& diagnostics, const Report& report) {
  const DiagnosticInfo& row = info(report.diagnostic);
  Json notes = Json::array();
  for (const Note& note : report.notes) {
    notes.push_back({{"message", note.text}, {"location", location(diagnostics, note.range)}});
  }
  Json fixes = Json::array();
  for (const FixIt& fix : report.fixes) {
    fixes.push_back({{"message", fix.text},
                     {"location", location(diagnostics, fix.range)},
                     {"replacement", fix.replacement}});
  }
  return {{"code", row.code},
          {"name", row.name},
          {"severity", report.severity == Severity::error ? "error" : "warning"},
          {"message", report.message},
          {"location", location(diagnostics, report.range)},
          {"notes", std::move(notes)},
          {"fixes", std::move(fixes)}};
}

}  // namespace

std::string render_json(const Diagnostics& diagnostics) {
  Json list = Json::array();
  for (const Report& report : diagnostics.sorted()) list.push_back(entry(diagnostics, report));
  const Json result = {{"diagnostics", std::move(list)}};
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lossc
