// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lossc compile --emit=…`: any stage as text.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/request.h"
#include "compiler/driver/suggest.h"
#include "compiler/ir/text.h"
#include "compiler/lossc/command.h"
#include "compiler/lossc/describe.h"
#include "compiler/lossc/numbers.h"
#include "compiler/lossc/output.h"
#include "compiler/lossc/session.h"
#include "compiler/schedule/schedule.h"
#include "compiler/syntax/parse.h"

namespace lossc::cli {
namespace {

/// Extension of the file of a stage, where several are written beside each other.
std::string extension(const std::string& stage) {
  if (stage == "llvm") return ".ll";
  if (stage == "asm") return ".s";
  if (stage == "json") return ".json";
  if (stage == "latex") return ".tex";
  return "." + stage;
}

class Compilation {
 public:
  Compilation(const Options& options, Session& session) : options_(options), session_(session) {}

  Result<sema::Module> module(const driver::Target& target) {
    if (target.kind == driver::Target::Kind::library) return session_.load(target);
    const auto file = source(target);
    if (!file) return file.error();
    const bool input = target.kind == driver::Target::Kind::standard_input;
    return sema::check(*file, input ? "" : target.place, session_.check_options(),
                       session_.diagnostics());
  }

  /// The text of a stage for one target. An Error ends with status 1.
  Result<std::string> text(const driver::Target& target, const std::string& stage,
                           const sema::Module* module) {
    if (module == nullptr) return source_stage(target, stage);
    const auto functions = driver::selected(*module, target.loss);
    if (!functions) return functions.error();
    std::string result = stage == "json" ? "[" : "";
    for (std::size_t i = 0; i < functions->size(); ++i) {
      if (i != 0) result += stage == "json" ? ",\n " : "\n";
      auto part = function_stage(*(*functions)[i], stage);
      if (!part) return part.error();
      while (!part->empty() && part->back() == '\n') part->pop_back();
      result += *part + (stage == "json" ? "" : "\n");
    }
    return stage == "json" ? result + "]\n" : result;
  }

 private:
  /// The target's text, read once: standard input is there only once, and a mistake is one mistake.
  Result<FileId> source(const driver::Target& target) {
    if (file_) return *file_;
    const auto file =
        driver::source_file(target, session_.sources(), session_.check_options().text.bytes);
    if (file) file_ = *file;
    return file;
  }

  Result<std::string> source_stage(const driver::Target& target, const std::string& stage) {
    const auto file = source(target);
    if (!file) return file.error();
    if (stage == "tokens") return syntax::print_tokens(*file, session_.diagnostics());
    return syntax::print_tree(
        syntax::parse(*file, session_.diagnostics(), session_.check_options().text));
  }

  /// Gradients by every pred, unless --wrt says otherwise.
  std::vector<std::string> gradients(const ir::Function& core) const {
    if (options_.has("--wrt")) return comma_list(options_.value_or("--wrt", ""));
    std::vector<std::string> names;
    for (const ir::Array& array : core.arrays) {
      const bool wanted = array.role == ir::Role::pred && driver::differentiated(core, array.name);
      if (wanted) names.push_back(array.name);
    }
    return names;
  }

  Result<ir::Function> lowered(const ir::Function& core, const std::string& stop_after,
                               bool value = true) {
    driver::KernelRequest request;
    request.value = value;
    request.gradients = gradients(core);
    request.hessians = comma_list(options_.value_or("--hess", ""));
    const auto binding = binding_from(core, options_.all("-D"), "-D");
    if (!binding) return binding.error();
    request.binding = *binding;
    auto options = session_.pipeline_options();
    if (!options) return options.error();
    options->stop_after = stop_after;
    return driver::lowered(core, request, *options);
  }

  Result<std::string> latex(const ir::Function& core) {
    std::string text = ir::latex(core);
    auto derivatives = lowered(core, "", false);
    if (!derivatives) return derivatives.error();
    std::erase_if(derivatives->outputs, [](const ir::Output& output) {
      return output.kind == ir::OutputKind::weight || output.kind == ir::OutputKind::divisor;
    });
    if (!derivatives->outputs.empty()) text += ir::latex(*derivatives);
    return text;
  }

  codegen::TargetOptions target_options() const {
    codegen::TargetOptions target;
    target.cpu = options_.value_or("--cpu", "native");
    target.triple = options_.value_or("--target", "");
    target.float_type =
        options_.value_or("--dtype", "f32") == "f64" ? FloatType::f64 : FloatType::f32;
    target.optimisation = optimisation_level(options_);
    target.width = vector_width(options_).value();  // checked before anything was read
    return target;
  }

  /// The outputs as their author would write them, in comments before the graph.
  static std::string formulas(const ir::Function& function) {
    constexpr std::size_t limit = 2000;
    std::string text;
    for (const ir::Output& output : function.outputs) {
      const bool is_value = output.kind == ir::OutputKind::value;
      if (!is_value && output.kind != ir::OutputKind::weight) continue;
      text += fmt::format("# {} {} = {}\n", function.name, is_value ? "value" : "weight",
                          ir::infix(function, output.root, limit));
    }
    return text;
  }

