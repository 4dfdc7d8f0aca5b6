// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "compiler/lossc/command.h"

namespace {

using lossc::cli::parsed_options;

TEST(Options, JoinedSeparateAndWithEquals) {
  const auto options =
      parsed_options({"a.loss", "-Idir", "-I", "other", "-Dgamma=2", "--emit=core,ast", "--emit",
                      "llvm", "-O0", "-o", "-", "-Wno-unused", "--", "-b.loss"},
                     lossc::cli::in_compile, "compile");
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->all("-I"), (std::vector<std::string>{"dir", "other"}));
  EXPECT_EQ(options->value("-D"), "gamma=2");
  EXPECT_EQ(options->all("--emit"), (std::vector<std::string>{"core,ast", "llvm"}));
  EXPECT_EQ(options->value("-O"), "0");
  EXPECT_EQ(options->value("-o"), "-");
  EXPECT_EQ(options->value("-W"), "no-unused");
  EXPECT_EQ(options->targets(), (std::vector<std::string>{"a.loss", "-b.loss"}));
}

std::string usage_error(const std::vector<std::string>& words, unsigned command) {
  const auto options = parsed_options(words, command, "eval");
  return options ? "" : options.error().message;
}

TEST(Options, MistakesSayWhatWasMeant) {
  using namespace lossc::cli;
  EXPECT_EQ(usage_error({"--reductoin=sum"}, in_eval),
            "unknown option --reductoin of lossc eval; did you mean \"--reduction\"?");
  EXPECT_EQ(usage_error({"--reduction=summ"}, in_eval),
            "--reduction is one of mean, sum and none, not \"summ\"; did you mean \"sum\"?");
  EXPECT_EQ(usage_error({"--emit=core"}, in_eval), "lossc eval takes no --emit");
  EXPECT_EQ(usage_error({"--inputs"}, in_eval), "--inputs needs a value: --inputs=FILE.json");
}

TEST(Options, EveryRowIsFoundByItsName) {
  for (const lossc::cli::Option& option : lossc::cli::option_table()) {
    std::vector<std::string> words{std::string(option.name)};
    if (option.takes_value()) {
      words.emplace_back(option.choices.empty() ? "x" : std::string(option.choices[0]));
    }
    for (const lossc::cli::Command& command : lossc::cli::commands()) {
      // A name may have a row per group of commands.
      const auto& rows = lossc::cli::option_table();
      const bool taken = std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
        return row.name == option.name && (row.commands & command.set) != 0;
      });
      EXPECT_EQ(parsed_options(words, command.set, std::string(command.name)).ok(), taken)
          << command.name << " " << option.name;
    }
  }
}

TEST(Options, ResponseFilesAreWords) {
  const std::string path = ::testing::TempDir() + "/words.txt";
  std::ofstream(path) << "one 'two words'\n\"a \\\"quote\\\"\" three\\ four\n";
  const auto words = lossc::cli::expanded_words({"first", "@" + path, "@"});
  ASSERT_TRUE(words.ok()) << words.error().message;
  EXPECT_EQ(*words, (std::vector<std::string>{"first", "one", "two words", "a \"quote\"",
                                              "three four", "@"}));
  std::ofstream(path) << "@" + path;
  EXPECT_FALSE(lossc::cli::expanded_words({"@" + path}).ok());
  EXPECT_FALSE(lossc::cli::expanded_words({"@/nowhere/at/all"}).ok());
}

TEST(Options, CommaLists) {
  EXPECT_EQ(lossc::cli::comma_list("a, b ,,c"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(lossc::cli::comma_list("").empty());
}

}  // namespace
