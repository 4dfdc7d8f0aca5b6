// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The entry `labels`: every class array that the function reads is scanned; a label is valid iff it
// is in 0 … K − 1 or the ignored one.

#include <algorithm>
#include <cstddef>

#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

std::vector<ir::ArrayId> label_arrays(const ir::Function& function) {
  std::vector<bool> read(function.arrays.size(), false);
  std::vector<ir::ExprId> roots;
  for (const ir::Output& output : function.outputs) roots.push_back(output.root);
  for (ir::ExprId id : function.graph.reachable(roots)) {
    if (function.graph.op(id) == ir::Op::load) read[function.graph.array(id).index] = true;
  }
  std::vector<ir::ArrayId> arrays;
  for (std::uint16_t i = 0; i < read.size(); ++i) {
    if (read[i] && function.arrays[i].domain == ir::Domain::class_) arrays.push_back({i});
  }
  return arrays;
}

namespace {

class LabelScan {
 public:
  LabelScan(llvm::IRBuilder<>& builder, Frame& frame, const ir::Function& function,
            const TargetOptions& options)
      : builder_(builder), frame_(frame), function_(function), options_(options) {}

  void scan(ir::ArrayId array) {
    const ir::Array& declared = function_.arrays[array.index];
    const ArrayView& view = frame_.input(function_, array, options_.contiguous, false);
    llvm::Value* first = frame_.integer(offsetof(KernelFrame, first_example));
    if (!function_.per_example(array)) {
      axes(array, view, declared, 0, view.base, first);
      return;
    }
    llvm::Value* last = frame_.integer(offsetof(KernelFrame, last_example));
    emit_loop(builder_, first, last, 1, {}, Hoist::always,
              [&](llvm::Value* example, const Carried&, llvm::BasicBlock*) {
                axes(array, view, declared, 0, moved(array, view.base, example, view.batch_stride),
                     example);
                return Carried{};
              });
  }

 private:
  bool wide(ir::ArrayId array) const {
    return array.index < options_.wide_labels.size() && options_.wide_labels[array.index];
  }
  llvm::Type* element(ir::ArrayId array) {
    return wide(array) ? builder_.getInt64Ty() : builder_.getInt32Ty();
  }
  llvm::Value* moved(ir::ArrayId array, llvm::Value* place, llvm::Value* position,
                     llvm::Value* stride) {
    return builder_.CreateGEP(element(array), place, builder_.CreateMul(position, stride));
  }

  void axes(ir::ArrayId array, const ArrayView& view, const ir::Array& declared, std::size_t axis,
            llvm::Value* place, llvm::Value* example) {
    if (axis == declared.shape.size()) {
      check(array, declared, place, example);
      return;
    }
    emit_loop(builder_, builder_.getInt64(0), frame_.extent(declared.shape[axis]), 1, {},
              Hoist::always, [&](llvm::Value* position, const Carried&, llvm::BasicBlock*) {
                axes(array, view, declared, axis + 1,
                     moved(array, place, position, view.strides[axis]), example);
                return Carried{};
              });
  }

  void check(ir::ArrayId array, const ir::Array& declared, llvm::Value* place,
             llvm::Value* example) {
    llvm::Type* type = element(array);
    llvm::Value* label = builder_.CreateAlignedLoad(type, place, llvm::Align(wide(array) ? 8 : 4));
    label = builder_.CreateSExt(label, builder_.getInt64Ty());
    llvm::Value* valid = builder_.CreateICmpULT(label, frame_.extent(declared.classes));
    if (declared.ignore) {
      valid = builder_.CreateOr(
          valid, builder_.CreateICmpEQ(
                     label, builder_.getInt64(static_cast<std::uint64_t>(*declared.ignore))));
    }
    llvm::Function* function = builder_.GetInsertBlock()->getParent();
    auto* bad = llvm::BasicBlock::Create(builder_.getContext(), "bad", function);
    auto* good = llvm::BasicBlock::Create(builder_.getContext(), "good", function);
    builder_.CreateCondBr(valid, good, bad);
    builder_.SetInsertPoint(bad);
    frame_.set_integer(offsetof(KernelFrame, bad_example), example);
    frame_.set_integer(offsetof(KernelFrame, bad_value), label);
    builder_.CreateRet(builder_.getInt64(std::uint64_t{1} + array.index));
    builder_.SetInsertPoint(good);
  }

  llvm::IRBuilder<>& builder_;
  Frame& frame_;
  const ir::Function& function_;
  const TargetOptions& options_;
};

}  // namespace

void emit_labels(llvm::Module& module, const ir::Function& function, const TargetOptions& options,
                 const std::string& name) {
  llvm::LLVMContext& context = module.getContext();
  llvm::IRBuilder<> builder(context);
  auto* type = llvm::FunctionType::get(builder.getInt64Ty(), {builder.getPtrTy()}, false);
  auto* entry_function =
      llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, module);
  auto* entry = llvm::BasicBlock::Create(context, "entry", entry_function);
  auto* start = llvm::BasicBlock::Create(context, "start", entry_function);
  builder.SetInsertPoint(entry);
  builder.CreateBr(start);
  builder.SetInsertPoint(start);
  Frame frame(builder, entry_function->getArg(0), entry);
  LabelScan scan(builder, frame, function, options);
  for (ir::ArrayId array : label_arrays(function)) scan.scan(array);
  builder.CreateRet(builder.getInt64(0));
}

}  // namespace lossc::codegen
