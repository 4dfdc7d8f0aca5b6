// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builtins: a few are instructions, the others kernels found by name.

#include <fmt/format.h>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* instruction(const Simd& simd, std::string_view name, std::span<llvm::Value* const> x) {
  if (name == "stop_gradient") return x[0];
  if (name == "abs") return simd.abs(x[0]);
  if (name == "min") return simd.min(x[0], x[1]);
  if (name == "max") return simd.max(x[0], x[1]);
  if (name == "floor") return simd.floor(x[0]);
  if (name == "ceil") return simd.ceil(x[0]);
  if (name == "round") return simd.round_to_even(x[0]);
  llvm::Value* zero = simd.constant(0);
  llvm::Value* one = simd.constant(1);
  if (name == "sign") {
    llvm::Value* below = simd.select(simd.compare_lt(x[0], zero), simd.constant(-1), x[0]);
    return simd.select(simd.compare_gt(x[0], zero), one, below);
  }
  if (name == "step") {
    llvm::Value* at_most = simd.select(simd.compare_le(x[0], zero), zero, x[0]);
    return simd.select(simd.compare_gt(x[0], zero), one, at_most);
  }
  return nullptr;
}

}  // namespace

llvm::Value* Emitter::kernel(std::string_view name, std::span<llvm::Value* const> arguments,
                             Scope& scope) {
  Simd simd = scope.simd;
  const Kernel* kernel = find_kernel(name);
  if (kernel == nullptr || kernel->arity != arguments.size()) {
    fail(fmt::format("the function `{}` is not compiled yet", name));
    return simd.nan();
  }
  return kernel->arity == 1 ? kernel->unary(simd, arguments[0])
                            : kernel->binary(simd, arguments[0], arguments[1]);
}

Value Emitter::emit_call(ir::ExprId id, Scope& scope) {
  std::string_view name = ir::info(graph_.builtin(id)).name;
  std::vector<llvm::Value*> arguments;
  for (ir::ExprId operand : graph_.operands(id)) arguments.push_back(number(operand, scope));
  llvm::Value* simple = instruction(scope.simd, name, arguments);
  return {simple != nullptr ? simple : kernel(name, arguments, scope), Sort::number};
}

}  // namespace lossc::codegen
