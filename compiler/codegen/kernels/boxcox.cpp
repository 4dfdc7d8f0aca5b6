// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// (x^y - 1)/y = expm1(u)/y with u = y·log x as a double word, log x where u vanishes; the power of
// two is applied last, since x^y overflows before the quotient does. Error below 2 ULP.

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

Real boxcox(Real x, Real y, bool accurate) {
  Real zero = x.constant(0.0);
  DoubleWord log = accurate ? log_accurate(x) : DoubleWord{log_sum(log_parts(x)).high, zero};
  Real edge = with_log_edges(x, log.high);
  Mask ordinary = (x > 0.0) & (x < infinity) & (abs(y) < 0x1p500);
  DoubleWord plain{edge * y, zero};
  DoubleWord u = accurate ? select(ordinary, log * y, plain) : plain;
  Real clamped = clamp(u.high, -60.0, 760.0);
  ExpParts parts = exp_parts(DoubleWord{clamped, select(clamped == u.high, u.low, 0.0)});
  Mask large = parts.n > 90.0;
  ExpParts small = parts;
  small.n = lesser(90.0, parts.n);
  Real expm1 = select(large, parts.significand().high, expm1_sum(small).high);
  Real result = scale(expm1 / y, select(large, parts.n, zero));
  result = select(u.high > 760.0, infinity / y, result);
  // Also where y is 0, and at x = 1 for every y.
  Mask vanishes = (abs(u.high) < 0x1p-60) | (y == 0.0) | ((x == 1.0) & !is_nan(y));
  return select(vanishes, edge, result);
}

llvm::Value* emit_boxcox_of_floats(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return boxcox(Real{&simd, x}, Real{&simd, y}, false).value;
}

}  // namespace

llvm::Value* emit_boxcox(Simd& simd, llvm::Value* x, llvm::Value* y) {
  if (simd.is_f32()) return widened(simd, emit_boxcox_of_floats, x, y);
  return boxcox(Real{&simd, x}, Real{&simd, y}, true).value;
}

}  // namespace lossc::codegen
