// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Control flow with values carried by phis, so that nothing goes through memory and no pass has to
// find out. A loop has its test at the bottom and a block before it, its preheader, where what does
// not vary may be put: the passes that would move it there are not run.
#pragma once

#include <functional>
#include <vector>

#include <llvm/IR/IRBuilder.h>

namespace lossc::codegen {

using Carried = std::vector<llvm::Value*>;

/// Where the body puts what does not vary: into the block that asks whether to enter, which also
/// dominates what comes later, so that one loop's serves the next; or into a block of its own, for
/// what must not be done if the loop is not entered.
enum class Hoist { always, if_entered };

/// Runs body for position = first, first + step, … < last (64-bit signed); the body gets the
/// position, the carried values and the block to hoist to, and returns the next carried values. The
/// result is the last of them.
using LoopBody =
    std::function<Carried(llvm::Value* position, const Carried&, llvm::BasicBlock* before)>;
Carried emit_loop(llvm::IRBuilderBase& builder, llvm::Value* first, llvm::Value* last,
                  std::int64_t step, const Carried& initial, Hoist hoist, const LoopBody& body);

/// `if (condition) values = then()`, else they stay `otherwise`. `then` gets a block to hoist to.
Carried emit_if(llvm::IRBuilderBase& builder, llvm::Value* condition, const Carried& otherwise,
                Hoist hoist, const std::function<Carried(llvm::BasicBlock* before)>& then);

/// Continues at the end of a block, before its terminator, while it lives.
class Hoisting {
 public:
  Hoisting(llvm::IRBuilderBase& builder, llvm::BasicBlock* block) : guard_(builder) {
    builder.SetInsertPoint(block->getTerminator());
  }

 private:
  llvm::IRBuilderBase::InsertPointGuard guard_;
};

}  // namespace lossc::codegen
