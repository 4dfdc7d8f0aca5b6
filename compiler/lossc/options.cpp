// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/options.h"

#include <algorithm>

#include "compiler/driver/load.h"
#include "compiler/driver/suggest.h"

namespace lossc::cli {
namespace {

/// The row for a word, and the value that is part of the word.
struct Match {
  const Option* option = nullptr;
  std::optional<std::string> value;
};

Match match(const std::string& word, unsigned command) {
  for (const Option& option : option_table()) {
    if ((option.commands & command) == 0) continue;
    const std::string name(option.name);
    if (word == name) return {&option, std::nullopt};
    if (!option.takes_value() || !word.starts_with(name)) continue;
    if (word[name.size()] == '=') return {&option, word.substr(name.size() + 1)};
    if (option.joined) return {&option, word.substr(name.size())};
  }
  return {};
}

Error unknown(const std::string& word, unsigned command, const std::string& command_name) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const Option& option : option_table()) {
    if ((option.commands & command) != 0) names.emplace_back(option.name);
  }
  for (const Option& option : option_table()) {
    if (option.name == name) return Error{"lossc " + command_name + " takes no " + name};
  }
  return Error{"unknown option " + name + " of lossc " + command_name +
               driver::did_you_mean(name, names)};
}

Result<void> check_choice(const Option& option, const std::string& value) {
  if (option.choices.empty()) return {};
  if (std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end()) {
    return {};
  }
  const std::vector<std::string> choices(option.choices.begin(), option.choices.end());
  return Error{std::string(option.name) + " is one of " + driver::enumerated(choices) + ", not \"" +
               value + "\"" + driver::did_you_mean(value, choices)};
}

/// Words of a response file: separated by white space; '…' and "…" quote, a backslash escapes.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      inside = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      if (inside) words.push_back(word);
      word.clear();
      inside = false;
    } else {
      word += c;
      inside = true;
    }
  }
  if (inside) words.push_back(word);
  return words;
}

Result<void> expand(const std::vector<std::string>& words, int depth,
                    std::vector<std::string>& result) {
  constexpr int deepest = 8;
  constexpr std::size_t most_words = 100'000;
  constexpr std::size_t most_bytes = std::size_t{1} << 20;
  for (const std::string& word : words) {
    if (word.size() < 2 || word[0] != '@') {
      result.push_back(word);
      continue;
    }
    if (depth == deepest) return Error{word + ": files of options include each other too deeply"};
    const auto text = driver::file_text(word.substr(1), most_bytes);
    if (!text) return text.error();
    if (text->size() > most_bytes) return Error{word + " is larger than 1 MiB"};
    if (auto done = expand(words_of(*text), depth + 1, result); !done) return done;
    if (result.size() > most_words) return Error{word + " holds too many words"};
  }
  return {};
}

}  // namespace

bool Options::has(std::string_view name) const {
  return std::any_of(given_.begin(), given_.end(),
                     [&](const auto& entry) { return entry.first == name; });
}
std::optional<std::string> Options::value(std::string_view name) const {
  for (auto entry = given_.rbegin(); entry != given_.rend(); ++entry) {
    if (entry->first == name) return entry->second;
  }
  return std::nullopt;
}
std::string Options::value_or(std::string_view name, std::string_view otherwise) const {
  return value(name).value_or(std::string(otherwise));
}
std::vector<std::string> Options::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [given, value] : given_) {
    if (given == name) values.push_back(value);
  }
  return values;
}
void Options::add(std::string_view name, std::string value) {
  given_.emplace_back(name, std::move(value));
}

Result<Options> parsed_options(const std::vector<std::string>& words, unsigned command,
                               const std::string& command_name) {
  Options options;
  bool only_targets = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (only_targets || word.size() < 2 || word[0] != '-' || word.starts_with("-:")) {
      options.add_target(word);
      continue;
    }
    if (word == "--") {
      only_targets = true;
      continue;
    }
    Match found = match(word, command);
    if (found.option == nullptr) return unknown(word, command, command_name);
    if (!found.option->takes_value()) {
      options.add(found.option->name, "");
      continue;
    }
    if (!found.value) {
      if (i + 1 == words.size()) {
        return Error{word + " needs a value: " + word + (found.option->joined ? " " : "=") +
                     std::string(found.option->value_name)};
      }
      found.value = words[++i];
    }
    if (auto valid = check_choice(*found.option, *found.value); !valid) return valid.error();
    options.add(found.option->name, std::move(*found.value));
  }
  return options;
}

Result<std::vector<std::string>> expanded_words(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  if (auto done = expand(words, 0, result); !done) return done.error();
  return result;
}

std::vector<std::string> comma_list(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    const std::size_t first = part.find_first_not_of(' ');
    const std::size_t last = part.find_last_not_of(' ');
    if (first != std::string::npos) parts.push_back(part.substr(first, last - first + 1));
    begin = end + 1;
  }
  return parts;
}

Result<std::pair<std::string, std::string>> assignment(const std::string& text,
                                                       const std::string& option) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error{option + " takes NAME=VALUE, not \"" + text + "\""};
  }
  return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace lossc::cli
