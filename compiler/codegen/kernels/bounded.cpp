// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// exp and log1p of half their range, see exp.cpp and log1p.cpp.

#include "compiler/codegen/kernels/bounded.h"

#include <cmath>
#include <cstdint>

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

llvm::Value* emit_exp_at_most_zero(const Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  ExpParts parts = exp_parts(clamp_exp_at_most_zero(x));
  return scale(parts.rounded_significand(), parts.n).value;
}

// Of |r| <= ln(2)/2 the series leaves 2^-32 after eight terms; n·ln 2 rounds to 2^-44.
llvm::Value* emit_short_exp(const Simd& wide, llvm::Value* value) {
  const Real x = clamp_exp_at_most_zero(Real{&wide, value});
  const Real magic = x.constant(0x1.8p52);
  const Real n = fma(x, 0x1.71547652b82fep0, magic) - magic;
  const Real r = fma(n, -0x1.62e42fefa39efp-1, x);
  Real series = x.constant(1.0 / 40320);
  for (const double factorial : {5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0}) {
    series = fma(series, r, 1 / factorial);
  }
  return scale(series, n).value;
}

int exponential_scale(const Simd& simd) { return simd.is_f32() ? 127 : 960; }

llvm::Value* emit_scaled_exp_at_most_zero(const Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  // Where the scaled exponential has become 0 for certain, or Simd::scale reaches no further.
  const bool short_of_0 = simd.is_f32() && !simd.target().has_avx512;
  const double least = !simd.is_f32() ? -1411.5 : short_of_0 ? -174.0 : -192.5;
  ExpParts parts = exp_parts(greater(least, x));
  const double power = std::ldexp(1.0, exponential_scale(simd));
  Real significand = fma(fma(parts.square, parts.quotient, parts.r), power, x.constant(power));
  Real result = scale(significand, parts.n);
  return short_of_0 ? select(x < least, 0.0, result).value : result.value;
}

llvm::Value* emit_log1p_at_least_zero(const Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  return select(x < infinity, log1p_sum(x).high, x).value;
}

// With 1 + x = 2^k·m, m in [√½, √2), and s = (m − 1)/(m + 1): log m = 2 artanh s = 2s·Σ s²ⁱ/(2i +
// 1), of which six terms leave 2^-37. Below 2^-30, x − x²/2 is x.
llvm::Value* emit_short_log1p(const Simd& wide, llvm::Value* value) {
  Real x{&wide, value};
  const std::int64_t least = 0x3fe6a09e667f3bcd;  // √½
  const std::int64_t fraction = 0xfffffffffffff;
  Integer offset = bits(x + 1.0) - least;
  Real k = from_int(shift_right_arithmetic(offset, 52));
  Real f = from_bits((offset & fraction) + least) - 1.0;
  Real s = f / (f + 2.0);
  Real square = s * s;
  Real series = x.constant(1.0 / 11);
  for (const double odd : {9.0, 7.0, 5.0, 3.0}) series = fma(series, square, 1 / odd);
  Real twice = s + s;
  Real log_m = fma(twice * square, series, twice);
  Real result = fma(k, 0x1.62e42fefa39efp-1, log_m);
  const Mask plain = (x > 0x1p-30) & (x < infinity);
  return select(plain, result, x).value;
}

}  // namespace lossc::codegen
