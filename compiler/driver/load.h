// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From what a person names (`focal.loss`, `focal.loss:focal`, `std.regression.huber`, `-`) to
// checked losses. What is wrong with the text goes to the diagnostics; what is wrong with the world
// (no such file, a directory, a FIFO) is an Error.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/sema/check.h"
#include "compiler/support/diagnostics/diagnostics.h"
#include "compiler/support/result.h"
#include "compiler/syntax/parse.h"

namespace lossc::driver {

struct Target {
  enum class Kind { file, standard_input, library };
  Kind kind{};
  std::string place;  ///< a path, or a library module such as `std.regression`
  std::string loss;   ///< empty: all of them, or the only one
};

/// Error: a library module that does not exist.
Result<Target> parsed_target(const std::string& text);

/// The bytes of a regular file (a little more than `limit` of them at most: the parser then says
/// that the source is too large), or of standard input.
Result<std::string> file_text(const std::string& path, std::size_t limit);
Result<std::string> standard_input_text(std::size_t limit);

/// The source of a target as a file of the source manager: for the stages before the checker.
Result<FileId> source_file(const Target& target, SourceManager& sources,
                           std::size_t limit = syntax::ParseLimits{}.bytes);

/// Reads, parses and checks.
Result<sema::Module> loaded(const Target& target, const sema::CheckOptions& options,
                            Diagnostics& diagnostics);

/// Names of the losses and metrics of the file itself.
std::vector<std::string> loss_names(const sema::Module& module);
/// The losses of the module that the target means: the named one, or all of its own.
Result<std::vector<const ir::Function*>> selected(const sema::Module& module,
                                                  const std::string& loss);
/// The one loss that is meant; Error: no such loss, or several and none was named.
Result<const ir::Function*> selected_one(const sema::Module& module, const std::string& loss);

}  // namespace lossc::driver
