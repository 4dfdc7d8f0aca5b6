// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builtins: a few are instructions, the others kernels found by name. A kernel is emitted in place,
// where it fuses with what surrounds it, the first few times; a formula that has it more often (a
// sum of thousands of exponentials) calls a function, so that the code stays linear in the formula
// with a small factor. Both compute the same bits.

#include <algorithm>

#include <fmt/format.h>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/ir/builtins.h"

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

/// Whether code for the node contains a function of the vector mathematics.
bool Emitter::calls_kernel(ir::ExprId id) const {
  switch (graph_.op(id)) {
    case ir::Op::weight:
      return true;
    case ir::Op::call:
      return find_kernel(ir::info(graph_.builtin(id)).name) != nullptr;
    case ir::Op::mul:
      // By square roots and multiplications, or by `pow`.
      return std::ranges::any_of(graph_.factors(id), [](const ir::Number& exponent) {
        return !(exponent + exponent).to_long();
      });
    default:
      return false;
  }
}

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
                             Simd simd) {
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

// x/m. In a loop that m does not vary with, by its reciprocal, taken once before the loop: of m
// scaled by a power of two, so that the reciprocal is normal.
Value Emitter::emit_quotient(ir::ExprId id, Scope& scope) {
  ir::ExprId divided = graph_.operands(id)[0];
  ir::ExprId divisor = graph_.operands(id)[1];
  llvm::Value* x = number(divided, scope);
  const Simd& simd = scope.simd;
  llvm::Value* result = nullptr;
  Scope& at = home(divisor, scope);
  const bool varies = &at == &scope || at.vectorised || dependence_.literal(divisor);
  if (scope.before == nullptr || varies) {
    result = simd.div(x, number(divisor, scope));
  } else {
    llvm::Value* m = converted(at.simd, at.values.at(divisor.index), Sort::number);
    llvm::Value* factor = nullptr;
    llvm::Value* reciprocal = nullptr;
    {
      Hoisting hoisting(builder_, scope.before);
      const Simd& one = at.simd;
      llvm::Value* size = one.abs(m);
      llvm::Value* large = one.compare_gt(size, one.constant(0x1p64));
      llvm::Value* small = one.compare_lt(size, one.constant(0x1p-64));
      const double power = one.is_f32() ? 0x1p64 : 0x1p512;
      llvm::Value* scalar = one.select(large, one.constant(1 / power), one.constant(1));
      scalar = one.select(small, one.constant(power), scalar);
      factor = simd.splat(scalar);
      reciprocal = simd.splat(one.div(one.constant(1), one.mul(m, scalar)));
    }
    result = simd.mul(simd.mul(x, factor), reciprocal);
  }
  const bool nothing = ranges_[divided].may_be_zero() && ranges_[divisor].may_be_zero();
  if (nothing) {
    llvm::Value* zero = simd.compare_eq(x, simd.constant(0));
    result = simd.select(zero, x, result);
  }
  return {result, Sort::number};
}

Value Emitter::emit_call(ir::ExprId id, Scope& scope) {
  if (graph_.builtin(id) == ir::Builtin::quotient) return emit_quotient(id, scope);
  if (graph_.builtin(id) == ir::Builtin::log) {
    llvm::Value* log = log_of_weight(id, scope);
    if (log == nullptr) log = log_of_product(graph_.operands(id)[0], scope);
    if (log != nullptr) return {log, Sort::number};
  }
  if (llvm::Value* value = call_of_odds(id, scope)) return {value, Sort::number};
  if (llvm::Value* wide = tail_in_f64(id, scope)) {
    scope.extended[id.index] = wide;
    return {scope.simd.from_float(wide), Sort::number};
  }
  std::string_view name = ir::info(graph_.builtin(id)).name;
  std::vector<llvm::Value*> arguments;
  for (ir::ExprId operand : graph_.operands(id)) arguments.push_back(number(operand, scope));
  llvm::Value* simple = instruction(scope.simd, name, arguments);
  return {simple != nullptr ? simple : kernel(name, arguments, scope.simd), Sort::number};
}

}  // namespace lossc::codegen
