// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic, comparisons, masks and lanes of the SIMD builder. Memory is in simd_memory.cpp,
// conversions are in simd_conversions.cpp.

#include "compiler/codegen/simd.h"

#include <cassert>
#include <limits>

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

namespace lossc::codegen {

using llvm::Value;

namespace {

// What x is −y of, or null. −(−x) and |−x| are seen through, because functions of x and of −x then
// share what they have in common.
Value* operand_of_negation(Value* x) {
  auto* operation = llvm::dyn_cast<llvm::UnaryOperator>(x);
  const bool negation = operation != nullptr && operation->getOpcode() == llvm::Instruction::FNeg;
  return negation ? operation->getOperand(0) : nullptr;
}

}  // namespace

Simd::Simd(llvm::IRBuilderBase& builder, FloatType type, unsigned width, SimdTarget target)
    : builder_(builder), type_(type), width_(width), target_(target) {
  assert(width > 0 && (width & (width - 1)) == 0 && "the width is a power of two");
  assert(!builder.getFastMathFlags().any() && "kernels rely on IEEE arithmetic");
}

llvm::LLVMContext& Simd::context() const { return builder_.getContext(); }

llvm::Type* Simd::vector_of(llvm::Type* element) const {
  return width_ == 1 ? element : llvm::FixedVectorType::get(element, width_);
}

llvm::Type* Simd::element_type() const {
  return is_f32() ? builder_.getFloatTy() : builder_.getDoubleTy();
}

llvm::Type* Simd::float_type() const { return vector_of(element_type()); }

llvm::Type* Simd::int_type() const {
  return vector_of(is_f32() ? builder_.getInt32Ty() : builder_.getInt64Ty());
}

llvm::Type* Simd::mask_type() const { return vector_of(builder_.getInt1Ty()); }

Value* Simd::constant(double value) const { return llvm::ConstantFP::get(float_type(), value); }

Value* Simd::int_constant(std::int64_t value) const {
  return llvm::ConstantInt::getSigned(int_type(), value);
}

Value* Simd::mask_constant(bool value) const {
  return llvm::ConstantInt::get(mask_type(), value ? 1 : 0);
}

Value* Simd::infinity() const { return constant(std::numeric_limits<double>::infinity()); }

Value* Simd::nan() const { return llvm::ConstantFP::getQNaN(float_type()); }

Value* Simd::add(Value* a, Value* b) const { return builder_.CreateFAdd(a, b); }
Value* Simd::sub(Value* a, Value* b) const { return builder_.CreateFSub(a, b); }
Value* Simd::mul(Value* a, Value* b) const { return builder_.CreateFMul(a, b); }
Value* Simd::div(Value* a, Value* b) const { return builder_.CreateFDiv(a, b); }
Value* Simd::neg(Value* x) const {
  Value* negated = operand_of_negation(x);
  return negated != nullptr ? negated : builder_.CreateFNeg(x);
}

Value* Simd::sqrt(Value* x) const {
  return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x);
}
Value* Simd::abs(Value* x) const {
  Value* negated = operand_of_negation(x);
  return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, negated != nullptr ? negated : x);
}
Value* Simd::floor(Value* x) const {
  return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::floor, x);
}
Value* Simd::ceil(Value* x) const {
  return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::ceil, x);
}
Value* Simd::trunc(Value* x) const {
  return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::trunc, x);
}
Value* Simd::round_to_even(Value* x) const {
  return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::roundeven, x);
}

Value* Simd::fma(Value* a, Value* b, Value* c) const {
  if (!has_fma()) return add(mul(a, b), c);
  return builder_.CreateIntrinsic(llvm::Intrinsic::fma, {a->getType()}, {a, b, c});
}

Value* Simd::copysign(Value* x, Value* sign) const {
  return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, x, sign);
}

Value* Simd::lesser(Value* a, Value* b) const { return select(compare_lt(a, b), a, b); }
Value* Simd::greater(Value* a, Value* b) const { return select(compare_gt(a, b), a, b); }
// Not is_nan and greater: LLVM 19 merges those two comparisons wrongly where one side is an
// absolute value and the other 0, and makes max(|x|, 0) of a negative x 0.
Value* Simd::min(Value* a, Value* b) const {
  return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::minimum, a, b);
}
Value* Simd::max(Value* a, Value* b) const {
  return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::maximum, a, b);
}

Simd::Pair Simd::two_sum(Value* a, Value* b) const {
  Value* sum = add(a, b);
  Value* b_part = sub(sum, a);
  Value* a_part = sub(sum, b_part);
  return {sum, add(sub(a, a_part), sub(b, b_part))};
}

Simd::Pair Simd::fast_two_sum(Value* a, Value* b) const {
  Value* sum = add(a, b);
  return {sum, sub(b, sub(sum, a))};
}

