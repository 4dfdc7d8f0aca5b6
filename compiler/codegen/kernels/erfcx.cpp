// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// exp(x²)·erfc(x): by its polynomial for x >= 0, and 2·exp(x²) less that of -x below, see
// normal_parts.h. Error below 1.5 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/normal_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_erfcx_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  DoubleWord right = erfcx_positive(a);
  Real small = lesser(0.75, a);
  // Beyond 2^500, 1/(x·√π); 2·exp(27²) is infinite.
  Real far = 0x1.20dd750429b6dp-1 / x;
  Real b = lesser(27.0, a);
  DoubleWord square = two_product(b, b);
  ExpParts parts = exp_parts(square);
  DoubleWord p = parts.significand();
  Real n = parts.n + 1.0;
  Real power = power_of_two(lesser(200.0, n));
  // Near 0 exp(x²)·(1 - erf x) is better: exp(x²) < 2 there.
  DoubleWord growth{0.5 * (power * p.high), 0.5 * (power * p.low)};
  right = select(a < 0.75, growth * one_minus(erf_small(small)), right);
  DoubleWord left = DoubleWord{power * p.high, power * p.low} + -right;
  Real result = select(x < -8.0, scale(p.high, n), left.high);
  return select(x < 0.0, result, select(x < 0x1p500, right.high, select(is_nan(x), x, far))).value;
}

}  // namespace

llvm::Value* emit_erfcx(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_erfcx_f64, value) : emit_erfcx_f64(simd, value);
}

}  // namespace lossc::codegen
