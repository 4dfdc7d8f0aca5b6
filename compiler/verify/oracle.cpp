// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/verify/oracle.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <span>

#include "compiler/ir/rational.h"

namespace lossc::verify {
namespace {

using ir::OutputKind;
using ir::Real;

// 1 - sigmoid(z) needs 1.44 z bits more than its result: the last is enough for every z whose
// exponential is a double, and its square.
constexpr std::array<unsigned, 4> ladder = {128, 320, 1216, 2560};

/// The stabilised form loses few digits; what it cannot resolve with many, it cannot at all.
std::span<const unsigned> rungs(bool stable) {
  return std::span(ladder).first(stable ? 2 : ladder.size());
}

Real real_of(const ir::Number& number) {
  if (number.kind() != ir::Number::Kind::finite) return number.to_double();
  const boost::multiprecision::mpq_rational value = number.rational().value();
  return Real(boost::multiprecision::numerator(value).str()) /
         Real(boost::multiprecision::denominator(value).str());
}

/// The number that both evaluations agree on, to 2^-64 or beyond the range of any f64.
Exact agreed(const Real& one, const Real& other, unsigned bits, bool stable) {
  const mpfr_srcptr high = one.backend().data();
  const mpfr_srcptr low = other.backend().data();
  const auto found = [&](long double value) { return Exact{value, bits, true, stable}; };
  const bool nan = mpfr_nan_p(high) != 0 || mpfr_nan_p(low) != 0;
  // A NaN may be that of log(1 - (1 + noise)): more digits tell.
  if (nan) {
    const bool both = mpfr_nan_p(high) != 0 && mpfr_nan_p(low) != 0;
    return {.wanted = true, .from_stable = stable, .undefined = both};
  }
  if (mpfr_equal_p(high, low) != 0) return found(mpfr_get_ld(high, MPFR_RNDN));
  constexpr mpfr_exp_t vanished = -1200;
  constexpr mpfr_exp_t overflowed = 1100;
  const auto exponent = [](mpfr_srcptr x) {
    return mpfr_inf_p(x) != 0    ? mpfr_get_emax()
           : mpfr_zero_p(x) != 0 ? mpfr_get_emin()
                                 : mpfr_get_exp(x);
  };
  const mpfr_exp_t larger = std::max(exponent(high), exponent(low));
  // What underflows; as it stands, a formula may have lost it on the way.
  if (stable && larger < vanished) return found(0);
  const int sign = mpfr_sgn(high);
  if (sign != mpfr_sgn(low)) return {};
  if (mpfr_inf_p(high) != 0 || mpfr_inf_p(low) != 0) return {};
  // Far beyond every range, as at an ordinary place, both must agree: noise may be large, too.
  constexpr mpfr_exp_t digits = 64;
  const Real difference = one - other;
  if (mpfr_get_exp(difference.backend().data()) > larger - digits) return {};
  if (std::min(exponent(high), exponent(low)) > overflowed) {
    return found(static_cast<long double>(sign) * std::numeric_limits<long double>::infinity());
  }
  return found(mpfr_get_ld(high, MPFR_RNDN));
}

/// Takes over what two more evaluations say, if the number is still open.
void settle(Exact& number, const Real& one, const Real& other, unsigned bits, bool stable) {
  if (number.resolved()) return;
  const Exact found = agreed(one, other, bits, stable);
  number.undefined = found.undefined;
  if (found.resolved()) number = found;
}

/// One output twice, with different noise; nothing where the interpreter declines, or where the
/// formula as it stands leaves MPFR's range of exponents.
template <class Evaluate>
auto both_ways(unsigned bits, bool stable, const Evaluate& evaluate) {
  const auto with_noise = [&](unsigned precision_bits, std::uint64_t noise) {
    const ir::Precision precision(precision_bits, noise);
    mpfr_clear_flags();
    auto result = evaluate();
    const bool out_of_range = mpfr_underflow_p() != 0 || mpfr_overflow_p() != 0;
    if (out_of_range && !stable) result = Error{"out of MPFR's range"};
    return result;
  };
  constexpr unsigned apart = 64;
  auto first = with_noise(bits, 0x5851f42d4c957f2d);
  auto second = first ? with_noise(bits + apart, 0x14057b7ef767814f) : first;
  return std::pair(std::move(first), std::move(second));
}

/// The numbers of an output of its own (the value of a loss without derivatives, a `grad` clause).
void resolve_output(const ir::Function& function, const ir::Output& output,
                    const ir::Example& example, bool stable, std::vector<Exact>& numbers) {
  for (Exact& number : numbers) number.wanted = true;
  for (const unsigned bits : rungs(stable)) {
    const auto done = [](const Exact& number) { return number.resolved(); };
    if (std::all_of(numbers.begin(), numbers.end(), done)) return;
    const auto [first, second] =
        both_ways(bits, stable, [&] { return ir::interpret(function, output, example); });
    if (!first || !second) return;
    for (std::size_t i = 0; i < numbers.size() && i < first->size(); ++i) {
      settle(numbers[i], (*first)[i], (*second)[i], bits, stable);
    }
  }
}

}  // namespace

Oracle::Oracle(const Subject& subject) : subject_(subject) {}

ir::Example Oracle::example(const Point& point) const {
  const ir::Precision precision(ladder.back());
  ir::Example result;
  result.sizes = point.extents;
  for (std::size_t i = 0; i < point.arrays.size(); ++i) {
    std::vector<Real>& values = result.arrays.emplace_back();
    if (is_bound(subject_, i)) {
      for (const ir::Number& x : subject_.binding.params.at(subject_.literal->arrays[i].name)) {
        values.push_back(real_of(x));
      }
      if (values.size() == 1)
        values.resize(elements(*subject_.literal, i, point.extents), values[0]);
    } else {
      for (const double x : point.arrays[i]) values.emplace_back(x);
    }
  }
  return result;
}

bool Oracle::allowed(const Point& point) const {
  if (subject_.literal->requirements.empty()) return true;
  const ir::Example at = example(point);
  const ir::Precision precision(ladder[1]);
  for (const ir::Requirement& requirement : subject_.literal->requirements) {
    const auto holds = ir::interpret_condition(*subject_.literal, requirement.condition, at);
    if (!holds || !*holds) return false;
  }
  return true;
}

std::vector<std::size_t> Oracle::chosen(const Point& point, std::size_t array) const {
  constexpr std::size_t most = 4;
  const std::size_t count = point.arrays[array].size();
  std::set<std::size_t> result;
  for (std::size_t i = 0; i < std::min(count, count <= most ? most : 2); ++i) result.insert(i);
  if (count > most) {
    result.insert({count / 2, count - 1});
    for (std::size_t i = 0; i < point.arrays.size(); ++i) {
      if (subject_.literal->arrays[i].domain != ir::Domain::class_) continue;
      for (const double label : point.arrays[i]) {
        if (label >= 0 && label < static_cast<double>(count) && result.size() < most) {
          result.insert(static_cast<std::size_t>(label));
        }
      }
    }
  }
  return {result.begin(), result.end()};
}

/// Value, gradient and Hessian diagonal by one array; null: not wanted, or given by a clause.
void Oracle::resolve_along(const ir::Function& function, const ir::Example& at, ir::ArrayId array,
                           std::vector<std::size_t> open, bool stable,
                           const Targets& targets) const {
  const ir::Output& output = *function.find(OutputKind::value);
  for (const std::size_t e : open) {
    if (targets.gradient != nullptr) (*targets.gradient)[e].wanted = true;
    if (targets.hessian != nullptr) (*targets.hessian)[e].wanted = true;
  }
  for (const unsigned bits : rungs(stable)) {
    std::erase_if(open, [&](std::size_t e) {
      return (targets.gradient == nullptr || (*targets.gradient)[e].resolved()) &&
             (targets.hessian == nullptr || (*targets.hessian)[e].resolved());
    });
    if (open.empty()) return;
    const auto [first, second] =
        both_ways(bits, stable, [&] { return ir::expansions(function, output, at, array, open); });
    if (!first || !second) return;
    for (std::size_t k = 0; k < open.size(); ++k) {
      const auto take = [&](Exact& number, Real ir::Expansion2::*part) {
        settle(number, (*first)[k].*part, (*second)[k].*part, bits, stable);
      };
      take(*targets.value, &ir::Expansion2::value);
      if (targets.gradient != nullptr) take((*targets.gradient)[open[k]], &ir::Expansion2::first);
      if (targets.hessian != nullptr) take((*targets.hessian)[open[k]], &ir::Expansion2::second);
    }
  }
}

void Oracle::resolve(const ir::Function& function, const ir::Example& at, const Point& point,
                     bool stable, Truth& truth) const {
  const auto numbers = [&](OutputKind kind, ir::ArrayId array) -> std::vector<Exact>* {
    for (std::size_t q = 0; q < subject_.quantities.size(); ++q) {
      const Quantity& candidate = subject_.quantities[q];
      if (candidate.kind == kind && candidate.array == array) return &truth[q];
    }
    return nullptr;
  };
  // What a clause of the source gives is an output of its own.
  const auto derived = [&](OutputKind kind, OutputKind given, ir::ArrayId array) {
    std::vector<Exact>* wanted = numbers(kind, array);
    const ir::Output* clause = function.find(given, array);
    if (wanted == nullptr || clause == nullptr) return wanted;
    resolve_output(function, *clause, at, stable, *wanted);
    return static_cast<std::vector<Exact>*>(nullptr);
  };
  for (std::size_t i = 0; i < point.arrays.size(); ++i) {
    const ir::ArrayId array{static_cast<std::uint16_t>(i)};
    const Targets targets{&truth[0][0],
                          derived(OutputKind::gradient, OutputKind::given_gradient, array),
                          derived(OutputKind::hessian, OutputKind::given_hessian, array)};
    if (targets.gradient == nullptr && targets.hessian == nullptr) continue;
    resolve_along(function, at, array, chosen(point, i), stable, targets);
  }
  resolve_output(function, *function.find(OutputKind::value), at, stable, truth[0]);
}

/// Every number is that of w·L; the weight is constant in every derivative.
void Oracle::weigh(const ir::Example& at, Truth& truth) const {
  const ir::Output* output = subject_.literal->find(OutputKind::weight);
  if (output == nullptr) return;
  std::vector<Exact> weight(1);
  resolve_output(*subject_.literal, *output, at, false, weight);
  for (std::vector<Exact>& numbers : truth) {
    for (Exact& number : numbers) {
      if (!weight[0].resolved()) {
        number.bits = 0;
      } else if (weight[0].value == 0) {
        number = {0, ladder[0], number.wanted, false};
      } else {
        number.value *= weight[0].value;
      }
    }
  }
}

Truth Oracle::truth(const Point& point) const {
  Truth result;
  for (const Quantity& quantity : subject_.quantities) {
    const bool scalar = quantity.kind == OutputKind::value;
    result.emplace_back(scalar ? 1 : point.arrays[quantity.array.index].size());
  }
  const ir::Example at = example(point);
  resolve(*subject_.literal, at, point, false, result);
  // What the formula as it stands cannot give, its stable form may.
  resolve(*subject_.stable, at, point, true, result);
  weigh(at, result);
  return result;
}

bool Oracle::defines_derivatives(const Point& point, const Truth& truth) const {
  const Exact& value = truth[0][0];
  if (value.resolved() ? std::isfinite(value.value) : !value.undefined) return true;
  for (const std::vector<double>& values : point.arrays) {
    for (const double x : values) {
      if (std::isinf(x)) return false;
    }
  }
  return true;
}

/// At the precision and rounding that hold where this is called.
Real Oracle::evaluated(const ir::Example& at, const Quantity& quantity, std::size_t element,
                       bool stable) const {
  const ir::Function& function = stable ? *subject_.stable : *subject_.literal;
  const ir::Output& value = *function.find(OutputKind::value);
  const auto picked = [](const Result<std::vector<Real>>& results, std::size_t i) {
    return results && i < results->size() ? (*results)[i] : Real(NAN);
  };
  const bool gradient = quantity.kind == OutputKind::gradient;
  if (quantity.kind == OutputKind::value) return picked(ir::interpret(function, value, at), 0);
  const OutputKind given = gradient ? OutputKind::given_gradient : OutputKind::given_hessian;
  if (const ir::Output* clause = function.find(given, quantity.array)) {
    return picked(ir::interpret(function, *clause, at), element);
  }
  const std::vector<std::size_t> one{element};
  return picked(gradient ? ir::derivatives(function, value, at, quantity.array, one)
                         : ir::second_derivatives(function, value, at, quantity.array, one),
                0);
}

Exact Oracle::number(const Point& point, const Quantity& quantity, std::size_t element,
                     const Exact& known) const {
  const ir::Example at = example(point);
  const auto [first, second] = both_ways(known.bits, known.from_stable, [&] {
    return Result<Real>(evaluated(at, quantity, element, known.from_stable));
  });
  if (!first || !second) return {};
  Truth result{{agreed(*first, *second, known.bits, known.from_stable)}};
  weigh(at, result);
  return result[0][0];
}

/// Bits that give the number without noise. Noise may leave it right where rounding to nearest
/// gives another: (1 - p)^g of a small g is 1 for any noise in 1 - p, and 0 if that is lost
/// altogether.
unsigned Oracle::precision_of(const Point& point, const Quantity& quantity, std::size_t element,
                              const Exact& exact) const {
  constexpr unsigned more = 192;
  const unsigned bits = exact.bits + more;
  const ir::Precision precision(bits);
  const ir::Example at = example(point);
  const Real again = evaluated(at, quantity, element, exact.from_stable);
  Truth weighted{{Exact{again.convert_to<long double>(), bits, true, exact.from_stable}}};
  weigh(at, weighted);
  const long double apart = std::fabs(weighted[0][0].value - exact.value);
  return apart <= 0x1p-32L * std::fabs(exact.value) ? bits : ladder.back() + more;
}

double Oracle::sensitivity(const Point& point, const Quantity& quantity, std::size_t element,
                           const Exact& exact) const {
  const ir::Precision precision(precision_of(point, quantity, element, exact));
  constexpr int step_exponent = -80;
  ir::Example at = example(point);
  const Real base = evaluated(at, quantity, element, exact.from_stable);
  Real sum = 0;
  for (std::size_t i = 0; i < point.arrays.size(); ++i) {
    if (!subject_.real[i] || is_bound(subject_, i)) continue;
    for (std::size_t k = 0; k < point.arrays[i].size(); ++k) {
      const double x = point.arrays[i][k];
      if (x == 0 || !std::isfinite(x)) continue;
      const Real before = at.arrays[i][k];
      at.arrays[i][k] += boost::multiprecision::ldexp(before, step_exponent);
      const Real moved = evaluated(at, quantity, element, exact.from_stable);
      const Real change = boost::multiprecision::abs(Real(moved - base));
      // A step of x 2^-80 changes the number by x ∂f/∂x 2^-80.
      if (!(boost::multiprecision::isnan)(change)) {
        sum += boost::multiprecision::ldexp(change, -step_exponent);
      }
      at.arrays[i][k] = before;
    }
  }
  Truth weighted{{Exact{sum.convert_to<long double>(), exact.bits, true, exact.from_stable}}};
  weigh(at, weighted);
  return static_cast<double>(std::fabs(weighted[0][0].value));
}

}  // namespace lossc::verify
