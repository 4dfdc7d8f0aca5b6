// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builtins: a few are instructions, the others kernels found by name. A kernel is emitted in place,
// where it fuses with what surrounds it, the first few times; a formula that has it more often (a
// sum of thousands of exponentials) calls a function, so that the code stays linear in the formula
// with a small factor. Both compute the same bits.

#include <fmt/format.h>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

/// Of one kernel in one entry; no loss of the library has so many.
constexpr unsigned most_inlined_uses = 24;

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

/// The kernel as a function of the module.
llvm::Function* Emitter::outlined(const Kernel& kernel, const Simd& simd) {
  // An entry's name holds no dot.
  const std::string name =
      fmt::format("lossc.{}.{}x{}", kernel.name, simd.is_f32() ? "f32" : "f64", simd.width());
  if (llvm::Function* known = module_.getFunction(name)) return known;
  const std::vector<llvm::Type*> parameters(kernel.arity, simd.float_type());
  auto* type = llvm::FunctionType::get(simd.float_type(), parameters, false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, module_);
  function->addFnAttr(llvm::Attribute::NoInline);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(module_.getContext(), "", function));
  Simd inside(builder, simd.type(), simd.width(), simd.target());
  builder.CreateRet(kernel.arity == 1
                        ? kernel.unary(inside, function->getArg(0))
                        : kernel.binary(inside, function->getArg(0), function->getArg(1)));
  return function;
}

llvm::Value* Emitter::kernel(std::string_view name, std::span<llvm::Value* const> arguments,
                             Scope& scope) {
  Simd simd = scope.simd;
  const Kernel* kernel = find_kernel(name);
  if (kernel == nullptr || kernel->arity != arguments.size()) {
    fail(fmt::format("the function `{}` is not compiled yet", name));
    return simd.nan();
  }
  if (++kernel_uses_[kernel] > most_inlined_uses) {
    const llvm::ArrayRef<llvm::Value*> values(arguments.data(), arguments.size());
    return builder_.CreateCall(outlined(*kernel, simd), values);
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
