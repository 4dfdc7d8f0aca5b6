// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The options of the command line. One row of option_table.cpp is one option: parsing, help and
// messages come from it (and, later, the manual page and completion).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/support/result.h"

namespace lossc::cli {

/// Commands that take an option, as a set of bits.
enum CommandSet : unsigned {
  in_check = 1,
  in_eval = 2,
  in_compile = 4,
  in_test = 8,
  in_list = 16,
  in_explain = 32,
  in_verify = 64,
  in_sources = in_check | in_eval | in_compile | in_test | in_list | in_explain | in_verify,
  in_code = in_eval | in_compile | in_test | in_verify,
};

struct Option {
  std::string_view name;        ///< `--inputs`, `-I`
  std::string_view value_name;  ///< what --help calls its value; empty: a flag
  std::string_view doc;
  unsigned commands = 0;
  bool joined = false;  ///< `-Idir`: one dash, the value follows at once (or as the next word)
  std::vector<std::string_view> choices = {};  ///< empty: anything

  bool takes_value() const { return !value_name.empty(); }
};

const std::vector<Option>& option_table();

/// The options and targets of one call.
class Options {
 public:
  bool has(std::string_view name) const;
  /// The last value given.
  std::optional<std::string> value(std::string_view name) const;
  std::string value_or(std::string_view name, std::string_view otherwise) const;
  std::vector<std::string> all(std::string_view name) const;
  const std::vector<std::string>& targets() const { return targets_; }

  void add(std::string_view name, std::string value);
  void add_target(std::string target) { targets_.push_back(std::move(target)); }

 private:
  std::vector<std::pair<std::string, std::string>> given_;
  std::vector<std::string> targets_;
};

/// The words after the command's name. An Error is a mistake of usage.
Result<Options> parsed_options(const std::vector<std::string>& words, unsigned command,
                               const std::string& command_name);

/// `@file` replaced by the words of the file, quotes and backslashes honoured, to a depth of 8.
Result<std::vector<std::string>> expanded_words(const std::vector<std::string>& words);

/// `a,b,c`; empty parts are left out.
std::vector<std::string> comma_list(const std::string& text);
/// `NAME=VALUE`.
Result<std::pair<std::string, std::string>> assignment(const std::string& text,
                                                       const std::string& option);

}  // namespace lossc::cli