  Result<std::string> function_stage(const ir::Function& core, const std::string& stage) {
    if (stage == "core") return ir::print(core);
    if (stage == "json") return json_signature(core);
    if (stage == "latex") return latex(core);
    for (const driver::PassInfo& pass : driver::passes()) {
      const bool transformation = stage != "schedule" && stage != "llvm" && stage != "asm";
      if (pass.stage != stage || !transformation) continue;
      const auto function = lowered(core, pass.name);
      if (!function) return function.error();
      return (stage == "stable" ? formulas(*function) : "") + ir::print(*function);
    }
    const auto function = lowered(core, "");
    if (!function) return function.error();
    if (stage == "schedule") return schedule::print(*function, schedule::scheduled(*function));
    codegen::TargetOptions target = target_options();
    target.wide_labels.assign(function->arrays.size(), false);
    return stage == "llvm" ? codegen::llvm_text(*function, target)
                           : codegen::assembly(*function, target);
  }

  const Options& options_;
  Session& session_;
  std::optional<FileId> file_;
};

Result<std::vector<std::string>> wanted_stages(const Options& options) {
  if (!options.has("--emit")) {
    return Error{"object files are not written yet; --emit=llvm and --emit=asm are there"};
  }
  const std::vector<std::string>& stages = driver::stages();
  std::vector<std::string> wanted;
  for (const std::string& list : options.all("--emit")) {
    for (const std::string& stage : comma_list(list)) {
      if (stage == "obj" || stage == "header") {
        return Error{"--emit=" + stage + " is not there yet; --emit=llvm and --emit=asm are"};
      }
      if (std::find(stages.begin(), stages.end(), stage) == stages.end()) {
        return Error{"--emit has no stage \"" + stage + "\"; it has " + driver::enumerated(stages) +
                     driver::did_you_mean(stage, stages)};
      }
      wanted.push_back(stage);
    }
  }
  if (wanted.empty()) return Error{"--emit needs a stage: " + driver::enumerated(stages)};
  return wanted;
}

Result<void> check_options(const Options& options) {
  if (const auto width = vector_width(options); !width) return width.error();
  const bool named = options.value_or("-o", "-") != "-";
  if (options.has("-MD") && !named && !(options.has("-MF") && options.has("-MT"))) {
    return Error{"-MD needs -o, or -MF and -MT"};
  }
  return {};
}

std::string output_of(const Options& options, const std::string& stage, bool several) {
  const std::string output = options.value_or("-o", "-");
  if (!several || output == "-") return output;
  const std::size_t dot = output.rfind('.');
  const std::size_t slash = output.rfind('/');
  const bool has_extension =
      dot != std::string::npos && (slash == std::string::npos || dot > slash);
  return output.substr(0, has_extension ? dot : output.size()) + extension(stage);
}

std::string makefile_name(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    if (c == ' ' || c == '#' || c == '\\') escaped += '\\';
    if (c == '$') escaped += '$';
    escaped += c;
  }
  return escaped;
}

Result<void> write_dependencies(const Options& options, const std::vector<std::string>& files) {
  if (!options.has("-MD")) return {};
  const std::string output = options.value_or("-o", "-");
  const std::size_t dot = output.rfind('.');
  const std::string place = options.value_or("-MF", output.substr(0, dot) + ".d");
  std::string text = makefile_name(options.value_or("-MT", output)) + ":";
  for (const std::string& file : files) text += " " + makefile_name(file);
  text += "\n";
  for (const std::string& file : files) text += makefile_name(file) + ":\n";
  return write_output(place, text);
}

}  // namespace

int run_compile(const Options& options) {
  const auto stages_wanted = wanted_stages(options);
  if (!stages_wanted) return misuse(stages_wanted.error().message, "compile");
  if (options.targets().empty()) return misuse("compile needs a file", "compile");
  if (const auto valid = check_options(options); !valid)
    return misuse(valid.error().message, "compile");
  Session session(options);
  if (const auto ready = session.prepare(); !ready) return misuse(ready.error().message, "compile");
  if (const auto passes = session.pipeline_options(); !passes)
    return misuse(passes.error().message, "compile");

  const auto from_source = [](const std::string& stage) {
    return stage == "tokens" || stage == "ast";
  };
  std::vector<std::string> results(stages_wanted->size());
  std::vector<std::string> dependencies;
  for (const std::string& text : options.targets()) {
    const auto target = driver::parsed_target(text);
    if (!target) return fail(target.error().message);
    Compilation compilation(options, session);
    std::optional<sema::Module> module;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const std::string& stage = (*stages_wanted)[i];
      if (!from_source(stage) && !module) {
        auto loaded = compilation.module(*target);
        if (!loaded) return fail(loaded.error().message);
        module.emplace(std::move(*loaded));
        dependencies.insert(dependencies.end(), module->dependencies.begin(),
                            module->dependencies.end());
        if (session.diagnostics().has_errors()) break;
      }
      const auto part = compilation.text(*target, stage, from_source(stage) ? nullptr : &*module);
      if (!part) {
        session.report();
        return fail(part.error().message);
      }
      results[i] += *part;
    }
  }
  const bool correct = session.report();
  session.report_pipeline();
  if (!correct) return failed;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string place = output_of(options, (*stages_wanted)[i], results.size() > 1);
    if (const auto done = write_output(place, results[i]); !done) return fail(done.error().message);
  }
  if (const auto done = write_dependencies(options, dependencies); !done) {
    return fail(done.error().message);
  }
  return success;
}

}  // namespace lossc::cli
