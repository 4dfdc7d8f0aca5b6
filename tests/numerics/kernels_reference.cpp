// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The references. Formulas are written for clearness; what cancels in them is paid for in digits.

#include "tests/numerics/kernels_reference.h"

#include <algorithm>

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

// ψ'(x) and ψ''(x): 30 steps of the recurrence, then the asymptotic series with exact Bernoulli
// numbers (B_2k = (-1)^(k+1)·2·(2k)!·ζ(2k)/(2π)^2k); x < 0 by reflection.
Number polygamma(int order, double a) {
  Number x(a, 200);
  if (std::isnan(a)) return x;
  if (std::isinf(a)) return x.like(a > 0 ? (order == 1 ? 0.0 : -0.0) : NAN);
  if (a == 0) return x.like(order == 1 ? HUGE_VAL : std::copysign(HUGE_VAL, -a));
  if (a < 0 && a == std::floor(a)) return x.like(order == 1 ? HUGE_VAL : NAN);
  const bool reflect = a < 0;
  if (reflect) x = 1.0 - x;
  Number sum = x.like(0);
  for (int k = 0; k < 30; ++k, x = x + 1.0) {
    sum = sum + (order == 1 ? 1.0 / (x * x) : 2.0 / (x * x * x));
  }
  const Number inverse = 1.0 / x, square = inverse * inverse;
  sum = sum + (order == 1 ? inverse + 0.5 * square : square + square * inverse);
  Number power = order == 1 ? inverse * square : square * square;
  Number factor = x.like(4);  // 2·(2k)!/(2π)^2k
  const Number circle = 2.0 * pi(x);
  for (unsigned k = 1; k <= 25; ++k, power = power * square) {
    factor = k == 1 ? 4.0 / (circle * circle)
                    : factor * x.like((2.0 * k) * (2.0 * k - 1)) / (circle * circle);
    Number zeta = x;
    mpfr_zeta_ui(zeta.get(), 2 * k, MPFR_RNDN);
    Number term = factor * zeta * power;
    if (order == 2) term = term * x.like(2.0 * k + 1);
    sum = k % 2 == 1 ? sum + term : sum - term;
  }
  if (order == 2) sum = sum * -1.0;
  if (!reflect) return sum;
  Number angle = pi(x) * x.like(a), sine = apply(mpfr_sin, angle);
  const Number p = pi(x);
  if (order == 1) return p * p / (sine * sine) - sum;
  return sum - 2.0 * p * p * p * apply(mpfr_cos, angle) / (sine * sine * sine);
}

Number sigmoid(const Number& x) { return 1.0 / (1.0 + exp(0.0 - x)); }
Number softplus(const Number& x) { return log1p(exp(x)); }

}  // namespace

// Where the function has zeros that its formula cannot know, conditioning is allowed for.
#define CONDITIONED(name, expression) \
  {                                   \
#name, [](double a, double) { \
    Number x = argument(a); return (expression).rounded(); }, nullptr, true       \
  }
#define EXACT(name, expression) \
  {                             \
#name, [](double a, double) { \
    Number x = argument(a); return (expression).rounded(); }, nullptr \
  }
#define EXACT_QUICK(name, expression, quick_expression) \
  {                                                     \
#name, [](double a, double) { \
    Number x = argument(a); return (expression).rounded(); }, \
    [](double a, double) -> long double { long double x = a; return quick_expression; }                         \
  }

