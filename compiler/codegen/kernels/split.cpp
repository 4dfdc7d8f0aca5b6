// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AVX-512 has the exponent as an instruction; elsewhere it is cut out of the representation, of
// subnormal numbers after a multiplication.

#include "compiler/codegen/kernels/split.h"

#include "compiler/codegen/kernels/exp_parts.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

Split split(Real x) {
  // Beyond every exponent: 0 and inf, whose exponents are infinite, remain what they are.
  const double most = x.is_f32() ? 250 : 2000;
  if (x.simd->target().has_avx512) {
    Real k = clamp(Real{x.simd, x.simd->exponent(x.value)}, -most, most);
    return {scale(x, -k), k};
  }
  const unsigned digits = x.is_f32() ? 23 : 52;
  const std::int64_t exponent_bits = x.is_f32() ? 0x7f800000 : 0x7ff0000000000000;
  const std::int64_t bias = x.is_f32() ? 127 : 1023;
  Real size = abs(x);
  Mask tiny = size < x.constant(0x1p-126, 0x1p-1022);
  Real normal = select(tiny, x * x.constant(0x1p25, 0x1p54), x);
  Integer exponent = bits(abs(normal)) & exponent_bits;
  Real m = from_bits((bits(normal) - exponent) + (bias << digits));
  Real k = from_int(shift_right(exponent, digits) - bias);
  k = k - select(tiny, x.constant(25.0, 54.0), x.constant(0.0));
  Mask number = (size > 0.0) & (size < infinity);
  return {select(number, m, x), select(number, k, 0.0)};
}

Split split_exp(Real x) {
  ExpParts parts = exp_parts(clamp(x, x.is_f32() ? -350.0 : -1490.0, x.is_f32() ? 350.0 : 1490.0));
  return {parts.rounded_significand(), parts.n};
}

Real joined(Real m, Real k) {
  if (m.simd->target().has_avx512) return scale(m, k);  // of any k
  const double most = m.is_f32() ? 252 : 2040;
  Real result = scale(m, clamp(k, -most, most));
  // The factors of an infinite or vanished number stand in its k only.
  return select((m == 0.0) | (abs(m) == infinity), m, result);
}

Real split_log(Real m, Real k) {
  LogParts parts = log_parts(m);
  return with_log_edges(m, log_sum({parts.k + k, parts.f}).high);
}

}  // namespace lossc::codegen
