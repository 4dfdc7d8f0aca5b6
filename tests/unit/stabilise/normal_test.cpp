// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the pass makes of the normal distribution in its many spellings, by infix text.
#include <gtest/gtest.h>

#include "compiler/ir/formula_functions.h"
#include "compiler/ir/text.h"
#include "compiler/stabilise/stabilise.h"

namespace lossc::stabilise {
namespace {

using ir::Domain;
using ir::erf;
using ir::erfc;
using ir::exp;
using ir::ExprId;
using ir::Formula;
using ir::Function;
using ir::log;
using ir::normal_cdf;
using ir::ratio;
using ir::sqrt;

const Formula x = Formula::variable(0);
const Formula y = Formula::variable(1);
const Formula s = Formula::variable(2);
const Formula pi = ir::pi_formula();

/// x, y real; s positive.
Function function_of(const Formula& formula) {
  Function function;
  function.name = "f";
  function.module = "test";
  for (const char* name : {"x", "y", "s"}) {
    ir::Array array;
    array.name = name;
    array.domain = *name == 's' ? Domain::positive : Domain::real;
    function.arrays.push_back(array);
  }
  std::vector<ExprId> loads;
  for (std::uint16_t i = 0; i < 3; ++i) loads.push_back(function.graph.load({i}, {}));
  const ExprId root = instantiated(function.graph, formula, loads);
  function.outputs.push_back({ir::OutputKind::value, {}, {}, root});
  return function;
}

std::string text_of(const Function& function) {
  const Function normal = ir::normalised(function);
  return infix(normal, normal.outputs[0].root);
}

void expect_becomes(const Formula& naive, const Formula& stable) {
  const Function result = stabilised(function_of(naive));
  EXPECT_EQ(violation(result).value_or(""), "");
  EXPECT_EQ(text_of(result), text_of(function_of(stable))) << naive.text();
}

/// That it is a multiple of `wanted`, or that and a number, with no density and no distribution
/// left; √(2π) is written in more ways than one.
void expect_finds(const Formula& naive, const Formula& wanted) {
  const std::string text = text_of(stabilised(function_of(naive)));
  EXPECT_NE(text.find(text_of(function_of(wanted))), std::string::npos) << text;
  for (const char* left : {"exp(", "erf(", "erfc(", "normal_cdf("}) {
    EXPECT_EQ(text.find(left), std::string::npos) << text;
  }
}

const Formula z = (x - y) / s;

/// 1/√(2π)·exp(−z²/2) and Φ(z), as they are written.
std::vector<Formula> densities(const Formula& at) {
  return {exp(-(at * at) / 2) / sqrt(2 * pi), exp(-pow(at, 2) / 2) / (sqrt(2) * sqrt(pi)),
          exp(-pow(at, 2) / 2 - log(2 * pi) / 2), pow(2 * pi, ratio(-1, 2)) * exp(at * (at / -2)),
          exp(-(log(2) + log(pi) + at * at) / 2)};
}
std::vector<Formula> distributions(const Formula& at) {
  return {normal_cdf(at),          (1 + erf(at / sqrt(2))) / 2,
          erfc(-at / sqrt(2)) / 2, ratio(1, 2) + erf(at / sqrt(2)) / 2,
          1 - normal_cdf(-at),     1 - erfc(at * sqrt(ratio(1, 2))) / 2};
}

TEST(StabiliseNormal, ExpectedImprovement) {
  for (const Formula& density : densities(z)) {
    for (const Formula& distribution : distributions(z)) {
      expect_becomes(z * distribution + density, normal_cdf_integral(z));
      expect_becomes(s * density + (x - y) * distribution, expected_improvement(x - y, s));
      expect_becomes(log(s * (distribution * z + density)), log_expected_improvement(x - y, s));
    }
  }
  expect_becomes(densities(x)[0] - x * normal_cdf(-x), normal_cdf_integral(-x));
}

TEST(StabiliseNormal, AnotherFactorIsNoImprovement) {
  const Formula other = 2 * x * normal_cdf(x) + exp(-pow(x, 2) / 2) / sqrt(2 * pi);
  expect_becomes(other, other);
  const Formula nearly = x * normal_cdf(x) + exp(-pow(x, 2) / 2) * ratio(3989422804, 10000000000);
  expect_becomes(nearly, nearly);
}

TEST(StabiliseNormal, Hazards) {
  for (const Formula& density : densities(x)) {
    for (const Formula& distribution : distributions(x)) {
      expect_finds(density / distribution, normal_hazard(x));
      expect_finds(distribution / density, erfcx(-x / sqrt(2)));
      const Formula hazard = density / distribution;
      expect_finds(hazard + x, positive_normal_mean(x));
      expect_finds(hazard * (hazard + x), normal_hazard_slope(x));
      expect_finds(1 - hazard * hazard - x * hazard, positive_normal_variance(x));
      expect_finds(log(hazard), log_erfcx(-x / sqrt(2)));
    }
  }
}

TEST(StabiliseNormal, DensityTimesTwoTails) {
  expect_becomes(exp(-x * x / 2) / pow(normal_cdf(x), 2),
                 sqrt(2 * pi) * normal_hazard(x) / normal_cdf(x));
  expect_becomes(exp(-x * x / 2 - y * y / 2) / (normal_cdf(x) * normal_cdf(y)),
                 2 * pi * normal_hazard(x) * normal_hazard(y));
}

TEST(StabiliseNormal, Intervals) {
  expect_becomes(normal_cdf(x) - normal_cdf(y), normal_interval(x, y));
  expect_becomes(s * normal_cdf(x) - normal_cdf(y) * s, s * normal_interval(x, y));
  expect_becomes(erf(x) - erf(y), 2 * normal_interval(sqrt(2) * x, sqrt(2) * y));
  expect_becomes(log(distributions(x)[1] - distributions(y)[2]), log_normal_interval(x, y));
  expect_becomes(1 - normal_cdf(x) - normal_cdf(y), normal_interval(-x, y));
  expect_becomes(normal_interval_hazard(x, y) * s + s * normal_interval_hazard(y, x),
                 -s * normal_interval_mean(x, y));
}

TEST(StabiliseNormal, Centred) {
  expect_becomes(2 * normal_cdf(x) - 1, erf(x / sqrt(2)));
  expect_becomes(2 - erfc(x), erfc(-x));
  expect_becomes(normal_cdf(x) - normal_cdf(-x), erf(x / sqrt(2)));
}

/// exp(q)·erfc(u) of a normal variable and an exponential one.
TEST(StabiliseNormal, ModifiedGaussian) {
  const Formula u = (x + s * y * y) / (sqrt(2) * y);
  const std::vector<Formula> exponents = {s / 2 * (2 * x + s * y * y), s * x + pow(s * y, 2) / 2,
                                          s * (x + s * y * y / 2)};
  for (const Formula& q : exponents) {
    const std::string text = text_of(stabilised(function_of(exp(q) * erfc(u))));
    EXPECT_NE(text.find("erfcx"), std::string::npos) << text;
    const std::string log_text = text_of(stabilised(function_of(q + log(erfc(u)))));
    EXPECT_NE(log_text.find("log_erfcx"), std::string::npos) << log_text;
  }
  const Formula other = exp(2 * s * x + pow(s * y, 2) / 2) * erfc(u);
  EXPECT_EQ(text_of(stabilised(function_of(other))).find("erfcx"), std::string::npos);
}

}  // namespace
}  // namespace lossc::stabilise
