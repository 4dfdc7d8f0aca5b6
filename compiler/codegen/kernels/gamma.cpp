// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Γ(x). For a = |x| < 8 exp of the polynomial for log Γ on [1, 2] times the product of the
// recurrence; beyond, exp of Stirling in double words; for x < 0, -π/(a·sin(πa)·Γ(a)). Error below
// 6 ULP; f32 in f64.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/gamma_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_gamma_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  Mask below_1 = a < 1.0, large = a >= 8.0, negative = x < 0.0;
  Descent down = descent(a);
  Real zero = x.constant(0.0);
  Real bounded = lesser(300.0, a);
  DoubleWord stirling = log_accurate(bounded) * (bounded - 0.5) + -bounded;
  stirling = stirling + double_word(x, 0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55);
  stirling = stirling + asymptotic(bounded, coefficients::lgamma_series) / bounded;
  DoubleWord exponent = select(large, stirling, {log_gamma_1p(down.y_minus_1), zero});
  exponent = select(negative, -exponent, exponent);
  Real high = clamp_exp(exponent.high);
  ExpParts parts = exp_parts(DoubleWord{high, select(high == exponent.high, exponent.low, 0.0)});
  // What multiplies e^exponent: for a < 1 the factor 1/a of the recurrence, which for x < 0
  // cancels.
  Reflection circle = reflection(x);
  Real whole = round(x);
  Mask odd = trunc(0.5 * whole) != 0.5 * whole;
  Real sine = select(odd, -circle.sine, circle.sine);  // sin(πx)
  Real right = select(below_1, 1.0 / x, down.product);
  Real left = pi / select(below_1, sine, a * (sine * down.product));
  DoubleWord p = parts.significand();
  Real factor = select(negative, left, right);
  Real result = scale(fma(factor, p.high, factor * p.low), parts.n);
  result = select(a < 0x1p-1000, 1.0 / x, result);
  result = select(x > 180.0, infinity, result);
  result = select(negative & (trunc(x) == x), not_a_number, result);
  result = select(x < -190.0, select(trunc(x) == x, not_a_number, zero), result);
  return select(is_nan(x), x, result).value;
}

}  // namespace

llvm::Value* emit_gamma(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_gamma_f64, value) : emit_gamma_f64(simd, value);
}

}  // namespace lossc::codegen
