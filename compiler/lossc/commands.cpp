// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <cstdio>
#include <new>

#include "compiler/driver/suggest.h"
#include "compiler/lossc/command.h"
#include "compiler/lossc/output.h"
#include "compiler/support/diagnostics/harmless.h"

namespace lossc::cli {
namespace {

constexpr std::size_t option_column = 28;

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text + (text.size() > width ? "\n" + std::string(width, ' ') : "");
}

/// Text in lines of at most 100 columns, continued under its first word.
std::string wrapped(std::string_view text, std::size_t column) {
  std::string result;
  std::size_t used = column;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    if (used + word.size() > 99 && used > column) {
      result += "\n" + std::string(column, ' ');
      used = column;
    }
    result += std::string(used > column ? " " : "") + std::string(word);
    used += word.size() + (used > column ? 1 : 0);
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return result;
}

struct Unwritten {
  std::string_view name;
  std::string_view what;
};
constexpr Unwritten unwritten[] = {
    {"bench", "timing a loss"},
    {"fmt", "formatting"},
    {"lsp", "the language server"},
    {"plot", "plotting"},
};

int unknown_command(const std::string& word) {
  if (word.starts_with('-')) {
    return misuse("unknown option \"" + word + "\"" +
                  driver::did_you_mean(word, {"--help", "--version"}));
  }
  for (const Unwritten& entry : unwritten) {
    if (entry.name == word) {
      return misuse("lossc " + word + " (" + std::string(entry.what) + ") is not there yet");
    }
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  return misuse("unknown command \"" + word + "\"" + driver::did_you_mean(word, names));
}

int run_command(const Command& command, const std::vector<std::string>& words) {
  const auto options = parsed_options(words, command.set, std::string(command.name));
  if (!options) return misuse(options.error().message, command.name);
  if (options->has("--help")) return write_standard_output(help(command));
  if (options->has("--version")) return write_standard_output("lossc " LOSSC_VERSION "\n");
  try {
    return command.run(*options);
  } catch (const std::bad_alloc&) {
    return fail("not enough memory");
  }
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"check",
       "FILE…",
       "report what is wrong with losses, and nothing else",
       {"lossc check focal.loss", "lossc check -Werror --diagnostics-format=json *.loss"},
       in_check,
       run_check},
      {"eval",
       "TARGET",
       "compile in memory and evaluate on data",
       {"lossc eval focal.loss:focal --inputs data.json --set gamma=1.5 --wrt z",
        "lossc eval std.regression.huber --input x=[1,2] --input t=[0,4] --format json",
        "lossc eval focal.loss --input z=logits.npy --input y=data.csv:label --reduction none"},
       in_eval,
       run_eval},
      {"compile",
       "TARGET…",
       "show any stage of the compilation",
       {"lossc compile focal.loss --emit=simplified --wrt z",
        "lossc compile focal.loss --emit=asm --cpu=x86-64-v3 -o focal.s",
        "lossc compile std.classification.cross_entropy --emit=latex"},
       in_compile,
       run_compile},
      {"test",
       "FILE…",
       "run the tests in the files, in f32 and f64 and at every vector width",
       {"lossc test focal.loss", "lossc test std"},
       in_test,
       run_test},
      {"verify",
       "TARGET…",
       "search for the worst error of value, gradient and Hessian against the exact formula",
       {"lossc verify focal.loss", "lossc verify --dtype=f32 --time=600 std",
        "lossc verify --threshold=4+2*cond --format=json std.regression.huber"},
       in_verify,
       run_verify},
      {"explain",
       "TARGET|CODE|NAME",
       "what is known of a loss, a diagnostic or a builtin",
       {"lossc explain E0312", "lossc explain softplus", "lossc explain std.regression.huber"},
       in_explain,
       run_explain},
      {"list",
       "losses|builtins|rules|passes|targets [FILE…]",
       "what there is",
       {"lossc list losses", "lossc list losses focal.loss", "lossc list targets"},
       in_list,
       run_list},
  };
  return table;
}

int fail(const std::string& message) {
  std::fputs(("lossc: error: " + harmless(message) + "\n").c_str(), stderr);
  return failed;
}

int misuse(const std::string& message, std::string_view command) {
  const std::string place = command.empty() ? "lossc" : "lossc " + std::string(command);
  std::fputs(("lossc: " + harmless(message) + " (" + place + " --help shows more)\n").c_str(),
             stderr);
  return misused;
}

std::string help() {
  std::string text =
      "lossc: a compiler for loss functions\n\nusage: lossc COMMAND [options] TARGET…\n\n"
      "A target is file.loss, file.loss:name, a library name such as std.regression.huber,\n"
      "or - for standard input.\n\n";
  for (const Command& command : commands()) {
    text += "  " + padded(std::string(command.name), 10) + std::string(command.doc) + "\n";
  }
  return text +
         "\nlossc COMMAND --help shows its options. @FILE stands for the words of a file.\n"
         "Exit status: 0; 1 where an error was diagnosed or a check failed; 2 for wrong usage.\n";
}

std::string help(const Command& command) {
  std::string text = "usage: lossc " + std::string(command.name) + " [options] " +
                     std::string(command.arguments) + "\n\n" + std::string(command.doc) +
                     "\n\noptions:\n";
  for (const Option& option : option_table()) {
    if ((option.commands & command.set) == 0) continue;
    std::string form = "  " + std::string(option.name);
    if (option.takes_value()) {
      form += (option.name[1] == '-'                      ? "="
               : option.joined && option.name.size() == 2 ? ""
                                                          : " ") +
              std::string(option.value_name);
    }
    text += padded(form + " ", option_column) + wrapped(option.doc, option_column) + "\n";
  }
  text += "\nexamples:\n";
  for (const std::string_view example : command.examples)
    text += "  " + std::string(example) + "\n";
  return text;
}

int run(const std::vector<std::string>& given) {
  const auto words = expanded_words(given);
  if (!words) return misuse(words.error().message);
  if (words->empty()) {
    std::fputs(help().c_str(), stderr);
    return misused;
  }
  const std::string& first = words->front();
  const std::vector<std::string> rest(words->begin() + 1, words->end());
  if (first == "--version") return write_standard_output("lossc " LOSSC_VERSION "\n");
  const bool help_wanted = first == "--help" || first == "-h" || first == "help";
  if (help_wanted && rest.empty()) return write_standard_output(help());
  const std::string& name = help_wanted ? rest.front() : first;
  for (const Command& command : commands()) {
    if (command.name != name) continue;
    return help_wanted ? write_standard_output(help(command)) : run_command(command, rest);
  }
  return unknown_command(name);
}

}  // namespace lossc::cli
