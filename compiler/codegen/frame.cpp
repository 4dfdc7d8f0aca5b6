// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads of KernelFrame.

#include "compiler/codegen/frame.h"

#include <cstddef>

#include "compiler/codegen/loops.h"

namespace lossc::codegen {

llvm::Value* Frame::at(llvm::Value* base, std::size_t offset) {
  return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), base, offset);
}

llvm::Value* Frame::read(llvm::Type* type, std::size_t offset) {
  llvm::Value*& field = fields_[{offset, type}];
  if (field == nullptr) {
    Hoisting hoisting(builder_, hoisted_);
    field = builder_.CreateAlignedLoad(type, at(frame_, offset), llvm::Align(8));
  }
  return field;
}

llvm::Value* Frame::integer(std::size_t offset) { return read(builder_.getInt64Ty(), offset); }
llvm::Value* Frame::number(std::size_t offset) { return read(builder_.getDoubleTy(), offset); }
llvm::Value* Frame::pointer(std::size_t offset) { return read(builder_.getPtrTy(), offset); }

void Frame::set_integer(std::size_t offset, llvm::Value* value) {
  builder_.CreateAlignedStore(value, at(frame_, offset), llvm::Align(8));
}

llvm::Value* Frame::extent(ir::SizeId size) {
  llvm::Value*& extent = extents_[size];
  if (extent == nullptr) {
    llvm::Value* sizes = pointer(offsetof(KernelFrame, sizes));
    Hoisting hoisting(builder_, hoisted_);
    extent = builder_.CreateAlignedLoad(builder_.getInt64Ty(), at(sizes, size.index * 8u),
                                        llvm::Align(8));
  }
  return extent;
}

ArrayView Frame::view(llvm::Value* arrays, std::size_t index, std::size_t rank, bool contiguous) {
  Hoisting hoisting(builder_, hoisted_);
  llvm::Value* array = at(arrays, index * sizeof(ArrayFrame));
  auto field = [&](llvm::Type* type, std::size_t offset) {
    return builder_.CreateAlignedLoad(type, at(array, offset), llvm::Align(8));
  };
  ArrayView view;
  view.base = field(builder_.getPtrTy(), offsetof(ArrayFrame, data));
  view.batch_stride = field(builder_.getInt64Ty(), offsetof(ArrayFrame, batch_stride));
  for (std::size_t axis = 0; axis < rank; ++axis) {
    bool one = contiguous && axis + 1 == rank;
    view.strides.push_back(
        one ? builder_.getInt64(1)
            : static_cast<llvm::Value*>(
                  field(builder_.getInt64Ty(), offsetof(ArrayFrame, strides) + axis * 8)));
  }
  return view;
}

const ArrayView& Frame::input(const ir::Function& function, ir::ArrayId array, bool contiguous,
                              bool guarded) {
  auto [place, inserted] = inputs_.try_emplace({array, guarded});
  if (!inserted) return place->second;
  const ir::Array& declared = function.arrays[array.index];
  ArrayView& view = place->second;
  view = this->view(pointer(offsetof(KernelFrame, inputs)), array.index, declared.shape.size(),
                    contiguous);
  if (!guarded) return view;
  std::vector<llvm::Value*> extents;
  for (ir::SizeId size : declared.shape) extents.push_back(extent(size));
  Hoisting hoisting(builder_, hoisted_);
  view.has_elements = builder_.getTrue();
  for (llvm::Value* extent : extents) {
    view.has_elements =
        builder_.CreateAnd(view.has_elements, builder_.CreateICmpSGT(extent, builder_.getInt64(0)));
  }
  auto otherwise = [&](llvm::Value* value, llvm::Value* instead) {
    return builder_.CreateSelect(view.has_elements, value, instead);
  };
  view.base = otherwise(view.base, frame_);
  view.batch_stride = otherwise(view.batch_stride, builder_.getInt64(0));
  for (llvm::Value*& stride : view.strides) stride = otherwise(stride, builder_.getInt64(0));
  return view;
}

const ArrayView& Frame::output(std::size_t position, std::size_t rank, bool contiguous) {
  auto [place, inserted] = outputs_.try_emplace(position);
  if (inserted) {
    place->second = view(pointer(offsetof(KernelFrame, outputs)), position, rank, contiguous);
  }
  return place->second;
}

}  // namespace lossc::codegen
