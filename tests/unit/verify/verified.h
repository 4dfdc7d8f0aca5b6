// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A loss from its text, as a subject to verify.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "compiler/sema/check.h"
#include "compiler/verify/search.h"

namespace lossc::testing {

inline verify::Subject subject_of(const std::string& source) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const FileId file = sources.add("test.loss", source);
  const sema::Module module = sema::check(file, "", {}, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << render_text(diagnostics);
  auto subject = verify::subject(module.functions.at(0), {});
  EXPECT_TRUE(subject) << subject.error().message;
  return std::move(*subject);
}

inline verify::Certificate certificate_of(const verify::Subject& subject, FloatType type,
                                          std::size_t points = 400, std::uint64_t seed = 1) {
  verify::SearchOptions options;
  options.compile.type = type;
  options.points = points;
  options.seed = seed;
  auto certificate = verify::certified(subject, options);
  EXPECT_TRUE(certificate) << certificate.error().message;
  return std::move(*certificate);
}

}  // namespace lossc::testing
