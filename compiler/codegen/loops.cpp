// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loops and branches with phis.

#include "compiler/codegen/loops.h"

namespace lossc::codegen {

namespace {

llvm::BasicBlock* new_block(llvm::IRBuilderBase& builder, const char* name) {
  return llvm::BasicBlock::Create(builder.getContext(), name,
                                  builder.GetInsertBlock()->getParent());
}

std::vector<llvm::PHINode*> phis(llvm::IRBuilderBase& builder, const Carried& initial,
                                 llvm::BasicBlock* from) {
  std::vector<llvm::PHINode*> nodes;
  for (llvm::Value* value : initial) {
    nodes.push_back(builder.CreatePHI(value->getType(), 2));
    nodes.back()->addIncoming(value, from);
  }
  return nodes;
}

}  // namespace

Carried emit_loop(llvm::IRBuilderBase& builder, llvm::Value* first, llvm::Value* last,
                  std::int64_t step, const Carried& initial, Hoist hoist, const LoopBody& body) {
  llvm::BasicBlock* guard = builder.GetInsertBlock();
  llvm::BasicBlock* preheader = new_block(builder, "preheader");
  llvm::BasicBlock* loop = new_block(builder, "loop");
  llvm::BasicBlock* exit = new_block(builder, "exit");
  builder.CreateCondBr(builder.CreateICmpSLT(first, last), preheader, exit);
  builder.SetInsertPoint(preheader);
  builder.CreateBr(loop);

  builder.SetInsertPoint(loop);
  llvm::PHINode* position = builder.CreatePHI(builder.getInt64Ty(), 2);
  position->addIncoming(first, preheader);
  std::vector<llvm::PHINode*> carried = phis(builder, initial, preheader);
  Carried next = body(position, Carried(carried.begin(), carried.end()),
                      hoist == Hoist::always ? guard : preheader);
  llvm::Value* next_position = builder.CreateNSWAdd(position, builder.getInt64(step));
  llvm::BasicBlock* latch = builder.GetInsertBlock();
  position->addIncoming(next_position, latch);
  for (std::size_t i = 0; i < next.size(); ++i) carried[i]->addIncoming(next[i], latch);
  builder.CreateCondBr(builder.CreateICmpSLT(next_position, last), loop, exit);

  builder.SetInsertPoint(exit);
  std::vector<llvm::PHINode*> results = phis(builder, initial, guard);
  for (std::size_t i = 0; i < next.size(); ++i) results[i]->addIncoming(next[i], latch);
  return Carried(results.begin(), results.end());
}

Carried emit_if(llvm::IRBuilderBase& builder, llvm::Value* condition, const Carried& otherwise,
                Hoist hoist, const std::function<Carried(llvm::BasicBlock* before)>& then) {
  llvm::BasicBlock* guard = builder.GetInsertBlock();
  llvm::BasicBlock* before = new_block(builder, "before");
  llvm::BasicBlock* taken = new_block(builder, "taken");
  llvm::BasicBlock* exit = new_block(builder, "joined");
  builder.CreateCondBr(condition, before, exit);
  builder.SetInsertPoint(before);
  builder.CreateBr(taken);
  builder.SetInsertPoint(taken);
  Carried values = then(hoist == Hoist::always ? guard : before);
  llvm::BasicBlock* last = builder.GetInsertBlock();
  builder.CreateBr(exit);
  builder.SetInsertPoint(exit);
  std::vector<llvm::PHINode*> results = phis(builder, otherwise, guard);
  for (std::size_t i = 0; i < values.size(); ++i) results[i]->addIncoming(values[i], last);
  return Carried(results.begin(), results.end());
}

}  // namespace lossc::codegen
