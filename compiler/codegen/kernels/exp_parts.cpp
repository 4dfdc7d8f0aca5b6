// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ln 2 is split so that n·high is exact without FMA for every n that occurs (f32: 15 digits, f64:
// 33), hence x - n·high is exact as well (Sterbenz). high + low = ln 2 to 2^-44 and 2^-86.

#include "compiler/codegen/kernels/exp_parts.h"

#include "compiler/codegen/kernels/coefficients.inc"

namespace lossc::codegen {

namespace {

struct Reduction {
  Real n;
  Real r;
  Real c;
};

Reduction reduce(Real x) {
  // Adding 1.5·2^23 (2^52) rounds to an integer.
  Real magic = x.constant(0x1.8p23, 0x1.8p52);
  Real n = fma(x, x.constant(0x1.71547652b82fep0), magic) - magic;  // log2(e)
  Real exact = fma(n, -n.constant(0x1.62e4p-1, 0x1.62e42feep-1), x);
  Real low = -n.constant(0x1.7f7d1cf79abcap-20, 0x1.a39ef35793c76p-33);
  Real r = fma(n, low, exact);
  return {n, r, fma(n, low, exact - r)};
}

ExpParts with_polynomial(const Reduction& reduction) {
  auto [n, r, c] = reduction;
  return {n, r, c, r * r, polynomial(r, coefficients::exp_f32, coefficients::exp_f64)};
}

}  // namespace

ExpParts exp_parts(Real x) { return with_polynomial(reduce(x)); }

ExpParts exp_parts(DoubleWord x) {
  // x.low may be many ulps of r, so it belongs there.
  auto [n, r, c] = reduce(x.high);
  DoubleWord sum = two_sum(r, x.low);
  return with_polynomial({n, sum.high, sum.low + c});
}

DoubleWord ExpParts::significand() const {
  DoubleWord sum = fast_two_sum(1.0, r);
  // A small correction stays small against the sum, which is at least 0.65.
  return fast_two_sum(sum.high, sum.low + (s() + c));
}

Real power_of_two(Real n) {
  return from_bits((to_int(n) + (n.is_f32() ? 127 : 1023)) << (n.is_f32() ? 23u : 52u));
}

DoubleWord expm1_sum(const ExpParts& parts) {
  Real power = power_of_two(parts.n);
  DoubleWord base = fast_two_sum(-1.0, power);
  DoubleWord sum = fast_two_sum(base.high, power * parts.r);
  return fast_two_sum(sum.high, fma(power, parts.s() + parts.c, sum.low + base.low));
}

Real exp_of(DoubleWord x) {
  // Where the clamp acts, and for infinities (whose low part is NaN), the low part is left out.
  Real clamped = clamp_exp(x.high);
  Real low = select(clamped == x.high, x.low, 0.0);
  ExpParts parts = exp_parts(DoubleWord{clamped, low});
  DoubleWord significand = parts.significand();
  return scale(significand.high, parts.n);
}

}  // namespace lossc::codegen
