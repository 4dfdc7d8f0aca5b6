// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels as a table, from the rows of kernels.def.

#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

constexpr Kernel row(std::string_view name, llvm::Value* (*emit)(Simd&, llvm::Value*)) {
  return {name, 1, emit, nullptr};
}

constexpr Kernel row(std::string_view name,
                     llvm::Value* (*emit)(Simd&, llvm::Value*, llvm::Value*)) {
  return {name, 2, nullptr, emit};
}

constexpr Kernel table[] = {
#define KERNEL(name, arity) row(#name, emit_##name),
#include "compiler/codegen/kernels/kernels.def"
#undef KERNEL
};

}  // namespace

std::span<const Kernel> all_kernels() { return table; }

const Kernel* find_kernel(std::string_view name) {
  for (const Kernel& kernel : table) {
    if (kernel.name == name) return &kernel;
  }
  return nullptr;
}

}  // namespace lossc::codegen
