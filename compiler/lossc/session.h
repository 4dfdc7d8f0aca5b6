// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What every command that reads losses does alike: sources, diagnostics with their -W and --color,
// loading targets, and the exit status that follows.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "compiler/driver/load.h"
#include "compiler/driver/pipeline.h"
#include "compiler/lossc/options.h"

namespace lossc::cli {

class Session {
 public:
  explicit Session(const Options& options);

  /// A mistake in the options (an unknown warning, say); the command then ends with status 2.
  Result<void> prepare();

  /// Parses and checks; what is wrong with the text is in diagnostics().
  Result<sema::Module> load(const driver::Target& target);
  Result<sema::Module> load(const std::string& target);

  Diagnostics& diagnostics() { return diagnostics_; }
  SourceManager& sources() { return sources_; }
  const sema::CheckOptions& check_options() const { return check_options_; }
  bool color() const { return color_; }

  /// Shows the diagnostics on standard error, once. True: none of them is an error.
  bool report();

  /// --print-after, --trace-rewrites, --time-passes, --verify-passes for a run of the pipeline.
  Result<driver::PipelineOptions> pipeline_options();
  /// Shows what they collected.
  void report_pipeline();

 private:
  Result<void> apply_warning(const std::string& name);
  Result<void> apply_limits();

  const Options& options_;
  SourceManager sources_;
  Diagnostics diagnostics_;
  sema::CheckOptions check_options_;
  bool color_ = false;
  bool reported_ = false;
  std::vector<stabilise::Rewrite> rewrites_;
  std::map<std::string, std::chrono::nanoseconds> times_;
};

/// --width: lanes of a vector; 0 if it is not given.
Result<unsigned> vector_width(const Options& options);
/// -O: 0 or 2.
int optimisation_level(const Options& options);

/// `-D name=value,…` as a binding for this loss: words of options, exact decimals, lists.
Result<simplify::Binding> binding_from(const ir::Function& function,
                                       const std::vector<std::string>& definitions,
                                       const std::string& option);

}  // namespace lossc::cli