static const Reference references[] = {
    EXACT_QUICK(exp, exp(x), std::exp(x)),
    EXACT_QUICK(log, log(x), std::log(x)),
    EXACT_QUICK(log1p, log1p(x), std::log1p(x)),
    EXACT_QUICK(expm1, expm1(x), std::expm1(x)),
    EXACT_QUICK(sigmoid, sigmoid(x), 1 / (1 + std::exp(-x))),
    EXACT_QUICK(tanh, apply(mpfr_tanh, x), std::tanh(x)),
    EXACT_QUICK(softplus, a > 1e5 ? x : softplus(x),
                x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x))),
    {"pow", [](double a, double b) { return power(a, b); }, nullptr},
    EXACT_QUICK(exp2, apply(mpfr_exp2, x), std::exp2(x)),
    EXACT_QUICK(log2, apply(mpfr_log2, x), std::log2(x)),
    EXACT_QUICK(log10, apply(mpfr_log10, x), std::log10(x)),
    EXACT_QUICK(sinh, apply(mpfr_sinh, x), std::sinh(x)),
    EXACT_QUICK(cosh, apply(mpfr_cosh, x), std::cosh(x)),
    EXACT_QUICK(asinh, apply(mpfr_asinh, x), std::asinh(x)),
    EXACT_QUICK(acosh, apply(mpfr_acosh, x), std::acosh(x)),
    EXACT_QUICK(atanh, apply(mpfr_atanh, x), std::atanh(x)),
    EXACT_QUICK(cbrt, apply(mpfr_cbrt, x), std::cbrt(x)),
    EXACT_QUICK(log1mexp, a > -0.7 ? log(0.0 - expm1(x)) : log1p(0.0 - exp(x)),
                x > -0.7L ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x))),
    EXACT(logcosh, std::isinf(a)        ? x* x
                   : std::fabs(a) > 1e6 ? apply(mpfr_abs, x) - log(x.like(2))
                                        : log(apply(mpfr_cosh, x))),
    EXACT(expm1mx, std::isinf(a) ? x* x : expm1(x) - x),
    EXACT(log1pmx, std::isinf(a) && a > 0 ? 0.0 - x : log1p(x) - x),
    EXACT_QUICK(sin, apply(mpfr_sin, x), std::sin(x)),
    EXACT_QUICK(cos, apply(mpfr_cos, x), std::cos(x)),
    EXACT_QUICK(tan, apply(mpfr_tan, x), std::tan(x)),
    EXACT_QUICK(asin, apply(mpfr_asin, x), std::asin(x)),
    EXACT_QUICK(acos, apply(mpfr_acos, x), std::acos(x)),
    EXACT_QUICK(atan, apply(mpfr_atan, x), std::atan(x)),
    {"atan2", [](double a, double b) { return angle(a, b); }, nullptr},
    EXACT_QUICK(erf, apply(mpfr_erf, x), std::erf(x)),
    EXACT_QUICK(erfc, erfc(x), std::erfc(x)),
    EXACT_QUICK(normal_cdf, 0.5 * erfc(x * root_half(x) * -1.0),
                0.5L * std::erfc(-x * 0.707106781186547524400844362104849039L)),
    EXACT(log_normal_cdf, log_normal_cdf(a, x)),
    EXACT(normal_hazard, normal_hazard(a, x)),
    EXACT(erfcx, erfcx(a, x)),
    EXACT(log_erfc, std::isnan(a) ? x : log_erfc(a, x)),
    CONDITIONED(lgamma, std::isinf(a) ? x* x : apply(ln_abs_gamma, x)),
    EXACT(gamma, apply(mpfr_gamma, x)),
    CONDITIONED(digamma, apply(mpfr_digamma, x)),
    EXACT(trigamma, polygamma(1, a)),
    CONDITIONED(tetragamma, polygamma(2, a)),
};

#undef CONDITIONED
#undef EXACT
#undef EXACT_QUICK

double condition(const Reference& reference, double x) {
  const double step = 1e-6 * std::fabs(x);
  const long double slope =
      (reference.exact(x + step, 0) - reference.exact(x - step, 0)) / (2.0L * step);
  return static_cast<double>(std::fabs(x * slope / reference.exact(x, 0)));
}

const Reference* find_reference(std::string_view name) {
  for (const Reference& reference : references) {
    if (reference.name == name) return &reference;
  }
  return nullptr;
}

}  // namespace lossc::codegen::testing
