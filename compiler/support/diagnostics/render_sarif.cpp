// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reports as SARIF 2.1.0, which code hosts and editors read. The rules are the rows of the registry
// that occur, each with its long explanation.
#include <map>
#include <nlohmann/json.hpp>

#include "compiler/support/diagnostics/diagnostics.h"

namespace lossc {
namespace {

using Json = nlohmann::ordered_json;

/// A file name as a URI reference (RFC 3986): what is not unreserved or `/` is percent-encoded.
std::string uri(std::string_view name) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  static constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string result;
  for (const char c : name) {
    if (plain.find(c) != std::string_view::npos) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 15u];
    }
  }
  return result;
}

class SarifRenderer {
 public:
  explicit SarifRenderer(const Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  std::string run() {
    Json results = Json::array();
    for (const Report& report : diagnostics_.sorted()) results.push_back(result(report));
    const Json log = {
        {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
        {"version", "2.1.0"},
        {"runs",
         Json::array({{{"tool", {{"driver", {{"name", "lossc"}, {"rules", std::move(rules_)}}}}},
                       {"columnKind", "unicodeCodePoints"},
                       {"results", std::move(results)}}})}};
    return log.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  std::size_t rule(Diagnostic diagnostic) {
    const auto [place, added] = rule_index_.emplace(diagnostic, rules_.size());
    if (added) {
      const DiagnosticInfo& row = info(diagnostic);
      const char* level = row.severity == Severity::error ? "error" : "warning";
      rules_.push_back({{"id", row.code},
                        {"name", row.name},
                        {"shortDescription", {{"text", row.text}}},
                        {"help", {{"text", row.explanation}, {"markdown", row.explanation}}},
                        {"defaultConfiguration", {{"level", level}}}});
    }
    return place->second;
  }

  Json region(const SourceRange& range) const {
    const SourceFile& file = diagnostics_.sources().file(range.file);
    const LineColumn begin = file.line_column(range.begin);
    const LineColumn end = file.line_column(range.end);
    return {{"startLine", begin.line},
            {"startColumn", begin.column},
            {"endLine", end.line},
            {"endColumn", end.column}};
  }

  Json artifact(const SourceRange& range) const {
    return {{"uri", uri(diagnostics_.sources().file(range.file).name())}};
  }

  Json location(const SourceRange& range) const {
    return {
        {"physicalLocation", {{"artifactLocation", artifact(range)}, {"region", region(range)}}}};
  }

  Json result(const Report& report) {
    const std::size_t index = rule(report.diagnostic);
    Json value = {{"ruleId", info(report.diagnostic).code},
                  {"ruleIndex", index},
                  {"level", report.severity == Severity::error ? "error" : "warning"},
                  {"message", {{"text", report.message}}},
                  {"locations", Json::array()}};
    if (report.range.valid()) value["locations"].push_back(location(report.range));
    for (const Note& note : report.notes) {
      Json related = note.range.valid() ? location(note.range) : Json::object();
      related["message"] = {{"text", note.text}};
      value["relatedLocations"].push_back(std::move(related));
    }
    for (const FixIt& fix : report.fixes) {
      const Json replacement = {{"deletedRegion", region(fix.range)},
                                {"insertedContent", {{"text", fix.replacement}}}};
      value["fixes"].push_back(
          {{"description", {{"text", fix.text}}},
           {"artifactChanges", Json::array({{{"artifactLocation", artifact(fix.range)},
                                             {"replacements", Json::array({replacement})}}})}});
    }
    return value;
  }

  const Diagnostics& diagnostics_;
  Json rules_ = Json::array();
  std::map<Diagnostic, std::size_t> rule_index_;
};

}  // namespace

std::string render_sarif(const Diagnostics& diagnostics) {
  return SarifRenderer(diagnostics).run();
}

}  // namespace lossc
