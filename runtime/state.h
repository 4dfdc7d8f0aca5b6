// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What engines, modules, kernels and prepared calls stand for. Shared pointers point down only: a
// kernel keeps its pool of threads and its code, not the engine.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lossc/engine.h"
#include "runtime/execute.h"
#include "runtime/plan.h"
#include "runtime/program.h"
#include "runtime/thread_pool.h"

namespace lossc {
class SourceManager;
namespace ir {
struct Function;
}
namespace sema {
struct Module;
}
}  // namespace lossc

namespace lossc::runtime {

struct EngineState {
  api::EngineOptions options;
  unsigned threads = 1;
  std::shared_ptr<ThreadPool> pool = std::make_shared<ThreadPool>();
  std::mutex mutex;
  /// By the text of the loss's core IR and the options: the same loss from two files is one.
  std::map<std::string, std::shared_ptr<const Program>> programs;
};

struct ModuleState {
  std::shared_ptr<EngineState> engine;
  std::shared_ptr<SourceManager> sources;
  std::shared_ptr<const sema::Module> module;
  std::string name;
  std::vector<api::Diagnostic> diagnostics;
};

struct KernelState {
  std::shared_ptr<ThreadPool> pool;
  unsigned threads = 1;
  api::KernelOptions options;
  std::shared_ptr<const Program> program;
  /// The same loss with fewer outputs: what a call leaves out is not computed.
  std::function<api::Result<std::shared_ptr<const Program>>(const api::KernelOptions&)> compile;
  mutable std::mutex mutex;
  mutable std::map<std::vector<bool>, std::shared_ptr<const Program>> subsets;
};

struct CallState {
  CallState(Plan prepared, std::shared_ptr<ThreadPool> threads)
      : plan(std::move(prepared)), workspace(plan), pool(std::move(threads)) {}

  void set_output(DerivativeKind kind, std::size_t position, void* data) {
    const auto& places = derivatives[static_cast<std::size_t>(kind)];
    if (position >= places.size()) return;
    plan.outputs[places[position]].data = static_cast<char*>(data);
    moved = true;
  }

  Plan plan;
  Workspace workspace;
  std::shared_ptr<ThreadPool> pool;
  /// Positions in plan.outputs, by DerivativeKind.
  std::array<std::vector<std::size_t>, derivative_kinds.size()> derivatives;
  bool moved = false;  ///< pointers changed since overlaps were looked for
};

/// A kernel of a loss that is checked already; `core` is kept alive by the kernel.
api::Result<api::Kernel> kernel_of(const std::shared_ptr<EngineState>& engine,
                                   const std::shared_ptr<const ir::Function>& core,
                                   const api::KernelOptions& options);

}  // namespace lossc::runtime
