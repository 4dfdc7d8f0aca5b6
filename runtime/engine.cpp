// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Engine and Module: loading, and kernels by way of the engine's cache. (Compiler headers first:
// see compilation.h.)
#include "compiler/driver/load.h"
#include "compiler/driver/suggest.h"
#include "compiler/syntax/parse.h"
#include "runtime/compiler_result.h"
//
#include <algorithm>
#include <functional>
#include <limits>
#include <new>
#include <optional>
#include <thread>

#include "lossc/engine.h"
#include "runtime/compilation.h"
#include "runtime/state.h"

namespace lossc {
namespace runtime {
namespace {

api::Diagnostic described(const Report& report, const SourceManager& sources) {
  api::Diagnostic diagnostic;
  diagnostic.severity = report.severity == Severity::error ? api::Diagnostic::Severity::error
                                                           : api::Diagnostic::Severity::warning;
  diagnostic.code = std::string(info(report.diagnostic).code);
  diagnostic.message = report.message;
  if (report.range.valid()) {
    const SourceFile& file = sources.file(report.range.file);
    const LineColumn begin = file.line_column(report.range.begin);
    const LineColumn end = file.line_column(report.range.end);
    diagnostic.file = file.name();
    diagnostic.line = begin.line;
    diagnostic.column = begin.column;
    diagnostic.end_line = end.line;
    diagnostic.end_column = end.column;
  }
  for (const Note& note : report.notes) diagnostic.notes.push_back(note.text);
  return diagnostic;
}

using Load = std::function<CompilerResult<sema::Module>(const sema::CheckOptions&, Diagnostics&)>;

api::Result<api::Module> load(const std::shared_ptr<EngineState>& engine, const Load& read) {
  auto state = std::make_shared<ModuleState>();
  state->engine = engine;
  state->sources = std::make_shared<SourceManager>();
  Diagnostics diagnostics(*state->sources);
  std::optional<CompilerResult<sema::Module>> module;
  try {
    sema::CheckOptions options;
    options.roots = engine->options.roots;
    module.emplace(read(options, diagnostics));
  } catch (const std::bad_alloc&) {
    return failure(api::ErrorCode::failed, "not enough memory to load the losses");
  }
  if (!*module) return failure(api::ErrorCode::file, module->error().message);
  for (const Report& report : diagnostics.sorted()) {
    state->diagnostics.push_back(described(report, *state->sources));
  }
  if (diagnostics.has_errors()) {
    api::Error error = failure(api::ErrorCode::invalid_source, render_text(diagnostics));
    error.diagnostics = std::move(state->diagnostics);
    return error;
  }
  state->name = (*module)->name;
  state->module = std::make_shared<const sema::Module>(std::move(**module));
  return api::Module(std::move(state));
}

std::string cache_key(const ir::Function& core, const api::KernelOptions& options,
                      const CompileOptions& target) {
  std::string key = target.cpu + "/" + std::to_string(target.width) + "/" +
                    std::to_string(target.optimisation) + "/" +
                    std::to_string(static_cast<int>(options.dtype)) + (options.value ? "v" : "");
  for (const DerivativeRow& row : derivative_kinds) {
    for (const std::string& name : options.*row.names) {
      key += std::string("/") + row.name + " " + name;
    }
  }
  const api::Curvature& curvature = options.curvature;
  key += "/c" + std::to_string(static_cast<int>(curvature.kind));
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const double number :
       {curvature.scale, curvature.floor.value_or(none), curvature.ceiling.value_or(none)}) {
    key.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  for (const api::Binding& entry : options.bind) {
    key += "/b " + entry.name + " " + entry.value.word();
    for (const double number : entry.value.numbers()) {
      key.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
  }
  return key + "\n" + ir::print(core);
}

api::Result<std::shared_ptr<const Program>> cached_program(
    const std::shared_ptr<EngineState>& engine, const ir::Function& core,
    const api::KernelOptions& options) {
  const CompileOptions target{options.cpu.empty() ? engine->options.cpu : options.cpu,
                              options.width, options.optimisation};
  const std::string key = cache_key(core, options, target);
  {
    const std::lock_guard lock(engine->mutex);
    const auto known = engine->programs.find(key);
    if (known != engine->programs.end()) return known->second;
  }
  auto program = compiled_program(core, options, target);
  if (!program) return program;
  const std::lock_guard lock(engine->mutex);
  return engine->programs.emplace(key, *program).first->second;
}

}  // namespace

api::Result<api::Kernel> kernel_of(const std::shared_ptr<EngineState>& engine,
                                   const std::shared_ptr<const ir::Function>& core,
                                   const api::KernelOptions& options) {
  if (options.dtype != api::DataType::f32 && options.dtype != api::DataType::f64) {
    return failure(api::ErrorCode::wrong_type, "a kernel computes in f32 or f64");
  }
  constexpr std::size_t most_parameters = 64;
  if (core->arrays.size() > most_parameters) {
    return failure(api::ErrorCode::unsupported, core->name + " has more than 64 parameters");
  }
  auto program = cached_program(engine, *core, options);
  if (!program) return program.error();
  auto state = std::make_shared<KernelState>();
  state->pool = engine->pool;
  state->threads = engine->threads;
  state->options = options;
  state->program = *program;
  // The engine may be gone when a call first asks for fewer outputs: then nothing is cached.
  state->compile = [weak = std::weak_ptr<EngineState>(engine), core,
                    cpu = engine->options.cpu](const api::KernelOptions& fewer) {
    if (const auto alive = weak.lock()) return cached_program(alive, *core, fewer);
    return compiled_program(*core, fewer,
                            {fewer.cpu.empty() ? cpu : fewer.cpu, fewer.width, fewer.optimisation});
  };
  return api::Kernel(std::move(state));
}

}  // namespace runtime

inline namespace api {

Engine::Engine(const EngineOptions& options) : state_(std::make_shared<runtime::EngineState>()) {
  state_->options = options;
  const unsigned machine = std::max(1u, std::thread::hardware_concurrency());
  state_->threads = options.threads != 0 ? options.threads : machine;
}

api::Result<Module> Engine::load_file(const std::string& path) const {
  return runtime::load(state_, [&](const sema::CheckOptions& options, Diagnostics& diagnostics) {
    return driver::loaded({driver::Target::Kind::file, path, ""}, options, diagnostics);
  });
}

api::Result<Module> Engine::load_text(const std::string& text, const std::string& name) const {
  return runtime::load(state_, [&](const sema::CheckOptions& options, Diagnostics& diagnostics) {
    const FileId file = diagnostics.sources().add(name, text);
    return runtime::CompilerResult<sema::Module>(sema::check(file, "", options, diagnostics));
  });
}

api::Result<Module> Engine::load_library(const std::string& module) const {
  const auto target = driver::parsed_target(module);
  if (!target || target->kind != driver::Target::Kind::library || !target->loss.empty()) {
    return runtime::failure(
        ErrorCode::unknown_name,
        target ? "the library has no module \"" + module + "\"" : target.error().message);
  }
  return runtime::load(state_, [&](const sema::CheckOptions& options, Diagnostics& diagnostics) {
    return driver::loaded(*target, options, diagnostics);
  });
}

const std::string& Module::name() const { return state_->name; }

std::vector<std::string> Module::losses() const { return driver::loss_names(*state_->module); }

const std::vector<api::Diagnostic>& Module::diagnostics() const { return state_->diagnostics; }

api::Result<Signature> Module::signature(std::string_view loss) const {
  const auto core = driver::selected_one(*state_->module, std::string(loss));
  if (!core) return runtime::failure(ErrorCode::unknown_name, core.error().message);
  return runtime::signature_of(**core);
}

api::Result<Kernel> Module::kernel(std::string_view loss, const KernelOptions& options) const {
  const auto core = driver::selected_one(*state_->module, std::string(loss));
  if (!core) return runtime::failure(ErrorCode::unknown_name, core.error().message);
  // Shares the module's ownership: the function lives in it.
  const std::shared_ptr<const ir::Function> function(state_->module, *core);
  return runtime::kernel_of(state_->engine, function, options);
}

}  // namespace api
}  // namespace lossc
