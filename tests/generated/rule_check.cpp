// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/generated/rule_check.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "compiler/ir/formula_functions.h"

namespace lossc::stabilise {

using ir::Formula;
using ir::Function;
using ir::Real;

namespace {

/// Beyond it an exponential may be out of the range of any arithmetic.
constexpr double moderate = 1e6;

/// Whether every part is within range: what an overflow gives is no evidence.
bool representable(const Function& function, ir::ExprId root, const ir::Example& example) {
  for (const ir::ExprId node : function.graph.reachable({&root, 1})) {
    if (function.graph.is_bool(node)) continue;
    const Real value = value_of(function, node, example);
    if (value == 0 || !isfinite(value)) return false;
  }
  return true;
}

bool inside(const Samples& samples, double x) {
  if (samples.integer && x != 0 && x != 1) return false;
  const ir::Bounds& bounds = samples.bounds;
  // A half line is open at 0; the unit interval and what ends elsewhere are closed.
  const bool half_line = std::isinf(bounds.low) != std::isinf(bounds.high);
  if (half_line && x == 0 && (bounds.low == 0 || bounds.high == 0)) return false;
  return x >= bounds.low && x <= bounds.high;
}

std::vector<double> kept(const Samples& samples, std::vector<double> candidates) {
  candidates.push_back(samples.bounds.low);
  candidates.push_back(samples.bounds.high);
  std::vector<double> result;
  for (const double x : candidates) {
    if (std::isfinite(x) && inside(samples, x)) result.push_back(x);
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

/// Exponentials cancel: 1 − exp(-700) loses 1,010 bits. The gamma and normal families take tenths
/// of a second with so many bits; there the tails that are less than 2^-500 are equal to nothing.
constexpr unsigned most_bits = 4096;
constexpr unsigned fewer_bits = 1024;

bool names_one_of(const Formula& formula, std::span<const std::string_view> parts) {
  const Formula::Tree& tree = formula.tree();
  if (tree.kind == Formula::Kind::call) {
    const std::string_view name = ir::info(tree.builtin).name;
    for (const std::string_view part : parts) {
      if (name.find(part) != std::string_view::npos) return true;
    }
  }
  return std::any_of(tree.operands.begin(), tree.operands.end(),
                     [&](const Formula& operand) { return names_one_of(operand, parts); });
}

constexpr std::array<std::string_view, 3> gamma_family = {"gamma", "beta", "binomial"};
constexpr std::array<std::string_view, 2> normal_family = {"erf", "normal"};

/// Every third of the points, with the first and the last.
std::vector<double> thinned(const std::vector<double>& all) {
  std::vector<double> result;
  for (std::size_t i = 0; i < all.size(); i += 3) result.push_back(all[i]);
  if (all.size() % 3 != 1 && !all.empty()) result.push_back(all.back());
  return result;
}

}  // namespace

bool agree(const Real& a, const Real& b, unsigned bits) {
  if (a == b) return true;
  if (!isfinite(a) || !isfinite(b)) return false;
  const Real difference = abs(a - b);
  const Real size = abs(a) < abs(b) ? abs(b) : abs(a);
  return difference <= ldexp(size, -200) ||
         difference <= ldexp(Real(1), -static_cast<int>(bits) + 500);
}

Function function_of(const std::vector<std::pair<std::string, ir::Domain>>& scalars) {
  Function function;
  function.name = "both_sides";
  for (const auto& [name, domain] : scalars) {
    ir::Array array;
    array.name = name;
    array.domain = domain;
    function.arrays.push_back(array);
  }
  return function;
}

Real value_of(const Function& function, ir::ExprId root, const ir::Example& example) {
  const auto values = interpret(function, {ir::OutputKind::value, {}, {}, root}, example);
  EXPECT_TRUE(values.ok()) << values.error().message;
  return values.ok() ? values.value().at(0) : Real(0);
}

std::vector<double> points(const Samples& samples) {
  return kept(samples,
              {-1e30,   -1e4,        -700.5, -40,   -9.5,  -2,   -1,    -0.75, -1e-3, -1e-30,
               -1e-310, 0,           1e-310, 1e-30, 1e-3,  0.25, 0.5,   0.75,  0.999, 1 - 0x1p-53,
               1,       1 + 0x1p-52, 1.5,    3,     11.25, 40,   700.5, 1e4,   1e30});
}

std::vector<double> dense_points(const Samples& samples) {
  std::mt19937_64 random(20240615);
  std::normal_distribution<double> normal(0, 3);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<double> candidates = {0.3141, 0.77, 0.9, -0.31, -0.01, 2.7, -2.7};
  for (int i = 0; i < 20; ++i) candidates.push_back(normal(random));
  for (int i = 0; i < 10; ++i) candidates.push_back(unit(random));
  return kept(samples, candidates);
}

RuleCheck check_rule(const Rule& rule, std::vector<double> (*sampled)(const Samples&)) {
  const bool gamma = names_one_of(rule.left - rule.right, gamma_family);
  const bool slow = gamma || names_one_of(rule.left - rule.right, normal_family);
  const unsigned bits = slow ? fewer_bits : most_bits;
  const ir::Precision precision(bits);
  Function function = function_of({{"x", ir::Domain::real}, {"y", ir::Domain::real}});
  const std::vector<ir::ExprId> arguments{function.graph.load({0}, {}),
                                          function.graph.load({1}, {})};
  const ir::ExprId a = instantiated(function.graph, rule.left, arguments);
  const ir::ExprId b = instantiated(function.graph, rule.right, arguments);
  std::optional<ir::ExprId> where;
  if (rule.where) {
    const Formula as_number = choose(rule.where, Formula(1), Formula(0));
    where = instantiated(function.graph, as_number, arguments);
  }
  const bool two = rule.domains.size() > 1;
  std::vector<double> xs = sampled(rule.domains[0]);
  std::vector<double> ys = two ? sampled(rule.domains[1]) : std::vector<double>{1};
  if (gamma) {
    const auto subnormal = [](double x) { return x != 0 && std::abs(x) < 1e-100; };
    std::erase_if(xs, subnormal);
    std::erase_if(ys, subnormal);
  }
  if (slow && two) xs = thinned(xs);
  if (slow && two) ys = thinned(ys);
  RuleCheck result;
  for (const double x : xs) {
    for (const double y : ys) {
      const ir::Example example{{}, {{Real(x)}, {Real(y)}}};
      if (where && value_of(function, *where, example) == 0) continue;
      const bool huge = std::abs(x) > moderate || std::abs(y) > moderate;
      if (huge && !(representable(function, a, example) && representable(function, b, example))) {
        continue;
      }
      const Real left = value_of(function, a, example);
      const Real right = value_of(function, b, example);
      ++result.points;
      if (agree(left, right, bits)) continue;
      result.difference = "at x = " + std::to_string(x) + ", y = " + std::to_string(y) + ": " +
                          left.str(20) + " and " + right.str(20);
      return result;
    }
  }
  return result;
}

}  // namespace lossc::stabilise
