// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "compiler/driver/request.h"
#include "compiler/driver/suggest.h"
#include "compiler/lossc/numbers.h"
#include "compiler/lossc/rewrites.h"

namespace lossc::cli {
namespace {

std::string flag_name(const DiagnosticInfo& row) {
  std::string name(row.name);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool color_wanted(const Options& options) {
  const std::string when = options.value_or("--color", "auto");
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace

Session::Session(const Options& options) : options_(options), diagnostics_(sources_) {
  check_options_.roots = options.all("-I");
  color_ = color_wanted(options);
}

Result<void> Session::prepare() {
  for (const std::string& name : options_.all("-W")) {
    if (auto applied = apply_warning(name); !applied) return applied;
  }
  return apply_limits();
}

Result<void> Session::apply_limits() {
  const syntax::ParseLimits defaults;
  // A source is read before it is measured, and nesting is stack: both have an end.
  constexpr std::int64_t most_bytes = std::int64_t{1} << 30;
  constexpr std::int64_t most_tokens = 100'000'000;
  const auto limit = [&](const std::string& option, std::int64_t most,
                         std::size_t& value) -> Result<void> {
    if (!options_.has(option)) return {};
    const auto given = parsed_integer(options_.value_or(option, ""));
    if (!given || *given < 1 || *given > most) {
      return Error{option + " is a number from 1 to " + std::to_string(most)};
    }
    value = static_cast<std::size_t>(*given);
    return {};
  };
  if (auto done = limit("--max-source", most_bytes, check_options_.text.bytes); !done) return done;
  if (auto done = limit("--max-tokens", most_tokens, check_options_.text.tokens); !done) {
    return done;
  }
  return limit("--max-nesting", static_cast<std::int64_t>(defaults.nesting),
               check_options_.text.nesting);
}

Result<void> Session::apply_warning(const std::string& name) {
  if (name == "error" || name == "no-error") {
    diagnostics_.set_warnings_are_errors(name == "error");
    return {};
  }
  const bool off = name.starts_with("no-");
  const std::string wanted = off ? name.substr(3) : name;
  std::vector<std::string> names{"error"};
  const auto& rows = all_diagnostics();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].severity != Severity::warning) continue;
    names.push_back(flag_name(rows[i]));
    if (names.back() != wanted && rows[i].code != wanted) continue;
    if (off) diagnostics_.disable(static_cast<Diagnostic>(i));
    return {};
  }
  return Error{"no warning is called \"" + wanted + "\"" + driver::did_you_mean(wanted, names)};
}

Result<sema::Module> Session::load(const driver::Target& target) {
  return driver::loaded(target, check_options_, diagnostics_);
}

Result<sema::Module> Session::load(const std::string& target) {
  const auto parsed = driver::parsed_target(target);
  if (!parsed) return parsed.error();
  return load(*parsed);
}

bool Session::report() {
  if (reported_) return !diagnostics_.has_errors();
  reported_ = true;
  const std::string format = options_.value_or("--diagnostics-format", "text");
  std::string text;
  if (format == "json") {
    text = render_json(diagnostics_);
  } else if (format == "sarif") {
    text = render_sarif(diagnostics_);
  } else if (!diagnostics_.reports().empty()) {
    text = render_text(diagnostics_, {.color = color_});
  }
  if (!text.empty() && text.back() != '\n') text += '\n';
  std::fputs(text.c_str(), stderr);
  return !diagnostics_.has_errors();
}

Result<driver::PipelineOptions> Session::pipeline_options() {
  driver::PipelineOptions options;
  options.verify = options_.has("--verify-passes");
  if (options_.has("--trace-rewrites")) options.trace = &rewrites_;
  if (options_.has("--time-passes")) options.times = &times_;
  const std::vector<std::string> wanted = options_.all("--print-after");
  std::vector<std::string> names;
  for (const driver::PassInfo& pass : driver::passes()) names.push_back(pass.name);
  for (const std::string& name : wanted) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Error{"no pass is called \"" + name + "\"" + driver::did_you_mean(name, names)};
    }
  }
  if (!wanted.empty()) {
    options.after = [wanted](const driver::PassInfo& pass, const ir::Function& function) {
      if (std::find(wanted.begin(), wanted.end(), pass.name) == wanted.end()) return;
      std::fputs(("; after " + pass.name + "\n" + ir::print(function)).c_str(), stderr);
    };
  }
  return options;
}

void Session::report_pipeline() {
  std::string text = text_of(rewrites_, sources_);
  for (const driver::PassInfo& pass : driver::passes()) {
    const auto time = times_.find(pass.name);
    if (time == times_.end()) continue;
    const double milliseconds = std::chrono::duration<double, std::milli>(time->second).count();
    text += fmt::format("{:<12} {:>10.3f} ms\n", pass.name, milliseconds);
  }
  std::fputs(text.c_str(), stderr);
  rewrites_.clear();
}

Result<simplify::Binding> binding_from(const ir::Function& function,
                                       const std::vector<std::string>& definitions,
                                       const std::string& option) {
  simplify::Binding binding;
  const std::vector<std::string> symbols = driver::size_symbols(function);
  for (const std::string& definition : definitions) {
    const auto pair = assignment(definition, option);
    if (!pair) return pair.error();
    const auto& [name, text] = *pair;
    const auto id = function.find_array(name);
    if (!id && std::find(symbols.begin(), symbols.end(), name) != symbols.end()) {
      const auto extent = parsed_integer(text);
      if (!extent) return Error{"size " + name + " is a whole number, not \"" + text + "\""};
      binding.sizes[name] = *extent;
      continue;
    }
    if (!id) {
      std::vector<std::string> names = driver::array_names(function);
      names.insert(names.end(), symbols.begin(), symbols.end());
      return Error{function.name + " has no parameter \"" + name + "\"" +
                   driver::did_you_mean(name, names)};
    }
    const ir::Array& array = function.arrays[id->index];
    if (driver::is_option(array)) {
      const auto value = driver::option_value(array, text);
      if (!value) return value.error();
      binding.params[name] = {*value};
      continue;
    }
    const auto values = exact_numbers(text);
    if (!values) return Error{option + " " + name + ": " + values.error().message};
    binding.params[name] = *values;
  }
  return binding;
}

Result<unsigned> vector_width(const Options& options) {
  constexpr std::int64_t widest = 64;
  const auto width = parsed_integer(options.value_or("--width", "0"));
  if (!width || *width < 0 || *width > widest || (*width & (*width - 1)) != 0) {
    return Error{"--width is a power of two up to 64"};
  }
  return static_cast<unsigned>(*width);
}

int optimisation_level(const Options& options) {
  return options.value_or("-O", "2") == "0" ? 0 : 2;
}

}  // namespace lossc::cli
