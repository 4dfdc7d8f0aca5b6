// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lossc list`: losses (of the library, or of files), builtins, rules, passes, targets.
#include <fmt/format.h>

#include <algorithm>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/suggest.h"
#include "compiler/ir/builtins.h"
#include "compiler/lossc/command.h"
#include "compiler/lossc/describe.h"
#include "compiler/lossc/output.h"
#include "compiler/lossc/session.h"
#include "compiler/sema/library.h"

namespace lossc::cli {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Rows of two columns, the first as wide as its widest entry.
std::string columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t width = 0;
  constexpr std::size_t widest = 60;
  for (const auto& [left, right] : rows) width = std::max(width, std::min(left.size(), widest));
  std::string text;
  for (const auto& [left, right] : rows) {
    std::string line = fmt::format("{:<{}}  {}", left, width, right);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

int list_losses(const Options& options) {
  Session session(options);
  if (const auto ready = session.prepare(); !ready) return misuse(ready.error().message, "list");
  std::vector<std::string> modules(options.targets().begin() + 1, options.targets().end());
  if (modules.empty()) {
    for (const sema::LibraryFile& file : sema::library_files()) modules.push_back(file.module);
  }
  std::vector<std::pair<std::string, std::string>> rows;
  for (const std::string& target : modules) {
    const auto module = session.load(target);
    if (!module) return fail(module.error().message);
    for (std::size_t i = 0; i < module->own; ++i) {
      const ir::Function& function = module->functions[i];
      const std::string kind = kind_name(function);
      const std::string words = first_line(function.documentation);
      const std::string prefix = kind == "loss" ? "" : kind + (words.empty() ? "" : ": ");
      rows.emplace_back(module->name + "." + function.name, prefix + words);
    }
  }
  const bool correct = session.report();
  const int status = write_standard_output(columns(rows));
  return correct ? status : failed;
}

int list_builtins() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const ir::BuiltinInfo& builtin : ir::all_builtins()) {
    static constexpr const char* arguments[] = {"", "(x)", "(x, y)", "(x, y, z)"};
    const auto arity = static_cast<std::size_t>(std::clamp(builtin.arity, 0, 3));
    rows.emplace_back(std::string(builtin.name) + arguments[arity], std::string(builtin.doc));
  }
  return write_standard_output(columns(rows));
}

int list_rules() {
  std::string text;
  for (const stabilise::RuleInfo& rule : stabilise::rules()) {
    text += fmt::format("{}: {} → {}{}\n", rule.name, rule.left, rule.right,
                        rule.condition.empty() ? "" : "  where " + rule.condition);
  }
  return write_standard_output(text);
}

int list_passes() {
  std::string text = fmt::format("{:<12}{:<12}{}\n", "pass", "--emit=", "what it does");
  for (const driver::PassInfo& pass : driver::passes()) {
    text += fmt::format("{:<12}{:<12}{}\n", pass.name, pass.stage, pass.doc);
  }
  return write_standard_output(text);
}

int list_targets() {
  std::string text =
      fmt::format("{:<24}{:<12}{:<14}{}\n", "--cpu", "f32 lanes", "f64 lanes", "this machine");
  for (const std::string& cpu : codegen::known_cpus()) {
    codegen::TargetOptions options;
    options.cpu = cpu;
    const auto lanes = [&](FloatType type) {
      options.float_type = type;
      const auto width = codegen::natural_width(options);
      return width ? std::to_string(*width) : std::string("-");
    };
    text += fmt::format("{:<24}{:<12}{:<14}{}\n", cpu, lanes(FloatType::f32), lanes(FloatType::f64),
                        codegen::host_runs(cpu) ? "runs it" : "does not run it");
  }
  return write_standard_output(text);
}

}  // namespace

int run_list(const Options& options) {
  const std::vector<std::string> kinds{"losses", "builtins", "rules", "passes", "targets"};
  if (options.targets().empty()) {
    return misuse("list needs to know what: " + driver::enumerated(kinds), "list");
  }
  const std::string& kind = options.targets().front();
  if (kind == "losses") return list_losses(options);
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    return misuse("list does not know \"" + kind + "\"" + driver::did_you_mean(kind, kinds),
                  "list");
  }
  if (options.targets().size() > 1) return misuse("list " + kind + " takes no files", "list");
  if (kind == "builtins") return list_builtins();
  if (kind == "rules") return list_rules();
  return kind == "passes" ? list_passes() : list_targets();
}

}  // namespace lossc::cli
