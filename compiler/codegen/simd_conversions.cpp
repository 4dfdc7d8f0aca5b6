// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions of the SIMD builder. Those between floats and integers are guarded, because LLVM's
// fptosi is poison out of range, and avoid 64-bit conversions, which only AVX-512 has.

#include <cassert>

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>

#include "compiler/codegen/simd.h"

namespace lossc::codegen {

using llvm::Value;

namespace {

// 1.5·2^(p-1) for p digits: adding it leaves the integer part in the low bits, also of negatives.
double magic_constant(bool is_f32) { return is_f32 ? 0x1.8p23 : 0x1.8p52; }

}  // namespace

Value* Simd::to_int(Value* x) const {
  Value* magic = constant(magic_constant(is_f32()));
  return int_sub(bits(add(x, magic)), bits(magic));
}

Value* Simd::from_int(Value* i) const {
  if (is_f32() || target_.has_avx512 || width_ == 1) {
    return builder_.CreateSIToFP(i, float_type());
  }
  Value* magic = constant(magic_constant(false));
  return sub(from_bits(int_add(i, bits(magic))), magic);
}

Value* Simd::to_int32(Value* x) const {
  // 2^31 - 128 is the largest float below 2^31; larger values are selected apart.
  const double limit = is_f32() ? 2147483520.0 : 2147483647.0;
  llvm::Type* int32 = vector_of(builder_.getInt32Ty());
  Value* clamped = lesser(greater(x, constant(-2147483648.0)), constant(limit));
  clamped = select(is_nan(x), constant(0.0), clamped);
  Value* converted = builder_.CreateFPToSI(clamped, int32);
  return select(compare_ge(x, constant(2147483648.0)), llvm::ConstantInt::get(int32, 0x7fffffff),
                converted);
}

Value* Simd::from_int32(Value* i) const { return builder_.CreateSIToFP(i, float_type()); }

Value* Simd::from_signed(Value* i) const {
  assert(i->getType()->isIntOrIntVectorTy());
  if (i->getType()->getScalarSizeInBits() < 32) {
    i = builder_.CreateSExt(i, vector_of(builder_.getInt32Ty()));
  }
  return builder_.CreateSIToFP(i, float_type());
}

Value* Simd::from_mask(Value* m) const { return select(m, constant(1.0), constant(0.0)); }

Value* Simd::to_f64(Value* x) const {
  return is_f32() ? builder_.CreateFPExt(x, vector_of(builder_.getDoubleTy())) : x;
}

Value* Simd::to_f32(Value* x) const {
  return is_f32() ? x : builder_.CreateFPTrunc(x, vector_of(builder_.getFloatTy()));
}

Value* Simd::from_float(Value* x) const { return builder_.CreateFPCast(x, float_type()); }

}  // namespace lossc::codegen
