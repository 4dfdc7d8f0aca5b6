// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loads, stores, gathers and scatters of the SIMD builder. LLVM's masked intrinsics exist for
// vectors only, so at width 1 values pass through vectors of one lane.

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <string>

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include "compiler/codegen/simd.h"

namespace lossc::codegen {

using llvm::Value;

namespace {

// A scalar as a vector of one lane; vectors stay what they are.
Value* as_vector(llvm::IRBuilderBase& builder, Value* x) {
  return x->getType()->isVectorTy() ? x : builder.CreateVectorSplat(1, x);
}

llvm::Type* as_vector(llvm::Type* type) {
  return type->isVectorTy() ? type : llvm::FixedVectorType::get(type, 1);
}

// As scalars are aligned: natural for every element type that is loaded (up to 8 bytes).
llvm::Align element_alignment(llvm::Type* type) {
  return llvm::Align(std::max<std::uint64_t>(1, type->getScalarSizeInBits() / 8));
}

}  // namespace

Value* Simd::load(llvm::Value* pointer) const { return load(element_type(), pointer); }

Value* Simd::load(llvm::Type* type_of_element, Value* pointer) const {
  return builder_.CreateAlignedLoad(vector_of(type_of_element), pointer,
                                    element_alignment(type_of_element));
}

void Simd::store(Value* x, Value* pointer) const {
  builder_.CreateAlignedStore(x, pointer, element_alignment(x->getType()));
}

Value* Simd::load_masked(Value* pointer, Value* mask, Value* fill) const {
  return load_masked(element_type(), pointer, mask, fill);
}

Value* Simd::load_masked(llvm::Type* type_of_element, Value* pointer, Value* mask,
                         Value* fill) const {
  Value* loaded = builder_.CreateMaskedLoad(as_vector(vector_of(type_of_element)), pointer,
                                            element_alignment(type_of_element),
                                            as_vector(builder_, mask), as_vector(builder_, fill));
  return width_ == 1 ? builder_.CreateExtractElement(loaded, std::uint64_t{0}) : loaded;
}

void Simd::store_masked(Value* x, Value* pointer, Value* mask) const {
  builder_.CreateMaskedStore(as_vector(builder_, x), pointer, element_alignment(x->getType()),
                             as_vector(builder_, mask));
}

Value* Simd::gather(Value* base, Value* index, Value* mask, Value* fill) const {
  return gather(element_type(), base, index, mask, fill);
}

Value* Simd::gather(llvm::Type* type_of_element, Value* base, Value* index, Value* mask,
                    Value* fill) const {
  Value* pointers = builder_.CreateGEP(type_of_element, base, as_vector(builder_, index));
  Value* loaded = builder_.CreateMaskedGather(as_vector(vector_of(type_of_element)), pointers,
                                              element_alignment(type_of_element),
                                              as_vector(builder_, mask), as_vector(builder_, fill));
  return width_ == 1 ? builder_.CreateExtractElement(loaded, std::uint64_t{0}) : loaded;
}

void Simd::scatter(Value* x, Value* base, Value* index, Value* mask) const {
  llvm::Type* element = x->getType()->getScalarType();
  Value* pointers = builder_.CreateGEP(element, base, as_vector(builder_, index));
  builder_.CreateMaskedScatter(as_vector(builder_, x), pointers, element_alignment(element),
                               as_vector(builder_, mask));
}

Value* Simd::table(std::string_view name, std::span<const double> values) const {
  llvm::Module& module = *builder_.GetInsertBlock()->getModule();
  const std::string symbol = "lossc.table." + std::string(name);
  if (auto* existing = module.getNamedGlobal(symbol)) return existing;
  llvm::Constant* data =
      llvm::ConstantDataArray::get(context(), llvm::ArrayRef<double>(values.data(), values.size()));
  auto* global = new llvm::GlobalVariable(module, data->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::PrivateLinkage, data, symbol);
  global->setAlignment(llvm::Align(64));
  global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  return global;
}

Value* Simd::lane_indices() const {
  if (width_ == 1) return int_constant(0);
  llvm::SmallVector<llvm::Constant*, 64> lanes;
  for (unsigned lane = 0; lane < width_; ++lane) {
    lanes.push_back(llvm::ConstantInt::get(int_type()->getScalarType(), lane));
  }
  return llvm::ConstantVector::get(lanes);
}

Value* Simd::lane_indices_int32() const { return with_type(FloatType::f32).lane_indices(); }

Value* Simd::first_lanes(Value* count) const {
  assert(count->getType()->isIntegerTy());
  llvm::Type* int32 = builder_.getInt32Ty();
  const bool by_bits = target_.has_avx512 && width_ >= 8 && width_ <= 16;
  if (by_bits || count->getType()->getIntegerBitWidth() > 32) {
    Value* width = llvm::ConstantInt::get(count->getType(), width_);
    count = builder_.CreateSelect(builder_.CreateICmpULT(count, width), count, width);
  }
  count = builder_.CreateZExtOrTrunc(count, int32);
  if (by_bits) {  // a mask register is filled from the lowest bits of a scalar
    Value* one = builder_.getInt32(1);
    Value* bits = builder_.CreateSub(builder_.CreateShl(one, count), one);
    return builder_.CreateBitCast(builder_.CreateTrunc(bits, builder_.getIntNTy(width_)),
                                  mask_type());
  }
  return builder_.CreateICmpULT(lane_indices_int32(), splat(count));
}

}  // namespace lossc::codegen
