// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The SIMD builder: the one place that knows how many lanes a value has. All code emission, the
// vector mathematics included, goes through it, so that the same kernel serves every width, f32
// and f64, and (at width 1, where values are plain scalars) uniform values.
//
// Invariants. Nothing emitted here becomes a call: no libm, no compiler-rt, no alloca. No
// operation yields poison for any input. The builder carries no fast-math flags, because the
// kernels rely on error-free transformations; the constructor asserts it.
//
// Three kinds of value exist, all with `width()` lanes: floats ("x"), integers as wide as the float
// ("i": i32 for f32, i64 for f64), and masks ("m": i1).

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "compiler/support/float_type.h"

namespace llvm {
class IRBuilderBase;
class LLVMContext;
class Type;
class Value;
}  // namespace llvm

namespace lossc::codegen {

// What the kernels want to know of the processor; everything else is LLVM's business.
struct SimdTarget {
  bool has_fma = false;     // x86-64-v3 and above. Below, llvm.fma would be a library call.
  bool has_avx512 = false;  // F, VL, DQ, BW (x86-64-v4): vscalef, vgetexp, cheap masks.
};

class Simd {
 public:
  // `width` is a power of two.
  Simd(llvm::IRBuilderBase& builder, FloatType type, unsigned width, SimdTarget target);

  llvm::IRBuilderBase& builder() const { return builder_; }
  FloatType type() const { return type_; }
  bool is_f32() const { return type_ == FloatType::f32; }
  unsigned width() const { return width_; }
  SimdTarget target() const { return target_; }
  bool has_fma() const { return target_.has_fma; }
  // The same builder at another type or width, for parts of a computation.
  Simd with_type(FloatType type) const { return Simd(builder_, type, width_, target_); }
  Simd with_width(unsigned width) const { return Simd(builder_, type_, width, target_); }

  llvm::LLVMContext& context() const;
  llvm::Type* element_type() const;  // float or double
  llvm::Type* float_type() const;    // element_type(), or a vector of it
  llvm::Type* int_type() const;      // i32 or i64, or a vector of it
  llvm::Type* mask_type() const;     // i1, or a vector of it

  // Constants: the same value in every lane.
  llvm::Value* constant(double value) const;
  llvm::Value* int_constant(std::int64_t value) const;
  llvm::Value* mask_constant(bool value) const;
  llvm::Value* infinity() const;
  llvm::Value* nan() const;

