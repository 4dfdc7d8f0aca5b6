// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A source text with its tree and its diagnostics, for the tests of the syntax.
#pragma once

#include <string>
#include <vector>

#include "compiler/syntax/parse.h"

namespace lossc::syntax {

struct Parsed {
  explicit Parsed(std::string text, const ParseLimits& limits = {})
      : id(sources.add("test.loss", std::move(text))), file(parse(id, diagnostics, limits)) {}

  /// The codes of all reports in the order of the text: "E0201 E0202".
  std::string codes() const {
    std::string result;
    for (const Report& report : diagnostics.sorted()) {
      if (!result.empty()) result += ' ';
      result += info(report.diagnostic).code;
    }
    return result;
  }

  /// The text after all fix-its, the first of each report.
  std::string fixed() const {
    std::string result(sources.file(id).text());
    const std::vector<Report> reports = diagnostics.sorted();
    for (auto report = reports.rbegin(); report != reports.rend(); ++report) {
      if (report->fixes.empty()) continue;
      const FixIt& fix = report->fixes.front();
      result.replace(fix.range.begin, fix.range.end - fix.range.begin, fix.replacement);
    }
    return result;
  }

  std::string tree() const { return print_tree(file); }

  SourceManager sources;
  Diagnostics diagnostics{sources};
  FileId id;
  File file;
};

/// The tree of `expression` as the body of a loss, without the lines above it; "" after an error.
inline std::string tree_of(const std::string& expression) {
  const Parsed parsed("loss f() =\n" + expression);
  if (parsed.diagnostics.has_errors()) return "";
  const std::string tree = parsed.tree();
  return tree.substr(tree.find("result\n") + 7);
}

}  // namespace lossc::syntax
