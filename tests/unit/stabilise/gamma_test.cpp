// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of log Γ and its derivatives: which become differences, beta functions, binomial
// coefficients, in any order and disguise, and which do not.
#include <gtest/gtest.h>

#include <array>

#include "compiler/ir/formula_functions.h"
#include "compiler/ir/text.h"
#include "compiler/stabilise/stabilise.h"

namespace lossc::stabilise {
namespace {

using ir::digamma;
using ir::Domain;
using ir::ExprId;
using ir::Formula;
using ir::Function;
using ir::lgamma;
using ir::log;
using ir::OutputKind;

/// x, y positive; n, k counts; z real.
const Formula x = Formula::variable(0);
const Formula y = Formula::variable(1);
const Formula n = Formula::variable(2);
const Formula k = Formula::variable(3);
const Formula z = Formula::variable(4);

Function function_of(const Formula& formula) {
  constexpr std::array domains{Domain::positive, Domain::positive, Domain::count, Domain::count,
                               Domain::real};
  Function function;
  function.name = "f";
  function.module = "test";
  std::vector<ExprId> loads;
  for (std::uint16_t i = 0; i < domains.size(); ++i) {
    ir::Array array;
    array.name = std::string(1, "xynkz"[i]);
    array.domain = domains[i];
    function.arrays.push_back(array);
  }
  for (std::uint16_t i = 0; i < domains.size(); ++i) loads.push_back(function.graph.load({i}, {}));
  const ExprId root = instantiated(function.graph, formula, loads);
  function.outputs.push_back({OutputKind::value, {}, {}, root});
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

void expect_stays(const Formula& formula) { expect_becomes(formula, formula); }

TEST(Gammas, DifferencesOfLogGamma) {
  const Formula rising = ir::lgamma_diff(x, y);
  expect_becomes(lgamma(x + y) - lgamma(x), rising);
  expect_becomes(lgamma(x) - lgamma(y + x), -rising);
  expect_becomes(3 * lgamma(y + x) + z - 3 * lgamma(x), 3 * rising + z);
  expect_becomes(z * lgamma(x + y) - z * lgamma(x), z * rising);
  expect_becomes(lgamma((x + 1) / 2) - lgamma(x / 2), ir::lgamma_diff(x / 2, ir::ratio(1, 2)));
  expect_becomes(lgamma(x + 1) - lgamma(x + k), ir::lgamma_diff(x + k, 1 - k));
}

TEST(Gammas, DifferencesOfItsDerivatives) {
  expect_becomes(digamma(x + 1) - digamma(x), ir::digamma_diff(x, 1));
  expect_becomes(digamma(y) - digamma(x + y), -ir::digamma_diff(y, x));
  expect_becomes(ir::trigamma(x + n) - ir::trigamma(x), ir::trigamma_diff(x, n));
}

TEST(Gammas, NothingInCommonOrMaybeNegative) {
  expect_stays(lgamma(x) - lgamma(y));
  expect_stays(lgamma(x + y) + lgamma(x));
  expect_stays(lgamma(x + y) - 2 * lgamma(x));
  expect_stays(lgamma(z + 1) - lgamma(z));
  expect_stays(lgamma(2 * x) - lgamma(x));
}

TEST(Gammas, BetaFunctions) {
  const Formula beta = ir::lbeta(x, y);
  expect_becomes(lgamma(x) + lgamma(y) - lgamma(x + y), beta);
  expect_becomes(lgamma(y + x) - lgamma(y) - lgamma(x), -beta);
  expect_becomes(z - (lgamma(x + y) - (lgamma(x) + lgamma(y))) + k, z + beta + k);
  // Against another beta function they are rather pairs: what they have in common cancels.
  expect_becomes(
      lgamma(x + k) + lgamma(y + n) - lgamma(x + y + k + n) + lgamma(x + y) - lgamma(x) - lgamma(y),
      ir::lgamma_diff(x, k) + ir::lgamma_diff(y, n) - ir::lgamma_diff(x + y, k + n));
}

TEST(Gammas, BinomialCoefficients) {
  expect_becomes(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1), ir::log_binomial(k, n - k));
  expect_becomes(lgamma(n - k + 1) + lgamma(1 + k) - lgamma(n + 1), -ir::log_binomial(n - k, k));
  expect_becomes(lgamma(n + k + 1) - lgamma(k + 1) - lgamma(n + 1), ir::log_binomial(k, n));
}

TEST(Gammas, BetaBinomialIsMadeOfDifferences) {
  expect_becomes(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + lgamma(k + x) +
                     lgamma(n - k + y) - lgamma(n + x + y) + lgamma(x + y) - lgamma(x) - lgamma(y),
                 ir::log_binomial(k, n - k) + ir::lgamma_diff(x, k) + ir::lgamma_diff(y, n - k) -
                     ir::lgamma_diff(x + y, n));
}

TEST(Gammas, GrowthThatCancels) {
  const Formula below_1 = less(x, 1);
  expect_becomes(lgamma(x + k) - lgamma(x) - k * log(x + y),
                 ir::lgamma_rise(x, k) - k * choose(below_1, log(x + y), ir::log1p_ratio(y, x)));
  expect_becomes(lgamma(x + k) - lgamma(x) + k * log(y / (x + y)),
                 ir::lgamma_rise(x, k) -
                     k * choose(below_1, ir::log1p_ratio(x, y), ir::log1p_ratio(y, x) - log(y)));
  expect_becomes(
      k * (log(y) - log(x + y)) + lgamma(x + k) - lgamma(x),
      k * (log(y) - choose(below_1, log(x + y), ir::log1p_ratio(y, x))) + ir::lgamma_rise(x, k));
  expect_becomes(lgamma(x + ir::ratio(1, 2)) - lgamma(x) - log(3 * x) / 2,
                 ir::lgamma_rise(x, ir::ratio(1, 2)) - log(choose(below_1, 3 * x, 3)) / 2);
}

TEST(Gammas, ShareOfALogarithm) {
  expect_becomes(ir::log1p_ratio(x, y) - x / (x + y), -ir::log1pmx(-(x / (x + y))));
}

}  // namespace
}  // namespace lossc::stabilise
