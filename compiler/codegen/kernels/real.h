// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operators over the SIMD builder, so that a kernel reads as the formula it computes. A Real is
// a float value in every lane, an Integer the integer as wide, a Mask a truth value; plain numbers
// mix with Reals and mean the constant rounded to the type.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "compiler/codegen/simd.h"

namespace lossc::codegen {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Mask {
  const Simd* simd;
  llvm::Value* value;
};

struct Integer {
  const Simd* simd;
  llvm::Value* value;
};

struct Real {
  const Simd* simd;
  llvm::Value* value;

  bool is_f32() const { return simd->is_f32(); }
  Real constant(double number) const { return {simd, simd->constant(number)}; }
  Integer int_constant(std::int64_t number) const { return {simd, simd->int_constant(number)}; }
  // The constant of the type: some numbers depend on the precision.
  Real constant(double f32, double f64) const { return constant(is_f32() ? f32 : f64); }
};

inline Mask operator&(Mask a, Mask b) { return {a.simd, a.simd->mask_and(a.value, b.value)}; }
inline Mask operator|(Mask a, Mask b) { return {a.simd, a.simd->mask_or(a.value, b.value)}; }
inline Mask operator^(Mask a, Mask b) { return {a.simd, a.simd->mask_xor(a.value, b.value)}; }
inline Mask operator!(Mask a) { return {a.simd, a.simd->mask_not(a.value)}; }

#define LOSSC_REAL_OPERATOR(op, method, Result)                                                    \
  inline Result operator op(Real a, Real b) { return {a.simd, a.simd->method(a.value, b.value)}; } \
  inline Result operator op(Real a, double b) { return a op a.constant(b); }                       \
  inline Result operator op(double a, Real b) { return b.constant(a) op b; }
LOSSC_REAL_OPERATOR(+, add, Real)
LOSSC_REAL_OPERATOR(-, sub, Real)
LOSSC_REAL_OPERATOR(*, mul, Real)
LOSSC_REAL_OPERATOR(/, div, Real)
LOSSC_REAL_OPERATOR(<, compare_lt, Mask)
LOSSC_REAL_OPERATOR(<=, compare_le, Mask)
LOSSC_REAL_OPERATOR(>, compare_gt, Mask)
LOSSC_REAL_OPERATOR(>=, compare_ge, Mask)
LOSSC_REAL_OPERATOR(==, compare_eq, Mask)
LOSSC_REAL_OPERATOR(!=, compare_ne, Mask)
#undef LOSSC_REAL_OPERATOR

inline Real operator-(Real x) { return {x.simd, x.simd->neg(x.value)}; }
inline Mask is_nan(Real x) { return {x.simd, x.simd->is_nan(x.value)}; }
inline Mask sign_bit(Real x) { return {x.simd, x.simd->sign_bit(x.value)}; }
inline Real abs(Real x) { return {x.simd, x.simd->abs(x.value)}; }
inline Real sqrt(Real x) { return {x.simd, x.simd->sqrt(x.value)}; }
inline Real floor(Real x) { return {x.simd, x.simd->floor(x.value)}; }
inline Real trunc(Real x) { return {x.simd, x.simd->trunc(x.value)}; }
inline Real round(Real x) { return {x.simd, x.simd->round_to_even(x.value)}; }
inline Real copysign(Real x, Real sign) { return {x.simd, x.simd->copysign(x.value, sign.value)}; }

// a·b + c. Plain numbers may stand for any of the three but the first.
inline Real fma(Real a, Real b, Real c) { return {a.simd, a.simd->fma(a.value, b.value, c.value)}; }
inline Real fma(Real a, double b, Real c) { return fma(a, a.constant(b), c); }
inline Real fma(Real a, Real b, double c) { return fma(a, b, a.constant(c)); }
inline Real fma(Real a, double b, double c) { return fma(a, a.constant(b), a.constant(c)); }

// The second operand where either is NaN, so a NaN passes through clamp.
inline Real lesser(Real a, Real b) { return {b.simd, b.simd->lesser(a.value, b.value)}; }
inline Real lesser(double a, Real b) { return lesser(b.constant(a), b); }
inline Real greater(Real a, Real b) { return {b.simd, b.simd->greater(a.value, b.value)}; }
inline Real greater(double a, Real b) { return greater(b.constant(a), b); }
inline Real clamp(Real x, double low, double high) { return lesser(high, greater(low, x)); }

inline Real select(Mask m, Real a, Real b) {
  return {m.simd, m.simd->select(m.value, a.value, b.value)};
}
inline Real select(Mask m, double a, Real b) { return select(m, b.constant(a), b); }
inline Real select(Mask m, Real a, double b) { return select(m, a, a.constant(b)); }
inline Real select(Mask m, double a, double b) {
  return {m.simd, m.simd->select(m.value, m.simd->constant(a), m.simd->constant(b))};
}
inline Integer select(Mask m, Integer a, Integer b) {
  return {m.simd, m.simd->select(m.value, a.value, b.value)};
}

inline Integer bits(Real x) { return {x.simd, x.simd->bits(x.value)}; }
inline Real from_bits(Integer i) { return {i.simd, i.simd->from_bits(i.value)}; }
inline Integer to_int(Real x) { return {x.simd, x.simd->to_int(x.value)}; }
inline Real from_int(Integer i) { return {i.simd, i.simd->from_int(i.value)}; }

#define LOSSC_INTEGER_OPERATOR(op, method, Result)        \
  inline Result operator op(Integer a, Integer b) {       \
    return {a.simd, a.simd->method(a.value, b.value)};    \
  }                                                       \
  inline Result operator op(Integer a, std::int64_t b) {  \
    return a op Integer{a.simd, a.simd->int_constant(b)}; \
  }
LOSSC_INTEGER_OPERATOR(+, int_add, Integer)
LOSSC_INTEGER_OPERATOR(-, int_sub, Integer)
LOSSC_INTEGER_OPERATOR(&, int_and, Integer)
LOSSC_INTEGER_OPERATOR(|, int_or, Integer)
LOSSC_INTEGER_OPERATOR(^, int_xor, Integer)
LOSSC_INTEGER_OPERATOR(<, int_compare_lt, Mask)
LOSSC_INTEGER_OPERATOR(>, int_compare_gt, Mask)
LOSSC_INTEGER_OPERATOR(==, int_compare_eq, Mask)
#undef LOSSC_INTEGER_OPERATOR

inline Integer operator<<(Integer i, unsigned count) {
  return {i.simd, i.simd->shift_left(i.value, count)};
}
inline Integer shift_right(Integer i, unsigned count) {
  return {i.simd, i.simd->shift_right(i.value, count)};
}
inline Integer shift_right_arithmetic(Integer i, unsigned count) {
  return {i.simd, i.simd->shift_right_arithmetic(i.value, count)};
}

// x·2^n for integer n; the conditions are those of Simd::scale.
Real scale(Real x, Real n);

// c[0] + c[1]·x + c[2]·x² + … by Horner's rule.
Real horner(Real x, std::span<const double> coefficients);
// The same; Horner's rule when short; two interleaved chains when long, which
// halves the latency for two more operations.
Real polynomial(Real x, std::span<const double> coefficients);
// The table for the type.
Real polynomial(Real x, std::span<const double> f32, std::span<const double> f64);

// A kernel for f32 as the one for f64 and a final rounding: right to 0.5 ULP and a trifle.
template <typename Kernel, typename... Values>
llvm::Value* widened(Simd& simd, Kernel kernel, Values... x) {
  Simd wide = simd.with_type(FloatType::f64);
  return wide.to_f32(kernel(wide, simd.to_f64(x)...));
}

}  // namespace lossc::codegen
