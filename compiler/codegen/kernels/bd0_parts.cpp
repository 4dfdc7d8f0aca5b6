// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Near a = b, with u = (b - a)/a: -a·(log(1 + u) - u), the polynomial part of log itself, so
// nothing cancels. Beyond, -a·log(b/a) - (a - b), where at most a factor of 6 is lost: for f64 in
// double words, and with b/a taken of the significands, since it may leave the range.

#include "compiler/codegen/kernels/bd0_parts.h"

#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

// k·ln 2 + log(1 + f + f_low)
struct Split {
  Real k;
  Real f;
  Real f_low;
};

Split ratio(Real b, Real a) {
  LogParts parts = log_parts(b / a);
  return {parts.k, parts.f, parts.f.constant(0.0)};
}

Split accurate_ratio(Real b, Real a) {
  LogParts above = log_parts(b), below = log_parts(a);
  Real n = above.f + 1.0, d = below.f + 1.0;
  Real q = n / d;
  LogParts parts = log_parts(q);
  // The quotient is in (1/2, 2): its rounding error, scaled like it.
  Real low = scale(remainder(n, q, d) / d, -parts.k);
  return {parts.k + above.k - below.k, parts.f, low};
}

}  // namespace

Real deviance(Real a, Real b, DoubleWord difference, bool accurate) {
  Real u = -difference.high / a;
  Mask near = abs(u) < 0.28;
  Split split = accurate ? accurate_ratio(b, a) : ratio(b, a);
  Real zero = a.constant(0.0);
  Real f = select(near, u, split.f);
  DoubleWord log = log_sum(select(near, zero, split.k), f, select(near, zero, split.f_low));
  // Near: f + (log(1 + f) - f) is kept as a double word without error.
  Real close = -a * ((log.high - u) + log.low);
  // Of two huge terms the difference may be in range: both smaller.
  Mask huge = a > 0x1p900;
  Real shrink = select(huge, a.constant(0x1p-200), a.constant(1.0));
  DoubleWord product = log * (a * shrink);
  DoubleWord sum = two_sum(-product.high, -difference.high * shrink);
  Real far = sum.high + (sum.low - (product.low + difference.low * shrink));
  far = select(huge, far * 0x1p200, far);
  Real result = select(near, close, far);
  result = select(b == 0.0, infinity, result);
  result = select(a == 0.0, b, result);
  result = select((a == infinity) | (b == infinity), infinity, result);
  result = select((a < 0.0) | (b < 0.0), not_a_number, result);
  return select(is_nan(a), a, select(is_nan(b), b, result));
}

}  // namespace lossc::codegen
