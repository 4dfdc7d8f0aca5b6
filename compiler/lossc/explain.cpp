// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lossc explain`: a diagnostic by its code, a builtin or a domain by its name, a loss.
#include <fmt/format.h>

#include "compiler/analysis/ranges.h"
#include "compiler/driver/request.h"
#include "compiler/driver/suggest.h"
#include "compiler/ir/builtins.h"
#include "compiler/ir/text.h"
#include "compiler/lossc/command.h"
#include "compiler/lossc/describe.h"
#include "compiler/lossc/numbers.h"
#include "compiler/lossc/output.h"
#include "compiler/lossc/session.h"

namespace lossc::cli {
namespace {

std::string interval(double low, double high) {
  return fmt::format("[{}, {}]", number_text(low, FloatType::f64),
                     number_text(high, FloatType::f64));
}

std::string explained(const DiagnosticInfo& row) {
  return fmt::format("{} ({}): {}\n\n{}\n", row.code,
                     row.severity == Severity::error ? "error" : "warning", row.text,
                     row.explanation);
}

std::string explained(const ir::BuiltinInfo& builtin) {
  static const std::vector<std::string> variables{"x", "y", "z"};
  std::string text = fmt::format("{}: {}\n", builtin.name, builtin.doc);
  if (builtin.means) text += fmt::format("  meaning     {}\n", builtin.means.text());
  for (std::size_t i = 0; i < builtin.partials.size() && i < variables.size(); ++i) {
    if (!builtin.partials[i]) continue;
    text += fmt::format("  d/d{}        {}\n", variables[i], builtin.partials[i].text());
  }
  text += fmt::format("  domain      {}\n  range       {}\n",
                      interval(builtin.domain.low, builtin.domain.high),
                      interval(builtin.range.low, builtin.range.high));
  if (!builtin.kinks.empty()) text += fmt::format("  kinks       {}\n", builtin.kinks);
  return text;
}

std::string explained(const ir::DomainInfo& domain) {
  return fmt::format("{}: {}\n  values      {}\n", domain.name, domain.doc,
                     interval(domain.bounds.low, domain.bounds.high));
}

Result<std::string> gradient_text(const ir::Function& core) {
  driver::KernelRequest request;
  request.value = false;
  for (const ir::Array& array : core.arrays) {
    const bool wanted = array.role == ir::Role::pred && driver::differentiated(core, array.name);
    if (wanted) request.gradients.push_back(array.name);
  }
  const auto function = driver::lowered(core, request);
  if (!function) return function.error();
  std::string text;
  for (const ir::Output& output : function->outputs) {
    if (output.kind != ir::OutputKind::gradient) continue;
    text += fmt::format("  gradient by {}:\n    {}\n", function->arrays[output.array.index].name,
                        ir::infix(*function, output.root));
  }
  return text;
}

Result<std::string> explained(const ir::Function& core) {
  std::string text = signature_text(core) + "\n";
  if (!core.documentation.empty()) text += "\n" + core.documentation + "\n";
  text += "\n";
  if (const ir::Output* value = core.find(ir::OutputKind::value)) {
    text += "  value:\n    " + ir::infix(core, value->root) + "\n";
    analysis::Ranges ranges(core);
    const analysis::Range range = ranges[value->root];
    text += "  range: " + interval(range.low, range.high) + "\n";
  }
  if (const ir::Output* weight = core.find(ir::OutputKind::weight)) {
    text += "  weight:\n    " + ir::infix(core, weight->root) + "\n";
  }
  if (const ir::Output* divisor = core.find(ir::OutputKind::divisor)) {
    text += "  divisor:\n    " + ir::infix(core, divisor->root) + "\n";
  }
  for (const ir::Requirement& requirement : core.requirements) {
    text += "  requires: " + ir::infix(core, requirement.condition) + " (" + requirement.message +
            ")\n";
  }
  for (const ir::Remark& remark : core.remarks) text += "  note: " + remark.text + "\n";
  if (driver::is_metric(core)) return text + "  a metric: it has no gradient\n";
  const auto gradient = gradient_text(core);
  if (!gradient) return text + "  gradient: " + gradient.error().message + "\n";
  return text + *gradient;
}

int explain_target(const Options& options, const std::string& text) {
  const auto target = driver::parsed_target(text);
  if (!target) return fail(target.error().message);
  Session session(options);
  if (const auto ready = session.prepare(); !ready) return misuse(ready.error().message, "explain");
  const auto module = session.load(*target);
  if (!module) return fail(module.error().message);
  if (!session.report()) return failed;
  const auto functions = driver::selected(*module, target->loss);
  if (!functions) return fail(functions.error().message);
  std::string result;
  for (const ir::Function* function : *functions) {
    const auto part = explained(*function);
    if (!part) return fail(part.error().message);
    result += (result.empty() ? "" : "\n") + *part;
  }
  return write_standard_output(result);
}

}  // namespace

int run_explain(const Options& options) {
  if (options.targets().size() != 1) {
    return misuse("explain takes one target, code or name", "explain");
  }
  const std::string& text = options.targets().front();
  if (const DiagnosticInfo* row = find_diagnostic(text)) {
    return write_standard_output(explained(*row));
  }
  for (const ir::BuiltinInfo& builtin : ir::all_builtins()) {
    if (builtin.name == text) return write_standard_output(explained(builtin));
  }
  for (const ir::DomainInfo& domain : ir::all_domains()) {
    if (domain.name == text) return write_standard_output(explained(domain));
  }
  const bool target =
      text == "-" || text.starts_with("std.") || text.find_first_of("./:") != std::string::npos;
  if (target) return explain_target(options, text);
  std::vector<std::string> names;
  for (const ir::BuiltinInfo& builtin : ir::all_builtins()) names.emplace_back(builtin.name);
  for (const ir::DomainInfo& domain : ir::all_domains()) names.emplace_back(domain.name);
  for (const DiagnosticInfo& row : all_diagnostics()) names.emplace_back(row.code);
  return fail("nothing is called \"" + text + "\"" + driver::did_you_mean(text, names));
}

}  // namespace lossc::cli
