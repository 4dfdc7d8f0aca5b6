// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The commands of `lossc`, one file each, and what they share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/lossc/options.h"

namespace lossc::cli {

enum ExitStatus : int { success = 0, failed = 1, misused = 2 };

struct Command {
  std::string_view name;
  std::string_view arguments;  ///< after the name in the usage line
  std::string_view doc;
  std::vector<std::string_view> examples;
  unsigned set = 0;  ///< its bit of CommandSet
  int (*run)(const Options& options) = nullptr;
};

const std::vector<Command>& commands();

int run_check(const Options& options);
int run_eval(const Options& options);
int run_compile(const Options& options);
int run_test(const Options& options);
int run_verify(const Options& options);
int run_list(const Options& options);
int run_explain(const Options& options);

/// `lossc: error: …` on standard error; the status for "an error was diagnosed".
int fail(const std::string& message);
/// The same for a mistake of usage, with a pointer to --help.
int misuse(const std::string& message, std::string_view command = "");

/// The whole program, after the program's name.
int run(const std::vector<std::string>& words);

std::string help();
std::string help(const Command& command);

}  // namespace lossc::cli
