// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x·2^n and the exponent of x. AVX-512 has instructions for both; elsewhere, for the first, x is
// multiplied by two powers of two, of which the first product is exact, so that there is a single
// rounding also into the subnormals.

#include <algorithm>
#include <cassert>
#include <cstdint>

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicsX86.h>

#include "compiler/codegen/simd.h"

namespace lossc::codegen {

using llvm::Value;

namespace {

// `count` lanes of x from `first` on; lanes beyond its end are undefined.
Value* lanes_from(llvm::IRBuilderBase& builder, Value* x, unsigned first, unsigned count) {
  const unsigned width = llvm::cast<llvm::FixedVectorType>(x->getType())->getNumElements();
  llvm::SmallVector<int, 64> lanes;
  for (unsigned lane = first; lane < first + count; ++lane) {
    lanes.push_back(lane < width ? static_cast<int>(lane) : -1);
  }
  return builder.CreateShuffleVector(x, lanes);
}

// `emit` on the values, each of which is cut or widened to whole registers of 128 to 512 bits.
template <typename Emit>
Value* by_register(llvm::IRBuilderBase& builder, llvm::ArrayRef<Value*> values, Emit emit) {
  const unsigned element_bits = values[0]->getType()->getScalarSizeInBits();
  llvm::SmallVector<Value*, 2> parts;
  if (!values[0]->getType()->isVectorTy()) {
    // A register of which one lane counts.
    for (Value* value : values) {
      Value* lanes =
          llvm::PoisonValue::get(llvm::FixedVectorType::get(value->getType(), 128 / element_bits));
      parts.push_back(builder.CreateInsertElement(lanes, value, std::uint64_t{0}));
    }
    return builder.CreateExtractElement(emit(parts), std::uint64_t{0});
  }
  const unsigned width = llvm::cast<llvm::FixedVectorType>(values[0]->getType())->getNumElements();
  if (width * element_bits < 128) {
    for (Value* value : values) {
      parts.push_back(lanes_from(builder, value, 0, 128 / element_bits));
    }
    return lanes_from(builder, emit(parts), 0, width);
  }
  if (width * element_bits <= 512) return emit(values);
  Value* halves[2];
  for (unsigned half : {0u, 1u}) {
    parts.clear();
    for (Value* value : values) {
      parts.push_back(lanes_from(builder, value, half * width / 2, width / 2));
    }
    halves[half] = by_register(builder, parts, emit);
  }
  llvm::SmallVector<int, 64> lanes;
  for (unsigned lane = 0; lane < width; ++lane) lanes.push_back(static_cast<int>(lane));
  return builder.CreateShuffleVector(halves[0], halves[1], lanes);
}

// One of the masked intrinsics with all lanes on, for a register of the arguments' type: `f32` and
// `f64` name it for 128, 256 and 512 bits.
Value* call(llvm::IRBuilderBase& builder, llvm::ArrayRef<Value*> arguments,
            const llvm::Intrinsic::ID (&f32)[3], const llvm::Intrinsic::ID (&f64)[3]) {
  auto* type = llvm::cast<llvm::FixedVectorType>(arguments[0]->getType());
  const auto size = static_cast<unsigned>(type->getPrimitiveSizeInBits().getFixedValue());
  const unsigned mask_bits = std::max(8u, type->getNumElements());
  llvm::SmallVector<Value*, 5> all(arguments.begin(), arguments.end());
  all.push_back(llvm::ConstantAggregateZero::get(type));
  all.push_back(llvm::ConstantInt::getAllOnesValue(builder.getIntNTy(mask_bits)));
  if (size == 512) all.push_back(builder.getInt32(4));  // rounding as MXCSR says
  const unsigned index = size == 128 ? 0 : size == 256 ? 1 : 2;
  const bool is_f32 = type->getElementType()->isFloatTy();
  return builder.CreateIntrinsic(is_f32 ? f32[index] : f64[index], {}, all);
}

namespace intrinsic = llvm::Intrinsic;

constexpr intrinsic::ID scalef_f32[] = {intrinsic::x86_avx512_mask_scalef_ps_128,
                                        intrinsic::x86_avx512_mask_scalef_ps_256,
                                        intrinsic::x86_avx512_mask_scalef_ps_512};
constexpr intrinsic::ID scalef_f64[] = {intrinsic::x86_avx512_mask_scalef_pd_128,
                                        intrinsic::x86_avx512_mask_scalef_pd_256,
                                        intrinsic::x86_avx512_mask_scalef_pd_512};
constexpr intrinsic::ID getexp_f32[] = {intrinsic::x86_avx512_mask_getexp_ps_128,
                                        intrinsic::x86_avx512_mask_getexp_ps_256,
                                        intrinsic::x86_avx512_mask_getexp_ps_512};
constexpr intrinsic::ID getexp_f64[] = {intrinsic::x86_avx512_mask_getexp_pd_128,
                                        intrinsic::x86_avx512_mask_getexp_pd_256,
                                        intrinsic::x86_avx512_mask_getexp_pd_512};

}  // namespace

Value* Simd::scale(Value* x, Value* n) const {
  if (target_.has_avx512) {
    return by_register(builder_, {x, n}, [&](llvm::ArrayRef<Value*> values) {
      return call(builder_, values, scalef_f32, scalef_f64);
    });
  }
  const unsigned digits = is_f32() ? 23 : 52;
  const std::int64_t bias = is_f32() ? 127 : 1023;
  Value* biased = int_add(to_int(n), int_constant(2 * bias));  // not negative
  Value* half = shift_right(biased, 1);
  Value* first = from_bits(shift_left(half, digits));
  Value* second = from_bits(shift_left(int_sub(biased, half), digits));
  return mul(mul(x, first), second);
}

Value* Simd::exponent(Value* x) const {
  assert(target_.has_avx512);
  return by_register(builder_, {x}, [&](llvm::ArrayRef<Value*> values) {
    return call(builder_, values, getexp_f32, getexp_f64);
  });
}

}  // namespace lossc::codegen
