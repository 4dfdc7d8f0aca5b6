// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/codegen/kernels/normal_interval_parts.h"

#include <array>

#include "compiler/codegen/kernels/log_parts.h"

namespace lossc::codegen {

namespace {

constexpr double root_half = 0x1.6a09e667f3bcdp-1;
constexpr double root_two_over_pi = 0x1.9884533d43651p-1;

constexpr double factorial(int n) { return n < 2 ? 1.0 : n * factorial(n - 1); }

/// The powers of q beside k^(2·row): (-1)ʲ/(j!·(2·row + odd)!·(2j + 2·row + 2·odd + 1)).
constexpr int rows = 8;
constexpr std::array<int, rows> lengths = {11, 11, 10, 8, 7, 5, 4, 2};

Real row_of(Real q, int row, int odd) {
  std::array<double, 11> c{};
  for (int j = 0; j < lengths[row]; ++j) {
    const double size = factorial(j) * factorial(2 * row + odd) * (2 * j + 2 * row + 2 * odd + 1);
    c[j] = (j % 2 == 0 ? 1.0 : -1.0) / size;
  }
  return horner(q, std::span(c).first(lengths[row]));
}

}  // namespace

Interval::Interval(Real x, Real y)
    : first_is_near_(abs(x) <= abs(y)),
      narrow_(first_is_near_),
      inner_(first_is_near_),
      a_(x),
      b_(x),
      width_(x),
      drop_{x, x},
      decay_(x),
      near_(x),
      far_(x) {
  Real end = select(first_is_near_, y, x);
  Real other = select(first_is_near_, x, y);
  a_ = lesser(0x1p500, abs(end));
  b_ = clamp(select(end > 0.0, -other, other), -0x1p500, 0x1p500);
  DoubleWord width = two_sum(a_, b_);
  DoubleWord sides = two_sum(a_, -b_);
  width_ = width.high;
  DoubleWord product = two_product(width.high, 0.5 * sides.high);
  Real low = 0.5 * fma(width.high, sides.low, width.low * sides.high) + product.low;
  // exp(-800) is 0.
  drop_.high = lesser(800.0, product.high);
  drop_.low = select(product.high < 800.0, low, 0.0);
  narrow_ = (width_ < 1.0) & (drop_.high < 1.0);
  inner_ = (!narrow_) & (b_ > 0.0);
  ExpParts parts = exp_parts(-drop_);
  decay_ = scale(parts.significand().high, parts.n);
  near_ = erfcx_positive(abs(b_) * root_half).high;
  far_ = erfcx_positive(a_ * root_half).high;
}

Real Interval::series(bool odd) const {
  Real q = 0.125 * (width_ * width_);
  Real square = 0.25 * (drop_.high * drop_.high);
  Real sum = row_of(q, rows - 1, odd);
  for (int row = rows - 1; row-- > 0;) sum = fma(square, sum, row_of(q, row, odd));
  return sum;
}

Real Interval::fall() const {
  Mask far = drop_.high > 60.0;
  DoubleWord drop{select(far, 60.0, drop_.high), select(far, 0.0, drop_.low)};
  return -expm1_sum(exp_parts(-drop)).high;
}

Real Interval::scaled(Real width) const {
  Real wide = fma(-decay_, far_, near_);
  Real exponent = clamp(fma(width_, 0.125 * width_, -0.5 * drop_.high), -1.0, 1.0);
  ExpParts parts = exp_parts(exponent);
  Real growth = power_of_two(parts.n) * parts.rounded_significand();
  return select(narrow_, root_two_over_pi * width * series(false) * growth, wide);
}

Tail Interval::outside() const {
  ExpParts parts = gaussian_parts(abs(b_), 0.5);
  DoubleWord size = parts.significand() * (0.5 * fma(decay_, far_, near_));
  return {size, greater(-1400.0, parts.n)};
}

Real Interval::between() const {
  ExpParts parts = gaussian_parts(abs(b_), 0.5);
  Real tail = scale(0.5 * parts.significand().high * scaled(), greater(-1400.0, parts.n));
  return select(inner_, 1.0 - outside().moderate().high, tail);
}

Real Interval::log_between() const {
  // A width that is nearly 0 is taken 2^300 times.
  Mask tiny = width_ < 0x1p-900;
  Real size = 0.5 * scaled(select(tiny, width_ * 0x1p300, width_));
  LogParts parts = log_parts(select(size > 0.0, size, 1.0));
  Real log =
      log_sum(parts.k - select(tiny, size.constant(300.0), 0.0), parts.f, size.constant(0.0)).high;
  log = select(size > 0.0, log, select(is_nan(size), size, -infinity));
  DoubleWord square = two_product(b_, b_);
  DoubleWord sum = two_sum(-0.5 * square.high, log);
  Real low = sum.low - 0.5 * select(abs(b_) < 0x1p400, square.low, 0.0);
  Real tail = sum.high + select(log > -infinity, low, 0.0);
  Tail tails = outside();
  Real inside = log1p_sum(-tails.moderate()).high;
  inside = select(b_ > 12.0, -tails.rounded(), inside);
  return select(inner_, inside, tail);
}

Real Interval::near_hazard() const {
  ExpParts parts = gaussian_parts(abs(b_), 0.5);
  Real density =
      scale((0.5 * root_two_over_pi) * parts.significand().high, greater(-1400.0, parts.n));
  return select(inner_, density, root_two_over_pi) /
         select(inner_, 1.0 - outside().moderate().high, scaled());
}

Real Interval::hazard() const {
  return select(first_is_near_, near_hazard(), decay_ * near_hazard());
}

Real Interval::mean() const {
  Real ratio = series(true) / series(false);
  Real middle = 0.5 * (a_ - b_);
  Real narrow = middle * fma(-0.25 * (width_ * width_), ratio, middle.constant(1.0));
  return select(narrow_, narrow, near_hazard() * fall());
}

Real Interval::near_distance() const {
  Real inside = fma(near_hazard(), fall(), b_);
  Real left = LeftMoments(abs(b_)).mean() * near_;
  Real right = decay_ * far_ * (LeftMoments(a_).mean() + width_);
  return select(inner_, inside, (left - right) / scaled());
}

Real Interval::distance() const {
  Real shift = 0.5 * drop_.high * (series(true) / series(false));
  Real narrow = 0.5 * width_ * (1.0 + select(first_is_near_, -shift, shift));
  Real wide = near_distance();
  return select(narrow_, narrow, select(first_is_near_, wide, width_ - wide));
}

}  // namespace lossc::codegen
