// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of references.
#include "tests/numerics/kernels_reference.h"
#include "tests/numerics/kernels_exact.h"

namespace lossc::codegen::testing {

// Where the function has zeros that its formula cannot know, conditioning is allowed for.
#define CONDITIONED(name, expression) \
  {                                   \
#name, [](double a, double) { \
    Number x = argument(a); return (expression).rounded(); }, nullptr, 2       \
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
    {"sigmoid_power",
     [](double a, double b) { return interpreted(ir::Builtin::sigmoid_power, a, b); }, nullptr},
    {"log_ratio", [](double a, double b) { return log_of_ratio(a, b, false); }, nullptr},
    {"log1p_ratio", [](double a, double b) { return log_of_ratio(a, b, true); }, nullptr},
    {"log1p_square", [](double a, double b) { return log1p_square(a, b); }, nullptr},
    {"hypot", [](double a, double b) { return length(a, b); }, nullptr},
    {"direction", [](double a, double b) { return cosine(a, b); }, nullptr},
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
    CONDITIONED(log_erfcx, std::isnan(a) ? x : log_erfcx(a, Number(a, 400))),
    EXACT(positive_normal_mean, positive_normal(1, a)),
    EXACT(positive_normal_variance, positive_normal(2, a)),
    EXACT(positive_normal_skew, positive_normal(3, a)),
    EXACT(normal_hazard_slope, positive_normal(0, a)),
    EXACT(normal_cdf_integral, normal_cdf_integral(a)),
    CONDITIONED(log_normal_cdf_integral, log_normal_cdf_integral(a)),
    {"expected_improvement", [](double a, double b) { return improvement(a, b, false); }, nullptr},
    {"log_expected_improvement", [](double a, double b) { return improvement(a, b, true); },
     nullptr, 2},
    {"normal_interval", [](double a, double b) { return normal_between(Between::size, a, b); },
     nullptr},
    {"log_normal_interval",
     [](double a, double b) { return normal_between(Between::log_size, a, b); }, nullptr},
    {"normal_interval_hazard",
     [](double a, double b) { return normal_between(Between::hazard, a, b); }, nullptr},
    {"normal_interval_mean", [](double a, double b) { return normal_between(Between::mean, a, b); },
     nullptr},
    {"normal_interval_gap", [](double a, double b) { return normal_between(Between::gap, a, b); },
     nullptr},
    CONDITIONED(lgamma, std::isinf(a) ? x* x : apply(ln_abs_gamma, x)),
    EXACT(gamma, apply(mpfr_gamma, x)),
    CONDITIONED(digamma, apply(mpfr_digamma, x)),
    EXACT(trigamma, polygamma(1, a)),
    CONDITIONED(tetragamma, polygamma(2, a)),
    EXACT(pentagamma, polygamma(3, a)),
    {"lgamma_diff", [](double a, double b) { return gamma_difference(0, a, b); }, nullptr, 4},
    {"digamma_diff", [](double a, double b) { return gamma_difference(1, a, b); }, nullptr},
    {"trigamma_diff", [](double a, double b) { return gamma_difference(2, a, b); }, nullptr},
    {"tetragamma_diff", [](double a, double b) { return gamma_difference(3, a, b); }, nullptr},
    {"pentagamma_diff", [](double a, double b) { return gamma_difference(4, a, b); }, nullptr},
    {"lgamma_rise", [](double a, double b) { return gamma_rise(0, a, b); }, nullptr, 16},
    {"digamma_rise", [](double a, double b) { return gamma_rise(1, a, b); }, nullptr, 4},
    {"trigamma_rise", [](double a, double b) { return gamma_rise(2, a, b); }, nullptr, 4},
    {"lbeta", log_beta, nullptr, 4},
    {"log_binomial", log_ways, nullptr, 0, true},
    {"bd0", [](double a, double b) { return interpreted(ir::Builtin::bd0, a + 0.0, b + 0.0); },
     nullptr, 4},
    {"bd0_complement",
     [](double a, double b) { return interpreted(ir::Builtin::bd0_complement, a, b); }, nullptr, 4},
    {"bd0_square", [](double a, double) { return interpreted(ir::Builtin::bd0_square, a, 0); },
     nullptr},
    {"boxcox", [](double a, double b) { return interpreted(ir::Builtin::boxcox, a, b); }, nullptr},
    {"exprel", [](double a, double) { return interpreted(ir::Builtin::exprel, a, 0); }, nullptr},
    {"exprel_rate", [](double a, double) { return interpreted(ir::Builtin::exprel_rate, a, 0); },
     nullptr},
    {"exprel_rate_slope",
     [](double a, double) { return interpreted(ir::Builtin::exprel_rate_slope, a, 0); }, nullptr},
    {"over_expm1", [](double a, double) { return interpreted(ir::Builtin::over_expm1, a, 0); },
     nullptr},
    {"sinc", [](double a, double) { return interpreted(ir::Builtin::sinc, a, 0); }, nullptr, 2},
    {"sinc_slope", [](double a, double) { return interpreted(ir::Builtin::sinc_slope, a, 0); },
     nullptr, 2},
    {"sinhc", [](double a, double) { return interpreted(ir::Builtin::sinhc, a, 0); }, nullptr},
    {"sinhc_slope", [](double a, double) { return interpreted(ir::Builtin::sinhc_slope, a, 0); },
     nullptr},
    {"tanhc", [](double a, double) { return interpreted(ir::Builtin::tanhc, a, 0); }, nullptr},
    {"tanhc_slope", [](double a, double) { return interpreted(ir::Builtin::tanhc_slope, a, 0); },
     nullptr},
    {"atanc", [](double a, double) { return interpreted(ir::Builtin::atanc, a, 0); }, nullptr},
    {"atanc_slope", [](double a, double) { return interpreted(ir::Builtin::atanc_slope, a, 0); },
     nullptr},
    {"log1pc", [](double a, double) { return interpreted(ir::Builtin::log1pc, a, 0); }, nullptr},
    {"log1p_third", [](double a, double) { return interpreted(ir::Builtin::log1p_third, a, 0); },
     nullptr},
    {"sin_residual", [](double a, double) { return interpreted(ir::Builtin::sin_residual, a, 0); },
     nullptr},
    {"tanh_residual",
     [](double a, double) { return interpreted(ir::Builtin::tanh_residual, a, 0); }, nullptr},
};

#undef CONDITIONED
#undef EXACT
#undef EXACT_QUICK

double condition(const Reference& reference, double x, double y) {
  const auto part = [&](double at, double dx, double dy) {
    if (dx + dy == 0) return 0.0L;  // a subnormal, whose step is 0: nothing is forgiven
    const long double rise = reference.exact(x + dx, y + dy) - reference.exact(x - dx, y - dy);
    return std::fabs(at * rise / (2.0L * (dx + dy)));
  };
  const double step = 1e-6;
  long double sum = part(x, step * x, 0);
  if (y != 0) sum += part(y, 0, step * y);
  return static_cast<double>(sum / std::fabs(reference.exact(x, y)));
}

const Reference* find_reference(std::string_view name) {
  for (const Reference& reference : references) {
    if (reference.name == name) return &reference;
  }
  return nullptr;
}

}  // namespace lossc::codegen::testing
