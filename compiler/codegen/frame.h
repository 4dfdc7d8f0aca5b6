// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled code's view of KernelFrame: fields are read once, at the entry of the function, and
// addressed by the offsets of the struct itself.
#pragma once

#include <map>
#include <vector>

#include <llvm/IR/IRBuilder.h>

#include "compiler/codegen/kernel_abi.h"
#include "compiler/ir/function.h"

namespace lossc::codegen {

/// An array as compiled code sees it; scalars, all but the pointer 64-bit integers.
struct ArrayView {
  llvm::Value* base = nullptr;
  llvm::Value* batch_stride = nullptr;
  std::vector<llvm::Value*> strides;
  /// Null, or whether the array has any element: where some subscript is computed and clamped, an
  /// array without elements is replaced by one readable place with strides 0.
  llvm::Value* has_elements = nullptr;
};

class Frame {
 public:
  /// `hoisted`: a block that dominates the function and ends in a terminator; reads go there.
  Frame(llvm::IRBuilderBase& builder, llvm::Value* frame, llvm::BasicBlock* hoisted)
      : builder_(builder), frame_(frame), hoisted_(hoisted) {}

  llvm::Value* integer(std::size_t offset);
  llvm::Value* number(std::size_t offset);  ///< a double
  llvm::Value* pointer(std::size_t offset);
  void set_integer(std::size_t offset, llvm::Value* value);

  llvm::Value* extent(ir::SizeId size);
  /// Strides of last axes are 1 if `contiguous`. `guarded`: see ArrayView::has_elements.
  const ArrayView& input(const ir::Function& function, ir::ArrayId array, bool contiguous,
                         bool guarded);
  const ArrayView& output(std::size_t position, std::size_t rank, bool contiguous);

 private:
  llvm::Value* at(llvm::Value* base, std::size_t offset);
  ArrayView view(llvm::Value* arrays, std::size_t index, std::size_t rank, bool contiguous);
  llvm::Value* read(llvm::Type* type, std::size_t offset);

  llvm::IRBuilderBase& builder_;
  llvm::Value* frame_;
  llvm::BasicBlock* hoisted_;
  std::map<std::pair<std::size_t, llvm::Type*>, llvm::Value*> fields_;
  std::map<ir::SizeId, llvm::Value*> extents_;
  std::map<std::pair<ir::ArrayId, bool>, ArrayView> inputs_;  // and whether guarded
  std::map<std::size_t, ArrayView> outputs_;
};

}  // namespace lossc::codegen
