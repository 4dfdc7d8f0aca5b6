// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/generated/builtin_review.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "compiler/ir/interpreter_special.h"
#include "compiler/ir/rational.h"

namespace lossc::ir {
namespace {

Float of(const Number& number) {
  if (!number.finite()) return Float(number.to_double());
  const Rational rational = number.rational();
  Float result;
  mpfr_set_q(result.get(), rational.backend().data(), MPFR_RNDN);
  return result;
}

}  // namespace

Float evaluated(const Formula& formula, const Point& at) {
  const Formula::Tree& tree = formula.tree();
  std::vector<Float> operands;
  for (const Formula& operand : tree.operands) operands.push_back(evaluated(operand, at));
  switch (tree.kind) {
    case Formula::Kind::none:
      break;
    case Formula::Kind::variable:
      return at.at(static_cast<std::size_t>(tree.variable));
    case Formula::Kind::constant:
      return of(tree.constant);
    case Formula::Kind::pi:
      return special::pi();
    case Formula::Kind::add:
      return operands[0] + operands[1];
    case Formula::Kind::mul:
      return product(operands[0], operands[1]);
    case Formula::Kind::power:
      return special::power(operands[0], of(tree.constant));
    case Formula::Kind::less:
      return Float(operands[0] < operands[1] ? 1 : 0);
    case Formula::Kind::select:
      return operands[0].is_zero() ? operands[2] : operands[1];
    case Formula::Kind::call: {
      const BuiltinInfo& row = info(tree.builtin);
      if (row.composed) return evaluated(row.means, operands);
      std::vector<const Float*> arguments;
      for (const Float& operand : operands) arguments.push_back(&operand);
      return expansion(tree.builtin, arguments, 0).value;
    }
  }
  ADD_FAILURE() << "an empty formula";
  return Float::nan();
}

Expansion expanded(Builtin builtin, const Point& at) {
  std::vector<const Float*> arguments;
  for (const Float& argument : at) arguments.push_back(&argument);
  return expansion(builtin, arguments, 2);
}

bool close(const Float& a, const Float& b, long bits) {
  if (a == b) return true;
  if (a.is_nan() || b.is_nan()) return a.is_nan() && b.is_nan();
  const Float difference = a - b;
  return difference.exponent() < std::max(a.exponent(), b.exponent()) - bits ||
         difference.exponent() < -2 * bits;
}

namespace {

/// One coordinate: ordinary points, tiny and large ones, none of them a kink.
std::vector<double> coordinates(const Bounds& domain) {
  std::vector<double> result;
  std::mt19937_64 random(20240611);
  std::normal_distribution<double> normal(0, 4);
  for (const double size : {1e-9, 1e-4, 0.013, 0.11, 0.31, 0.52, 0.73, 0.94, 0.9999, 1.1,
                            1.6,  2.3,  3.2,   4.7,  7.1,  11.3, 17.9, 33.3, 60.1,   90.7}) {
    result.push_back(size);
    result.push_back(-size);
    result.push_back(1 + size);
  }
  for (int i = 0; i < 120; ++i) result.push_back(normal(random));
  if (std::isfinite(domain.low) && std::isfinite(domain.high)) {
    for (int i = 1; i < 60; ++i) {
      result.push_back(domain.low + (domain.high - domain.low) * i / 60.3);
    }
  }
  std::erase_if(result, [&](double x) { return !(domain.low < x && x < domain.high); });
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

/// Two arguments of the gamma family cost milliseconds a point at this precision.
static bool is_costly(const BuiltinInfo& row) {
  return row.arity == 2 && (row.name.find("gamma") != std::string_view::npos ||
                            row.name == "lbeta" || row.name == "log_binomial");
}

std::vector<Point> points(const BuiltinInfo& row) {
  std::vector<double> xs = coordinates(row.domain);
  // With other arguments beside it, fewer: some functions take a tenth of a second at this
  // precision.
  if (row.arity > 1) {
    std::size_t next = 0;
    std::erase_if(xs, [&](double) { return next++ % 3 != 0; });
  }
  std::vector<Point> result;
  for (std::size_t i = 0; i < xs.size(); i += is_costly(row) ? 2 : 1) {
    const double x = xs[i];
    if (row.arity == 1) {
      result.push_back({Float(x)});
      continue;
    }
    for (const double y : {-2.7, -0.37, 1e-7, 0.45, 1.3, 2.9}) {
      if (row.name == "lbeta" && y < 0) continue;
      if (row.name == "pow" && x < 0) continue;
      if (row.name == "xlogy" && y < 0) continue;
      if (row.name == "log_ratio" && y < 0) continue;
      if (row.name == "log1p_ratio" && y < 0) continue;
      if (row.name == "log_normal_interval" && x <= y) continue;
      if (row.name == "log_expected_improvement" && y < 0) continue;
      if (row.name == "bd0" && y < 0) continue;
      // A second probability.
      const double second = row.name == "bd0_complement" ? std::abs(y) / 3 : y;
      result.push_back({Float(x), Float(second), Float(y + 1)});
      result.back().resize(static_cast<std::size_t>(row.arity), Float());
    }
  }
  return result;
}

std::string shown(const Point& at) {
  std::string text;
  for (const Float& x : at) text += " " + std::to_string(x.to_double());
  return text;
}

namespace {

Float value(Builtin builtin, const BuiltinInfo& row, const Point& at) {
  return row.composed ? evaluated(row.means, at) : expanded(builtin, at).value;
}

/// ∂/∂(argument i) by a central difference: its error is about h² f‴.
Float slope(Builtin builtin, const BuiltinInfo& row, const Point& at, std::size_t i) {
  Float h;
  mpfr_set_si_2exp(h.get(), 1, -180, MPFR_RNDN);
  Point above = at;
  Point below = at;
  above[i] += h;
  below[i] -= h;
  return (value(builtin, row, above) - value(builtin, row, below)) / (h + h);
}

class Review {
 public:
  Review(Builtin builtin, const BuiltinInfo& row, bool first)
      : builtin_(builtin), row_(row), first_(first) {}

  std::vector<std::string> faults() {
    const WorkingPrecision guard(review_precision);
    const Float* previous = nullptr;
    Float last;
    for (const Point& at : points(row_)) {
      const Float here = value(builtin_, row_, at);
      if (here.is_nan()) report("is NaN in its domain", at);
      if (!row_.composed && row_.means && !close(evaluated(row_.means, at), here, 300)) {
        report("does not mean " + row_.means.text(), at);
      }
      check_partials(at);
      if (!row_.composed && row_.partials.empty()) check_constancy(at);
      check_range(here, at);
      check_parity(here, at);
      if (row_.arity == 1 && previous != nullptr) check_trend(last, here, at);
      if (first_ && !faults_.empty()) break;
      last = here;
      previous = &last;
    }
    return faults_;
  }

 private:
  void check_partials(const Point& at) {
    if (is_given(builtin_)) return;  // not the slopes of their values, on purpose
    for (std::size_t i = 0; i < row_.partials.size(); ++i) {
      if (row_.partials[i].text() == "nan") continue;  // known not to be known
      // Near y = 0 the partial of boxcox by y is a series that serves double precision.
      const bool series = row_.name == "boxcox" && i == 1;
      const Float partial = evaluated(row_.partials[i], at);
      if (!close(partial, slope(builtin_, row_, at, i), series ? 55 : 120)) {
        report("has not the partial " + row_.partials[i].text(), at);
      }
      if (!close(partial, expanded(builtin_, at).first[i], series ? 55 : 300)) {
        report("is expanded with another partial than " + row_.partials[i].text(), at);
      }
    }
  }

  void check_constancy(const Point& at) {
    if (is_identity(builtin_)) return;
    if (!slope(builtin_, row_, at, 0).is_zero()) report("is not locally constant", at);
  }

  // Near 1 a probability may be 1 − 2^-900: the ends of a range are in it.
  void check_range(const Float& here, const Point& at) {
    if (here < Float(row_.range.low) || Float(row_.range.high) < here) {
      report("is outside its range", at);
    }
    if (row_.integer && !here.is_integer()) report("is not whole", at);
  }

  void check_parity(const Float& here, const Point& at) {
    if (row_.parity == Parity::none) return;
    Point mirrored = at;
    mirrored[0] = -at[0];
    const Float there = value(builtin_, row_, mirrored);
    if (!close(row_.parity == Parity::even ? there : -there, here, 300)) {
      report("has not its parity", at);
    }
  }

  void check_trend(const Float& before, const Float& here, const Point& at) {
    if (row_.trend == Trend::increasing && here < before) report("does not increase", at);
    if (row_.trend == Trend::decreasing && before < here) report("does not decrease", at);
  }

  void report(const std::string& what, const Point& at) {
    faults_.push_back(std::string(row_.name) + " " + what + " at" + shown(at));
  }

  Builtin builtin_;
  const BuiltinInfo& row_;
  bool first_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> faults_of(Builtin builtin, const BuiltinInfo& row, bool first) {
  return Review(builtin, row, first).faults();
}

}  // namespace lossc::ir