  // Arithmetic, IEEE 754, rounded to nearest.
  llvm::Value* add(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* sub(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* mul(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* div(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* sqrt(llvm::Value* x) const;
  llvm::Value* neg(llvm::Value* x) const;
  llvm::Value* abs(llvm::Value* x) const;
  // a·b + c: one rounding with has_fma(), two without. For an exact product see two_product.
  llvm::Value* fma(llvm::Value* a, llvm::Value* b, llvm::Value* c) const;
  // x with the sign of `sign`.
  llvm::Value* copysign(llvm::Value* x, llvm::Value* sign) const;
  // x·2^n for integer-valued n, |n| <= 2000 (f32: 250), with overflow to infinity and one rounding
  // into the subnormals, as long as x is 0 or |x| is in [2^-60, 2^60]. NaN x gives NaN.
  llvm::Value* scale(llvm::Value* x, llvm::Value* n) const;
  // floor(log2|x|) as a float, of subnormals too; -inf for 0. Only with has_avx512.
  llvm::Value* exponent(llvm::Value* x) const;
  llvm::Value* floor(llvm::Value* x) const;
  llvm::Value* ceil(llvm::Value* x) const;
  llvm::Value* trunc(llvm::Value* x) const;
  llvm::Value* round_to_even(llvm::Value* x) const;

  // NaN if either is NaN; of +0 and -0 either may be the result.
  llvm::Value* min(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* max(llvm::Value* a, llvm::Value* b) const;
  // One instruction, `a < b ? a : b` and `a > b ? a : b`: the second operand if either is NaN.
  llvm::Value* lesser(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* greater(llvm::Value* a, llvm::Value* b) const;

  // Error-free transformations: first + second is the exact result, first the rounded one.
  struct Pair {
    llvm::Value* first;
    llvm::Value* second;
  };
  Pair two_sum(llvm::Value* a, llvm::Value* b) const;       // Knuth, 6 operations
  Pair fast_two_sum(llvm::Value* a, llvm::Value* b) const;  // Dekker, |a| >= |b| or a = 0
  // Without FMA of halves of the digits, in f64 to 2^-106 of the product. Finite where that is.
  Pair two_product(llvm::Value* a, llvm::Value* b) const;

  // Comparisons are false for NaN, save compare_ne, which is true.
  llvm::Value* compare_lt(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* compare_le(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* compare_gt(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* compare_ge(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* compare_eq(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* compare_ne(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* is_nan(llvm::Value* x) const;
  llvm::Value* sign_bit(llvm::Value* x) const;  // a mask; true for -0 also

  llvm::Value* mask_and(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* mask_or(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* mask_xor(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* mask_not(llvm::Value* m) const;
  // Lanes of floats, integers or masks alike. Both sides are evaluated.
  llvm::Value* select(llvm::Value* m, llvm::Value* if_true, llvm::Value* if_false) const;
  // i1 (a scalar): whether some lane, all lanes are true.
  llvm::Value* any(llvm::Value* m) const;
  llvm::Value* all(llvm::Value* m) const;

  // Integers: two's complement, wrapping; shift counts are less than the width of the type.
  llvm::Value* bits(llvm::Value* x) const;       // the representation of a float
  llvm::Value* from_bits(llvm::Value* i) const;  // and back
  llvm::Value* int_add(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* int_sub(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* int_mul(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* int_and(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* int_or(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* int_xor(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* shift_left(llvm::Value* i, unsigned count) const;
  llvm::Value* shift_right(llvm::Value* i, unsigned count) const;             // fills with zeros
  llvm::Value* shift_right_arithmetic(llvm::Value* i, unsigned count) const;  // with the sign
  llvm::Value* int_compare_eq(llvm::Value* a, llvm::Value* b) const;
  llvm::Value* int_compare_lt(llvm::Value* a, llvm::Value* b) const;  // signed
  llvm::Value* int_compare_gt(llvm::Value* a, llvm::Value* b) const;  // signed

  // Integer-valued floats to integers as wide and back, right for |x| <= 2^22 (f32), 2^51 (f64);
  // beyond that (and for NaN) some integer, never poison. By magic constant: no 64-bit conversion
  // instruction exists below AVX-512.
  llvm::Value* to_int(llvm::Value* x) const;
  llvm::Value* from_int(llvm::Value* i) const;
  // Between this float type and i32 lanes. to_int32 truncates and saturates; NaN becomes 0.
  llvm::Value* to_int32(llvm::Value* x) const;
  llvm::Value* from_int32(llvm::Value* i) const;
  // Any signed integer lanes (i8 to i64) to this float type; booleans (masks) to 0 and 1.
  llvm::Value* from_signed(llvm::Value* i) const;
  llvm::Value* from_mask(llvm::Value* m) const;

  // Whole values between the float types: exact upwards, rounded to nearest downwards. The width
  // stays, so a promoted f32 value belongs to with_type(FloatType::f64).
  llvm::Value* to_f64(llvm::Value* x) const;  // x: this type; the result: <width x double>
  llvm::Value* to_f32(llvm::Value* x) const;
  // From a value of either float type to this type.
  llvm::Value* from_float(llvm::Value* x) const;

  // Lanes. The scalar may have any first-class type.
  llvm::Value* splat(llvm::Value* scalar) const;
  llvm::Value* extract(llvm::Value* x, unsigned lane) const;
  llvm::Value* lane_indices() const;        // integers 0, 1, 2, …
  llvm::Value* lane_indices_int32() const;  // the same as i32 lanes
  // The first `count` lanes (a scalar of any integer type, unsigned; all lanes if it is larger).
  llvm::Value* first_lanes(llvm::Value* count) const;

  // Reductions to a scalar in a fixed order: the upper half is combined with the lower half until
  // one lane is left. min and max propagate NaN.
  llvm::Value* reduce_add(llvm::Value* x) const;
  llvm::Value* reduce_mul(llvm::Value* x) const;
  llvm::Value* reduce_min(llvm::Value* x) const;
  llvm::Value* reduce_max(llvm::Value* x) const;

  // Memory. Pointers point at elements and are aligned as one element is. Lanes that the mask
  // leaves out are not touched; loads give `fill` there (any value of the loaded type). Masked
  // accesses are cheap with AVX-512, tolerable with AVX, and a branch per lane on x86-64-v2, where
  // a tail had better go through a small buffer. `type_of_element` loads other element types.
  llvm::Value* load(llvm::Value* pointer) const;
  llvm::Value* load(llvm::Type* type_of_element, llvm::Value* pointer) const;
  void store(llvm::Value* x, llvm::Value* pointer) const;
  llvm::Value* load_masked(llvm::Value* pointer, llvm::Value* mask, llvm::Value* fill) const;
  llvm::Value* load_masked(llvm::Type* type_of_element, llvm::Value* pointer, llvm::Value* mask,
                           llvm::Value* fill) const;
  void store_masked(llvm::Value* x, llvm::Value* pointer, llvm::Value* mask) const;
  // Element `index[lane]` of the array at `base`; `index` has integer lanes of any size (signed).
  llvm::Value* gather(llvm::Value* base, llvm::Value* index, llvm::Value* mask,
                      llvm::Value* fill) const;
  llvm::Value* gather(llvm::Type* type_of_element, llvm::Value* base, llvm::Value* index,
                      llvm::Value* mask, llvm::Value* fill) const;
  // A private constant array of doubles in the module, made once per name, to gather from.
  llvm::Value* table(std::string_view name, std::span<const double> values) const;
  // Where two lanes have the same index, the later lane wins.
  void scatter(llvm::Value* x, llvm::Value* base, llvm::Value* index, llvm::Value* mask) const;

  // A type or vector of it, according to the width.
  llvm::Type* vector_of(llvm::Type* element) const;

 private:
  llvm::Value* reduce(llvm::Value* x,
                      llvm::Value* (Simd::*combine)(llvm::Value*, llvm::Value*) const) const;

  llvm::IRBuilderBase& builder_;
  FloatType type_;
  unsigned width_;
  SimdTarget target_;
};

}  // namespace lossc::codegen
