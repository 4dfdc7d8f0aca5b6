// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With a <= b and c = a + b. Both large: Stirling's formula, of which only the entropy is left,
//   log B = -a·log(c/a) - b·log(1 + a/b) + ½ log(2π·c/(a·b)) + S(a) - (S(c) - S(b)).
// a small: log Γ(a) - (log Γ(c) - log Γ(b)), by the parts of lgamma and of lgamma_diff. For the
// binomial coefficient the arguments of Γ are larger by one. Both ways take the same three
// logarithms and the same series, of other arguments.

#include "compiler/codegen/kernels/beta_parts.h"

#include "compiler/codegen/kernels/coefficients.inc"
#include "compiler/codegen/kernels/gamma_difference.h"
#include "compiler/codegen/kernels/gamma_parts.h"
#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

struct BetaParts {
  Mask small;
  DoubleWord entropy;  // a·log(c/a) + b·log(1 + a/b), or what is left of Stirling's difference
  Real series;         // S(c) - S(b)
  DoubleWord first;    // log Γ(a) and the logarithm of the steps up; or ½ log(…) and ±S(a)
};

// `up` is 0 for the beta function, 1 for the binomial coefficient.
BetaParts beta_parts(Real x, Real y, double up, bool accurate) {
  Real a = lesser(x, y), b = greater(y, x);
  Real c = a + b;
  Real argument = a + up, from = b + up, to = c + up;  // of Γ
  Mask small = argument < 8.0, step = small & (from < 8.0);
  Real start = select(step, from + 8.0, select(small, from, b));
  Real end = select(step, to + 8.0, select(small, to, c));
  Ascent<DoubleWord> ascended = ascent(from, a, accurate);
  Descent down = descent(argument);

  // log Γ(argument) = polynomial + log(product of the descent), or - log(argument) below 1.
  Mask below_1 = argument < 1.0;
  Real one = a.constant(1.0);
  // A product that is nearly subnormal is lifted.
  Real lift = select(ascended.product.high < 0x1p-900, a.constant(0x1p200), one);
  DoubleWord ascended_excess{ascended.excess.high * lift, ascended.excess.low * lift};
  DoubleWord ascended_product{ascended.product.high * lift, ascended.product.low * lift};
  DoubleWord ratio = select(step, ascended_excess / ascended_product + one, exactly(one));
  Mask tiny = argument < 0x1p-900;
  Real lifted = select(tiny, argument * 0x1p200, argument);
  DoubleWord product = select(below_1, exactly(lifted) / ratio, ratio * down.product);
  Real two_pi = a.constant(up == 0.0 ? 2.0 * pi : 0.5 / pi);
  product = select(small, product, exactly(two_pi / a + two_pi / b));
  DoubleWord log_rest = log_sum(log_parts(product.high));
  log_rest.low = log_rest.low + product.low / product.high;
  log_rest = select(below_1, -log_rest, log_rest);
  log_rest.high = select(tiny, log_rest.high + 0x1.1542457337d43p+7, log_rest.high);  // 200·ln 2
  DoubleWord log_end = log_sum(log_parts(select(small, end, 1.0 + b / a)));
  // Double-word products of huge numbers would overflow.
  Real shrink = select(b > 0x1p900, a.constant(0x1p-200), a.constant(1.0));
  DoubleWord log_ratio = log1p_sum(exactly(a * shrink) / exactly(start * shrink));
  Real less = select(small, a.constant(-1.0), a.constant(0.0));
  DoubleWord entropy =
      (log_end + less) * (a * shrink) + log_ratio * (fma(less, 0.5, start) * shrink);
  Real grow = select(b > 0x1p900, a.constant(0x1p200), a.constant(1.0));
  entropy = {entropy.high * grow, entropy.low * grow};
  Real large_a = select(small, 8.0, a);
  Real remainder = asymptotic(large_a, coefficients::lgamma_series) / large_a;
  if (up != 0.0) remainder = -remainder;
  DoubleWord half{0.5 * log_rest.high, 0.5 * log_rest.low};
  DoubleWord first =
      select(small, log_rest, half) + select(small, log_gamma_1p(down.y_minus_1), remainder);
  return {small, entropy, stirling_remainder_difference(start, end, a), first};
}

}  // namespace

Real log_beta(Real a, Real b, bool accurate) {
  BetaParts parts = beta_parts(a, b, 0.0, accurate);
  DoubleWord sum = parts.first + -parts.entropy;
  return sum.high + (sum.low - parts.series);
}

Real log_binomial(Real a, Real b, bool accurate) {
  BetaParts parts = beta_parts(a, b, 1.0, accurate);
  DoubleWord sum = parts.entropy + select(parts.small, -parts.first, parts.first);
  return sum.high + (sum.low + parts.series);
}

}  // namespace lossc::codegen
