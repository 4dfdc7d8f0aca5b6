// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Special functions at any precision. Sources: NIST DLMF 5.15 (polygamma), 7.12 (erfc).
#include "compiler/ir/interpreter_special.h"

#include <algorithm>

#include <cstdlib>
#include <map>
#include <vector>

namespace lossc::ir {

mpfr_prec_t& working_precision() {
  thread_local mpfr_prec_t bits = 256;
  return bits;
}

namespace {

/// MPFR keeps π and log 2 for each thread, and frees them only when told to.
struct ThreadCache {
  ~ThreadCache() { mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE); }
};

}  // namespace

WorkingPrecision::WorkingPrecision(mpfr_prec_t bits) : previous_(working_precision()) {
  static thread_local const ThreadCache cache;
  // What asks for more has an argument that no kernel can be given; its digits are not worth the
  // memory.
  constexpr mpfr_prec_t most = 1L << 18;
  working_precision() = std::min(bits, most);
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
}

namespace special {
namespace {

/// More bits while it lives; arguments are copied exactly inside.
class Guard : public WorkingPrecision {
 public:
  explicit Guard(long extra) : WorkingPrecision(working_precision() + extra) {}
};

/// The number rounded to the precision that holds where this is called.
Float rounded(const Float& x) { return Float(x); }

/// B₂ₖ for k = 1, 2, …: (−1)^(k+1) 2 (2k)! ζ(2k) / (2π)^(2k).
const Float& bernoulli(unsigned k) {
  thread_local std::map<mpfr_prec_t, std::vector<Float>> known;
  std::vector<Float>& numbers = known[working_precision()];
  while (numbers.size() < k) {
    const unsigned long n = 2 * (numbers.size() + 1);
    Float zeta, factorial, period = Float(2) * pi();
    mpfr_zeta_ui(zeta.get(), n, MPFR_RNDN);
    mpfr_fac_ui(factorial.get(), n, MPFR_RNDN);
    mpfr_pow_ui(period.get(), period.get(), n, MPFR_RNDN);
    Float number = Float(2) * factorial * zeta / period;
    if (n % 4 == 0) number = -number;
    numbers.push_back(std::move(number));
  }
  return numbers[k - 1];
}

Float factorial(unsigned n) {
  Float result;
  mpfr_fac_ui(result.get(), n, MPFR_RNDN);
  return result;
}

Float whole_power(const Float& base, long exponent) {
  Float result;
  result.settle(mpfr_pow_si(result.get(), base.get(), exponent, MPFR_RNDN), base, base);
  return result;
}

/// (m−1)!/x^m + m!/(2 x^(m+1)) + Σ B₂ₖ (2k+m−1)! / ((2k)! x^(2k+m)), for large x.
Float polygamma_asymptotic(unsigned m, const Float& x) {
  const long order = static_cast<long>(m);
  Float sum = factorial(m - 1) / whole_power(x, order);
  sum += factorial(m) / (Float(2) * whole_power(x, order + 1));
  const long wanted = sum.exponent() - static_cast<long>(working_precision());
  const Float inverse_square = whole_power(x, -2);
  // (2k+m−1)!/(2k)! / x^(2k+m), updated from k to k + 1.
  Float scale = factorial(m + 1) / Float(2) / whole_power(x, order + 2);
  for (unsigned k = 1; k < 4096; ++k) {
    const Float term = bernoulli(k) * scale;
    sum += term;
    if (term.is_zero() || term.exponent() < wanted) break;
    const long n = 2 * static_cast<long>(k);
    scale *= Float((n + order) * (n + order + 1)) / Float((n + 1) * (n + 2)) * inverse_square;
  }
  return sum;
}

/// erfc(x) e^(x²) = 1/(x√π) Σ (−1)ⁿ (2n−1)!! / (2x²)ⁿ; its smallest term is about e^(−x²).
Float erfcx_asymptotic(const Float& x) {
  const Float step = Float(-1) / (Float(2) * x * x);
  Float term(1);
  Float sum(1);
  for (long n = 1; n < 100000; ++n) {
    term *= step * Float(2 * n - 1);
    sum += term;
    if (term.is_zero() || term.exponent() < -static_cast<long>(working_precision())) break;
  }
  return sum / (x * sqrt(pi()));
}

/// Whether the asymptotic series of erfc reaches the working precision at x.
bool erfc_is_asymptotic(const Float& x) {
  return x > Float(0) && x * x > Float(static_cast<long>(working_precision()));
}

}  // namespace

Float pi() {
  Float result;
  mpfr_const_pi(result.get(), MPFR_RNDN);
  return result;
}

Float exp(const Float& x) { return x.mapped(mpfr_exp); }
Float log(const Float& x) {
  if (x.is_zero()) return Float::infinity(-1);
  return x.mapped(mpfr_log);
}
Float log1p(const Float& x) { return x.mapped(mpfr_log1p); }
Float expm1(const Float& x) { return x.mapped(mpfr_expm1); }
Float sqrt(const Float& x) { return x.mapped(mpfr_sqrt); }

Float polygamma(unsigned m, const Float& x) {
  if (x.is_nan() || (x.sign() <= 0 && x.is_integer()) || x < Float(-1000)) {
    // Even derivatives of trigamma are infinite with one sign on both sides of 0.
    return x.is_zero() && m % 2 == 1 ? Float::infinity() : Float::nan();
  }
  if (x.is_infinite()) return Float();
  const auto compute = [m](const Float& argument) {
    const Guard guard(64);
    Float at(argument);
    Float sum;
    const Float large(static_cast<long>(working_precision()) / 4 + 8);
    while (at < large) {
      sum += whole_power(at, -static_cast<long>(m) - 1);
      at += Float(1);
    }
    Float result = polygamma_asymptotic(m, at) + factorial(m) * sum;
    return m % 2 == 1 ? result : -result;
  };
  return rounded(compute(x));
}

Float digamma(const Float& x) { return x.mapped(mpfr_digamma); }

Float gamma(const Float& x) {
  if (x.is_zero()) return Float::infinity();
  if (x < Float(1000000)) return x.mapped(mpfr_gamma);
  const auto compute = [](const Float& argument) {
    const Guard guard(64 + 2 * std::abs(argument.exponent()));
    return exp(lgamma(Float(argument)));
  };
  return rounded(compute(x));
}

Float lgamma(const Float& x) {
  Float result;
  int sign = 0;
  result.settle(mpfr_lgamma(result.get(), &sign, x.get(), MPFR_RNDN), x, x);
  return result;
}

Float erfcx(const Float& x) {
  const auto compute = [](const Float& argument) {
    const Guard guard(64 + 2 * std::max(0L, argument.exponent()));
    const Float at(argument);
    if (at.is_infinite()) return at.sign() > 0 ? Float() : Float::infinity();
    if (erfc_is_asymptotic(at)) return erfcx_asymptotic(at);
    return exp(at * at) * at.mapped(mpfr_erfc);
  };
  return rounded(compute(x));
}

Float log_erfc(const Float& x) {
  const auto compute = [](const Float& argument) {
    const Guard guard(64 + 2 * std::max(0L, argument.exponent()));
    const Float at(argument);
    if (at.is_infinite()) return at.sign() > 0 ? Float::infinity(-1) : log(Float(2));
    if (at < Float(1)) return log1p(-at.mapped(mpfr_erf));
    if (erfc_is_asymptotic(at)) return log(erfcx_asymptotic(at)) - at * at;
    return log(at.mapped(mpfr_erfc));
  };
  return rounded(compute(x));
}

Float log_normal_cdf(const Float& x) {
  const auto compute = [](const Float& argument) {
    const Guard guard(64 + 2 * std::max(0L, argument.exponent()));
    const Float scaled = Float(argument) / sqrt(Float(2));
    // Above 0 the result is log(1 − a small number).
    if (scaled.sign() > 0) return log1p(-scaled.mapped(mpfr_erfc) / Float(2));
    return log_erfc(-scaled) - log(Float(2));
  };
  return rounded(compute(x));
}

Float normal_hazard(const Float& x) {
  const auto compute = [](const Float& argument) {
    const Guard guard(64 + 2 * std::max(0L, argument.exponent()));
    const Float at(argument);
    if (at.is_infinite()) return at.sign() > 0 ? Float() : Float::infinity();
    // φ/Φ = √(2/π) / erfcx(−x/√2)
    return sqrt(Float(2) / pi()) / erfcx(-at / sqrt(Float(2)));
  };
  return rounded(compute(x));
}

Float log1mexp(const Float& x) {
  if (x > Float(-0.5)) return log(-expm1(x));
  return log1p(-exp(x));
}

Float logcosh(const Float& x) {
  const Float size = x.mapped(mpfr_abs);
  if (size < Float(1)) {
    const Float half = x.mapped(mpfr_sinh);
    return log1p(half * half) / Float(2);
  }
  return size + log1p(exp(Float(-2) * size)) - log(Float(2));
}

Float expm1mx(const Float& x) {
  const auto compute = [](const Float& argument) {
    const Guard guard(64 + 2 * std::max(0L, -argument.exponent()));
    const Float at(argument);
    if (at.is_infinite()) return Float::infinity();
    return expm1(at) - at;
  };
  return rounded(compute(x));
}

Float log1pmx(const Float& x) {
  const auto compute = [](const Float& argument) {
    const Guard guard(64 + 2 * std::max(0L, -argument.exponent()));
    const Float at(argument);
    if (at.is_infinite()) return at.sign() > 0 ? Float::infinity(-1) : Float::nan();
    return log1p(at) - at;
  };
  return rounded(compute(x));
}

Float log_ratio(const Float& x, const Float& y) {
  const Float quotient = x / y;
  if (quotient < Float(0.5) || Float(2) < quotient || quotient.is_nan()) return log(quotient);
  return log1p((x - y) / y);
}

Float hypot(const Float& x, const Float& y) {
  Float result;
  result.settle(mpfr_hypot(result.get(), x.get(), y.get(), MPFR_RNDN), x, y);
  return result;
}

Float sigmoid(const Float& x) {
  if (x.sign() >= 0) return Float(1) / (Float(1) + exp(-x));
  const Float e = exp(x);
  return e / (Float(1) + e);
}

Float softplus(const Float& x) {
  if (x.sign() > 0) return x + log1p(exp(-x));
  return log1p(exp(x));
}

Float power(const Float& base, const Float& exponent) {
  if (base.is_nan() || exponent.is_nan()) return Float::nan();
  if (exponent.is_zero()) return Float(1);
  if (base.is_zero()) return exponent.sign() > 0 ? Float() : Float::infinity();
  if (base.sign() < 0 && !exponent.is_integer()) return Float::nan();  // also of -inf
  Float result;
  result.settle(mpfr_pow(result.get(), base.get(), exponent.get(), MPFR_RNDN), base, exponent);
  return result;
}

}  // namespace special
}  // namespace lossc::ir
