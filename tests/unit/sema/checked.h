// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A source text run through parser and checker, for the tests of the checker.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "compiler/sema/check.h"

namespace lossc::sema {

struct Checked {
  std::unique_ptr<SourceManager> sources = std::make_unique<SourceManager>();
  std::unique_ptr<Diagnostics> diagnostics = std::make_unique<Diagnostics>(*sources);
  Module module;

  /// Codes of all reports in order of place, joined by spaces.
  std::string codes() const {
    std::string text;
    for (const Report& report : diagnostics->sorted()) {
      text += (text.empty() ? "" : " ") + std::string(info(report.diagnostic).code);
    }
    return text;
  }
  std::string shown() const { return render_text(*diagnostics); }
};

inline Checked checked(const std::string& text, const CheckOptions& options = {},
                       const std::string& path = "") {
  Checked result;
  const FileId file = result.sources->add(path.empty() ? "test.loss" : path, text);
  result.module = check(file, path, options, *result.diagnostics);
  for (const ir::Function& function : result.module.functions) {
    EXPECT_EQ(ir::violation(function).value_or(""), "") << text;
  }
  return result;
}

}  // namespace lossc::sema