Simd::Pair Simd::two_product(Value* a, Value* b) const {
  Value* product = mul(a, b);
  if (has_fma()) return {product, fma(a, b, neg(product))};
  // The upper half of the digits by their bits: Veltkamp's multiple of x would overflow where x is
  // huge. Rounded to the nearest, so that the lower half of 53 digits has 26 and a sign and every
  // product below is exact; cut off where rounding would leave the range, and then the other
  // factor's lower half is still the shorter one.
  Value* upper = int_constant(is_f32() ? -0x1000 : -0x8000000);
  Value* half = int_constant(is_f32() ? 0x800 : 0x4000000);
  Value* infinite = bits(constant(std::numeric_limits<double>::infinity()));
  auto split = [&](Value* x) -> Pair {
    Value* rounded = int_and(int_add(bits(x), half), upper);
    Value* overflows = int_compare_eq(int_and(rounded, infinite), infinite);
    Value* high = from_bits(select(overflows, int_and(bits(x), upper), rounded));
    return {high, sub(x, high)};
  };
  auto [a_high, a_low] = split(a);
  auto [b_high, b_low] = split(b);
  Value* error = sub(mul(a_high, b_high), product);
  error = add(error, mul(a_high, b_low));
  error = add(error, mul(a_low, b_high));
  return {product, add(error, mul(a_low, b_low))};
}

Value* Simd::compare_lt(Value* a, Value* b) const { return builder_.CreateFCmpOLT(a, b); }
Value* Simd::compare_le(Value* a, Value* b) const { return builder_.CreateFCmpOLE(a, b); }
Value* Simd::compare_gt(Value* a, Value* b) const { return builder_.CreateFCmpOGT(a, b); }
Value* Simd::compare_ge(Value* a, Value* b) const { return builder_.CreateFCmpOGE(a, b); }
Value* Simd::compare_eq(Value* a, Value* b) const { return builder_.CreateFCmpOEQ(a, b); }
Value* Simd::compare_ne(Value* a, Value* b) const { return builder_.CreateFCmpUNE(a, b); }
Value* Simd::is_nan(Value* x) const { return builder_.CreateFCmpUNO(x, x); }
Value* Simd::sign_bit(Value* x) const { return int_compare_lt(bits(x), int_constant(0)); }

Value* Simd::mask_and(Value* a, Value* b) const { return builder_.CreateAnd(a, b); }
Value* Simd::mask_or(Value* a, Value* b) const { return builder_.CreateOr(a, b); }
Value* Simd::mask_xor(Value* a, Value* b) const { return builder_.CreateXor(a, b); }
Value* Simd::mask_not(Value* m) const { return builder_.CreateNot(m); }

Value* Simd::select(Value* m, Value* if_true, Value* if_false) const {
  return builder_.CreateSelect(m, if_true, if_false);
}

Value* Simd::any(Value* m) const { return width_ == 1 ? m : builder_.CreateOrReduce(m); }
Value* Simd::all(Value* m) const { return width_ == 1 ? m : builder_.CreateAndReduce(m); }

Value* Simd::bits(Value* x) const { return builder_.CreateBitCast(x, int_type()); }
Value* Simd::from_bits(Value* i) const { return builder_.CreateBitCast(i, float_type()); }
Value* Simd::int_add(Value* a, Value* b) const { return builder_.CreateAdd(a, b); }
Value* Simd::int_sub(Value* a, Value* b) const { return builder_.CreateSub(a, b); }
Value* Simd::int_mul(Value* a, Value* b) const { return builder_.CreateMul(a, b); }
Value* Simd::int_and(Value* a, Value* b) const { return builder_.CreateAnd(a, b); }
Value* Simd::int_or(Value* a, Value* b) const { return builder_.CreateOr(a, b); }
Value* Simd::int_xor(Value* a, Value* b) const { return builder_.CreateXor(a, b); }
Value* Simd::shift_left(Value* i, unsigned count) const { return builder_.CreateShl(i, count); }
Value* Simd::shift_right(Value* i, unsigned count) const { return builder_.CreateLShr(i, count); }
Value* Simd::shift_right_arithmetic(Value* i, unsigned count) const {
  return builder_.CreateAShr(i, count);
}
Value* Simd::int_compare_eq(Value* a, Value* b) const { return builder_.CreateICmpEQ(a, b); }
Value* Simd::int_compare_lt(Value* a, Value* b) const { return builder_.CreateICmpSLT(a, b); }
Value* Simd::int_compare_gt(Value* a, Value* b) const { return builder_.CreateICmpSGT(a, b); }

Value* Simd::splat(Value* scalar) const {
  return width_ == 1 ? scalar : builder_.CreateVectorSplat(width_, scalar);
}

Value* Simd::extract(Value* x, unsigned lane) const {
  assert(lane < width_);
  return width_ == 1 ? x : builder_.CreateExtractElement(x, lane);
}

Value* Simd::reduce(Value* x, Value* (Simd::*combine)(Value*, Value*) const) const {
  unsigned lanes = width_;
  while (lanes > 1) {
    lanes /= 2;
    llvm::SmallVector<int, 64> low, high;
    for (unsigned lane = 0; lane < lanes; ++lane) {
      low.push_back(static_cast<int>(lane));
      high.push_back(static_cast<int>(lane + lanes));
    }
    Value* lower = builder_.CreateShuffleVector(x, low);
    Value* upper = builder_.CreateShuffleVector(x, high);
    x = (with_width(lanes).*combine)(lower, upper);
    if (lanes == 1) return builder_.CreateExtractElement(x, std::uint64_t{0});
  }
  return x;
}

Value* Simd::reduce_add(Value* x) const { return reduce(x, &Simd::add); }
Value* Simd::reduce_mul(Value* x) const { return reduce(x, &Simd::mul); }
Value* Simd::reduce_min(Value* x) const { return reduce(x, &Simd::min); }
Value* Simd::reduce_max(Value* x) const { return reduce(x, &Simd::max); }

}  // namespace lossc::codegen
