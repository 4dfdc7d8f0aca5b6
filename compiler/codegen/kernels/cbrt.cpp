// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// |x| = 2^3q·m with 1 <= m < 8; a polynomial guess, two steps of Halley y ← y·(y³ + 2m)/(2y³ + m),
// and a last correction (m - y³)/(3y²) of the exact remainder. Error below 1 ULP. f32 in f64.

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/double_word.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_cbrt_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = abs(x);
  Mask tiny = a < 0x1p-1022;
  Real normal = select(tiny, a * 0x1p54, a);
  Real e = from_int(shift_right(bits(normal), 52)) - 1023.0;
  Real m = from_bits((bits(normal) & 0xfffffffffffff) | 0x3ff0000000000000);
  Real q = floor((e + 0.5) * (1.0 / 3.0));
  Real rest = e - 3.0 * q;  // 0, 1, 2
  Real factor =
      select(rest == 0.0, x.constant(1.0),
             select(rest == 1.0, 0x1.428a2f98d728bp0, 0x1.965fea53d6e3dp0));  // 2^(rest/3)
  Real y = polynomial(m, coefficients::cbrt_f64) * factor;
  m = m * select(rest == 0.0, x.constant(1.0), select(rest == 1.0, 2.0, 4.0));
  for (int step = 0; step < 2; ++step) {
    Real cube = y * y * y;
    y = y * ((cube + 2.0 * m) / (2.0 * cube + m));
  }
  DoubleWord square = two_product(y, y);
  DoubleWord cube = two_product(square.high, y);
  Real remainder = ((m - cube.high) - cube.low) - square.low * y;
  y = y + remainder / (3.0 * square.high);
  Real result = scale(y, q - select(tiny, 18.0, 0.0));
  result = select((a > 0.0) & (a < infinity), result, a);
  return copysign(result, x).value;
}

}  // namespace

llvm::Value* emit_cbrt(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_cbrt_f64, value) : emit_cbrt_f64(simd, value);
}

}  // namespace lossc::codegen
