// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The exact functions, by MPFR. Formulas are written for clearness; what cancels in them is paid
// for in digits. Only kernels_reference.cpp, the table of references, includes this.
#pragma once

#include "tests/numerics/kernels_reference.h"

#include <algorithm>
#include <map>
#include <utility>

namespace lossc::codegen::testing {

namespace {

class Number {
 public:
  Number(double value, mpfr_prec_t digits) {
    mpfr_init2(value_, digits);
    mpfr_set_d(value_, value, MPFR_RNDN);
  }
  Number(const Number& other) {
    mpfr_init2(value_, mpfr_get_prec(other.value_));
    mpfr_set(value_, other.value_, MPFR_RNDN);
  }
  Number& operator=(const Number& other) {
    mpfr_set(value_, other.value_, MPFR_RNDN);
    return *this;
  }
  ~Number() { mpfr_clear(value_); }
  Number like(double value) const { return Number(value, mpfr_get_prec(value_)); }
  mpfr_ptr get() { return value_; }
  mpfr_srcptr get() const { return value_; }
  long double rounded() const { return mpfr_get_ld(value_, MPFR_RNDN); }

 private:
  mpfr_t value_;
};

using Unary = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

Number apply(Unary function, const Number& x) {
  Number result = x;
  function(result.get(), x.get(), MPFR_RNDN);
  return result;
}

#define LOSSC_NUMBER_OPERATOR(op, function)                                                 \
  Number operator op(const Number& a, const Number& b) {                                    \
    Number result = a;                                                                      \
    function(result.get(), a.get(), b.get(), MPFR_RNDN);                                    \
    return result;                                                                          \
  }                                                                                         \
  [[maybe_unused]] Number operator op(double a, const Number& b) { return b.like(a) op b; } \
  [[maybe_unused]] Number operator op(const Number& a, double b) { return a op a.like(b); }
LOSSC_NUMBER_OPERATOR(+, mpfr_add)
LOSSC_NUMBER_OPERATOR(-, mpfr_sub)
LOSSC_NUMBER_OPERATOR(*, mpfr_mul)
LOSSC_NUMBER_OPERATOR(/, mpfr_div)
#undef LOSSC_NUMBER_OPERATOR

Number exp(const Number& x) { return apply(mpfr_exp, x); }
Number log(const Number& x) { return apply(mpfr_log, x); }
Number log1p(const Number& x) { return apply(mpfr_log1p, x); }
Number expm1(const Number& x) { return apply(mpfr_expm1, x); }
Number erfc(const Number& x) { return apply(mpfr_erfc, x); }
Number sqrt(const Number& x) { return apply(mpfr_sqrt, x); }
Number pi(const Number& like) {
  Number result = like;
  mpfr_const_pi(result.get(), MPFR_RNDN);
  return result;
}
int ln_abs_gamma(mpfr_ptr out, mpfr_srcptr x, mpfr_rnd_t round) {
  int sign = 0;
  return mpfr_lgamma(out, &sign, x, round);
}

// 120 digits, and twice the exponent more where x is small and the function has a double zero.
Number argument(double x) {
  const int exponent = x == 0 || !std::isfinite(x) ? 0 : std::abs(std::ilogb(x));
  return Number(x, 160 + 2 * (std::fabs(x) < 1 ? exponent : std::min(exponent, 12)));
}

long double power(double a, double b) {
  Number x(a, 160);
  const Number y(b, 160);
  mpfr_pow(x.get(), x.get(), y.get(), MPFR_RNDN);
  return x.rounded();
}

long double angle(double a, double b) {
  Number y(a, 160);
  const Number x(b, 160);
  mpfr_atan2(y.get(), y.get(), x.get(), MPFR_RNDN);
  return y.rounded();
}

// log(a/b), or log(1 + a/b) with a relative error that is not enough only below 2^-1000.
long double log_of_ratio(double a, double b, bool one_more) {
  if (!(a >= 0 && b >= 0) || (a == 0 && b == 0) || (std::isinf(a) && std::isinf(b))) return NAN;
  const Number x(std::fabs(a), 400);
  const Number y(std::fabs(b), 400);
  return (one_more ? log1p(x / y) : log(x / y)).rounded();
}

long double log1p_square(double a, double b) {
  if (std::isnan(a) || std::isnan(b) || (a == 0 && b == 0)) return NAN;
  if (std::isinf(a) && std::isinf(b)) return NAN;
  const Number ratio = Number(a, 400) / Number(b, 400);
  return log1p(ratio * ratio).rounded();
}

long double length(double a, double b) {
  Number x(a, 400);
  const Number y(b, 400);
  mpfr_hypot(x.get(), x.get(), y.get(), MPFR_RNDN);
  return x.rounded();
}

long double cosine(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return NAN;
  if (a == 0) return a;
  if (std::isinf(a)) return std::isinf(b) ? NAN : std::copysign(1.0L, a);
  if (std::isinf(b)) return std::copysign(0.0L, a);
  const Number x(a, 400);
  const Number y(b, 400);
  return (x / sqrt(x * x + y * y)).rounded();
}

Number root_half(const Number& like) { return sqrt(like.like(0.5)); }

// Beyond 10^4 MPFR's erfc would be 0 or take too long; the asymptotic series is exact there.
Number asymptotic_erfcx(const Number& x) {
  Number term = x.like(1), sum = x.like(0);
  for (int k = 0; k < 40; ++k) {
    sum = sum + term;
    term = term * x.like(-(2 * k + 1)) / (2.0 * x * x);
  }
  return sum / (x * sqrt(pi(x)));
}

// x: a in any precision, or a times a factor.
Number erfcx(double a, const Number& x) {
  if (a > 1e4) return std::isinf(a) ? x.like(0) : asymptotic_erfcx(x);
  return exp(x * x) * erfc(x);
}

Number log_erfc(double a, const Number& x) {
  if (a > 1e4) return log(asymptotic_erfcx(x)) - x * x;
  if (a > 0.1) return log(erfc(x));
  return log1p(0.0 - apply(mpfr_erf, x));
}

Number log_normal_cdf(double a, const Number& x) {
  const Number u = x * root_half(x) * -1.0;
  if (std::isnan(a)) return x;
  if (a > 0) return log1p(-0.5 * erfc(u * -1.0));
  return log_erfc(std::max(-a * 0.7, 0.2), u) - log(x.like(2));
}

Number normal_hazard(double a, const Number& x) {
  const Number u = x * root_half(x) * -1.0;
  if (std::isinf(a)) return x.like(a > 0 ? 0 : -a);
  if (a < 0) return sqrt(2.0 / pi(x)) / erfcx(-a * 0.7, u);
  return exp(-0.5 * x * x) / sqrt(2.0 * pi(x)) / (0.5 * erfc(u));
}

// Mean, variance and third central moment (order 1, 2, 3) of a normal variable of mean a that is
// positive: h + x and its derivatives, by an asymptotic series where that cancels; h·(h + x) (0).
Number positive_normal(int order, const Number& x, double a) {
  if (std::isnan(a)) return x;
  if (std::isinf(a))
    return x.like(order == 0 ? a < 0 : a < 0 || order == 3 ? 0 : order == 1 ? a : 1);
  if (a < -1e4) {
    const Number inverse = -1.0 / x, square = inverse * inverse;
    if (order == 1) return inverse * (1.0 - square * (2.0 - 10.0 * square));
    const Number variance = square * (1.0 - square * (6.0 - 50.0 * square));
    if (order != 3) return order == 2 ? variance : 1.0 - variance;
    return inverse * square * (2.0 - square * (24.0 - 300.0 * square));
  }
  const Number hazard = a > 1e4 ? x.like(0) : normal_hazard(a, x);
  const Number mean = x + hazard, variance = 1.0 - hazard * mean;
  if (order < 2) return order == 1 ? mean : hazard * mean;
  return order == 2 ? variance : hazard * (mean * mean - variance);
}

enum class Between { size, log_size, hazard, mean, gap };

// Of the normal distribution between p and q: Φ(p) - Φ(q), its logarithm, φ(p)/(Φ(p) - Φ(q)), the
// mean m of what lies between, p - m. The ends are b, nearer to 0, and -a; beyond 2^500 they count
// as that.
long double normal_between(Between what, double p, double q) {
  if (std::isnan(p) || std::isnan(q)) return NAN;
  const double sign = p < q ? -1 : 1;
  p = std::clamp(p, -0x1p500, 0x1p500);
  q = std::clamp(q, -0x1p500, 0x1p500);
  const double far = std::fabs(p) <= std::fabs(q) ? q : p;
  const double near = std::fabs(p) <= std::fabs(q) ? p : q;
  const bool same = p == q;
  const int gap = same ? 0 : std::max(0, -std::ilogb(p - q));
  const int large = std::max(0, std::ilogb(far));
  // The mean is about 1/b from b; the rest is far from 0 relative to what it is made of.
  const int lost = what == Between::gap ? 4 * large : 8 * std::min(large, 14);
  const Number b(far > 0 ? -near : near, 300 + 4 * gap + lost);
  const Number a = b.like(std::fabs(far)), half = root_half(b);
  const Number drop = exp(-0.5 * (a - b) * (a + b));
  const bool inside = far > 0 ? near < 0 : near > 0;
  const bool beyond = inside && std::fabs(near) > 1e4;
  const Number beside = erfcx(std::fabs(far), a * half) * drop;
  // (Φ(b) - Φ(-a)) / (½ exp(-b²/2)), and the tails.
  const Number scaled =
      beyond ? b.like(1) : erfcx(inside ? -1 : std::fabs(near), -1.0 * b * half) - beside;
  const auto outside = [&] {
    if (beyond) return b.like(0);
    return 0.5 * (erfc(b * half) + (far * far > 1e8 ? b.like(0) : erfc(a * half)));
  };
  const Number base = sqrt(2.0 / pi(b)) / scaled;
  const Number near_hazard = beyond ? b.like(0) : base, far_hazard = near_hazard * drop;
  const Number mean = near_hazard - far_hazard;  // its size
  switch (what) {
    case Between::size:
      if (same) return 0;
      if (inside) return sign * (1.0 - outside()).rounded();
      return sign * (0.5 * exp(-0.5 * b * b) * scaled).rounded();
    case Between::log_size:
      if (sign < 0) return NAN;
      if (same) return -HUGE_VAL;
      if (inside) return log1p(0.0 - outside()).rounded();
      return (log(0.5 * scaled) - 0.5 * b * b).rounded();
    case Between::hazard:
      return same ? sign * HUGE_VAL : sign * (near == p ? near_hazard : far_hazard).rounded();
    case Between::mean:
      if (same) return p;
      return far > 0 ? mean.rounded() : -mean.rounded();
    case Between::gap:
      if (same) return 0;
      return ((far > 0 ? 0.0 - mean : mean) + p).rounded();
  }
  return NAN;
}

Number positive_normal(int order, double a) { return positive_normal(order, Number(a, 400), a); }

// y·G(x/y), G(z) = Φ(z)·m(z), or its logarithm.
long double improvement(double a, double b, bool log_of) {
  if (std::isnan(a) || std::isnan(b)) return NAN;
  const double quotient = a / b;
  const Number x(a, 600), y = x.like(b), z = x / y;
  if (quotient > 1e4) return log_of ? log(x).rounded() : static_cast<long double>(a);
  if (quotient < -1e4 && !log_of) return 0;
  const Number mean = positive_normal(1, z, quotient);
  if (log_of) return (log(y) + log_normal_cdf(quotient, z) + log(mean)).rounded();
  return (y * 0.5 * erfc(z * root_half(z) * -1.0) * mean).rounded();
}

// Φ(x)·m(x) and its logarithm.
Number normal_cdf_integral(double a) {
  const Number x(a, 400);
  if (std::isinf(a)) return x.like(a > 0 ? a : 0);
  if (a < -1e4) return x.like(0);
  return 0.5 * erfc(x * root_half(x) * -1.0) * positive_normal(1, a);
}

Number log_normal_cdf_integral(double a) {
  const Number x(a, 400);
  if (std::isnan(a) || a > 1e4) return log(x);
  return log_normal_cdf(a, x) + log(positive_normal(1, a));
}

Number log_erfcx(double a, const Number& x) {
  if (a > 1e4) return log(asymptotic_erfcx(x));
  return x * x + log_erfc(a, x);
}

const Number& zeta(unsigned long n, mpfr_prec_t digits) {
  static std::map<std::pair<unsigned long, mpfr_prec_t>, Number> known;
  auto [place, made] = known.try_emplace({n, digits}, Number(0, digits));
  if (made) mpfr_zeta_ui(place->second.get(), n, MPFR_RNDN);
  return place->second;
}

Number power(const Number& base, int exponent) {
  Number result = base;
  mpfr_pow_si(result.get(), base.get(), exponent, MPFR_RNDN);
  return result;
}

// ψ^(order)(x), order > 0, for x > 0: steps of the recurrence, then the asymptotic series with
// exact Bernoulli numbers (B_2k = (-1)^(k+1)·2·(2k)!·ζ(2k)/(2π)^2k). Digits / 4 steps and digits /
// 7 terms leave less than the digits.
Number polygamma(int order, Number x) {
  const mpfr_prec_t digits = mpfr_get_prec(x.get());
  double factorial = 1;  // (order - 1)!
  for (int i = 2; i < order; ++i) factorial *= i;
  Number sum = x.like(0);
  for (; mpfr_cmp_ui(x.get(), static_cast<unsigned long>(digits / 4)) < 0; x = x + 1.0) {
    sum = sum + power(x, -order - 1);
  }
  sum = (factorial * order) * (sum + 0.5 * power(x, -order - 1)) + factorial * power(x, -order);
  // B_2k·(2k + order - 1)!/(2k)! / x^(2k + order) without ζ, updated from k - 1 to k.
  Number scale = (2 * factorial) * power(x, -order);
  const Number step = power(x * 2.0 * pi(x), -2);
  for (int k = 1; k <= digits / 7; ++k) {
    const double n = 2.0 * k + order - 1;
    scale = scale * step * (n * (n - 1));
    const Number term = scale * zeta(static_cast<unsigned long>(2 * k), digits);
    sum = k % 2 == 1 ? sum + term : sum - term;
  }
  return order % 2 == 1 ? sum : sum * -1.0;
}

// The same for any x; x < 0 by reflection.
Number polygamma(int order, double a) {
  const Number x(a, 200);
  const bool odd = order % 2 == 1;
  if (std::isnan(a)) return x;
  if (std::isinf(a)) return x.like(a > 0 ? (odd ? 0.0 : -0.0) : NAN);
  if (a == 0) return x.like(odd ? HUGE_VAL : std::copysign(HUGE_VAL, -a));
  if (a < 0 && a == std::floor(a)) return x.like(odd ? HUGE_VAL : NAN);
  if (a > 0) return polygamma(order, x);
  const Number right = polygamma(order, 1.0 - x), p = pi(x);
  const Number sine = apply(mpfr_sin, p * x), cosine = apply(mpfr_cos, p * x);
  const Number ratio = p / sine;
  if (order == 1) return ratio * ratio - right;
  if (order == 2) return right - 2.0 * ratio * ratio * ratio * cosine;
  return 2.0 * power(ratio, 4) * (1.0 + 2.0 * cosine * cosine) - right;
}

// The derivatives of log Γ.
Number log_gamma_derivative(int order, const Number& x) {
  if (order == 0) return apply(ln_abs_gamma, x);
  return order == 1 ? apply(mpfr_digamma, x) : polygamma(order - 1, x);
}

// f(a + b) - f(a) of the derivative f of log Γ; where only one of both is not positive, infinite.
long double gamma_difference(int order, double a, double b) {
  const double end = a + b;
  if (std::isnan(end) || (a <= 0 && end <= 0)) return NAN;
  if (std::isinf(a)) return order == 0 || (order == 1 && std::isinf(b)) ? NAN : 0;
  const long double pole = order % 2 == 0 ? HUGE_VALL : -HUGE_VALL;  // of f at 0
  if (a <= 0 || end <= 0) return a <= 0 ? -pole : pole;
  if (b == 0) return 0;
  if (std::isinf(b) || (std::isinf(end) && order > 1)) {
    if (order < 2) return HUGE_VALL;
    return -log_gamma_derivative(order, Number(a, 200)).rounded();
  }
  // One term of Taylor's series where the next is beyond the digits.
  const int gap = std::ilogb(a) - std::ilogb(b);
  if (gap > 200)
    return (Number(b, 200) * log_gamma_derivative(order + 1, Number(a, 200))).rounded();
  const Number x(a, 260 + std::max(gap, 0)), y(b, 260 + std::max(gap, 0));
  return (log_gamma_derivative(order, x + y) - log_gamma_derivative(order, x)).rounded();
}

// The same less b·log(max(a, 1)), or its derivative by a: the first term for large a.
long double gamma_rise(int order, double a, double b) {
  const long double difference = gamma_difference(order, a, b);
  if (!std::isfinite(difference) || !(a >= 1) || b == 0) return difference;
  if (std::isinf(a) || std::isinf(b)) return difference;
  if (b == 1 || (order == 2 && std::isinf(a + b))) return 0;
  const int gap = std::ilogb(a) - std::ilogb(b);
  const int digits = 300 + 2 * std::max(std::ilogb(a), 0) + std::clamp(3 * gap, 0, 600);
  const Number x(a, digits), y(b, digits);
  const Number first = order == 0 ? log(x) : order == 1 ? 1.0 / x : -1.0 / (x * x);
  const auto f = [&](int n) { return log_gamma_derivative(order + n, x); };
  // Two terms of Taylor's series where the next is beyond the digits.
  if (gap > 200) return (y * (f(1) - first) + 0.5 * y * y * f(2)).rounded();
  return (log_gamma_derivative(order, x + y) - f(0) - y * first).rounded();
}

Number log_gamma(const Number& x) { return apply(ln_abs_gamma, x); }

long double log_beta(double a, double b) {
  const double least = std::min(a, b), most = std::max(a, b);
  if (std::isnan(a) || std::isnan(b) || least < 0) return NAN;
  if (least == 0) return HUGE_VALL;
  if (std::isinf(most)) return -HUGE_VALL;
  const int gap = std::ilogb(most) - std::ilogb(least);
  const Number x(least, 260 + std::min(gap, 200)), y(most, 260 + std::min(gap, 200));
  if (gap > 200) {
    return (log_gamma(Number(least, 200)) - x * apply(mpfr_digamma, Number(most, 200))).rounded();
  }
  return (log_gamma(x) + log_gamma(y) - log_gamma(x + y)).rounded();
}

// Of whole numbers.
long double log_ways(double a, double b) {
  const double least = std::min(a, b), most = std::max(a, b);
  if (std::isnan(a + b)) return NAN;
  if (least < 0) return -HUGE_VALL;
  if (least == 0) return 0;
  if (std::isinf(most)) return HUGE_VALL;
  const int gap = std::ilogb(most) - std::ilogb(least);
  const Number x(least, 260 + std::min(gap, 200)), y(most, 260 + std::min(gap, 200));
  if (gap > 200) {
    return (x * apply(mpfr_digamma, Number(most, 200) + 1.0) - log_gamma(1.0 + x)).rounded();
  }
  return (log_gamma(1.0 + x + y) - log_gamma(1.0 + x) - log_gamma(1.0 + y)).rounded();
}

Number sigmoid(const Number& x) { return 1.0 / (1.0 + exp(0.0 - x)); }
Number softplus(const Number& x) { return log1p(exp(x)); }

}  // namespace

}  // namespace lossc::codegen::testing
