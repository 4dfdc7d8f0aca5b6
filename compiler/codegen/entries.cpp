// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The function of an entry around its regions.

#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

llvm::Function* Emitter::emit() {
  if (failure_) return nullptr;
  llvm::LLVMContext& context = module_.getContext();
  auto* type = llvm::FunctionType::get(builder_.getInt64Ty(), {builder_.getPtrTy()}, false);
  auto* function =
      llvm::Function::Create(type, llvm::Function::ExternalLinkage, entry_.name, module_);
  function->getArg(0)->setName("frame");
  auto* entry = llvm::BasicBlock::Create(context, "entry", function);
  auto* start = llvm::BasicBlock::Create(context, "start", function);
  builder_.SetInsertPoint(entry);
  builder_.CreateBr(start);
  builder_.SetInsertPoint(start);
  frame_ = std::make_unique<Frame>(builder_, function->getArg(0), entry);
  Scope call(nullptr, {}, scalar_);
  call.position = builder_.getInt64(0);
  place_tables();
  emit_region(schedule_.call, call);
  builder_.CreateRet(builder_.getInt64(0));
  return function;
}

}  // namespace lossc::codegen
