// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In-memory compilation through ORC. A CompiledKernel owns its code; the code lives as long as any
// copy of the shared pointer. Thread-safe.
#pragma once

#include <memory>

#include "compiler/codegen/codegen.h"

namespace lossc::jit {

struct CompiledKernel {
  codegen::CompiledLayout layout;
  codegen::KernelEntry kernel = nullptr;
  codegen::KernelEntry divisor = nullptr;  ///< null: 1 per example
  codegen::KernelEntry labels = nullptr;   ///< null: nothing to check
  std::int64_t examples_at_a_time = 1;     ///< of `kernel`: see takes_whole_vectors
  codegen::WorkspaceLayout workspace;
  std::shared_ptr<void> code;  ///< keeps the code alive
};

/// `profile`: where to put what it took, if anybody asks.
Result<std::shared_ptr<const CompiledKernel>> compiled(const ir::Function& function,
                                                       const codegen::TargetOptions& options,
                                                       codegen::CompileProfile* profile = nullptr);

}  // namespace lossc::jit
