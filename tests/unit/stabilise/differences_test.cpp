// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Differences that vanish, in the disguises that authors write them in: each must become the
// primitive that keeps its digits.
#include "compiler/ir/builtins.h"
#include "compiler/ir/formula_functions.h"
#include "compiler/ir/text.h"
#include "compiler/stabilise/stabilise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lossc::stabilise {
namespace {

using ir::Domain;
using ir::ExprId;
using ir::Formula;
using ir::Function;
using ir::ratio;

const Formula x = Formula::variable(0);  // real
const Formula a = Formula::variable(1);  // positive
const Formula b = Formula::variable(2);  // positive
const Formula p = Formula::variable(3);  // probabilities
const Formula q = Formula::variable(4);
const Formula n = Formula::variable(5);  // a count

Function function_of(const Formula& formula) {
  Function function;
  function.name = "f";
  function.module = "test";
  std::vector<ExprId> loads;
  for (const auto& [name, domain] :
       {std::pair("x", Domain::real), std::pair("a", Domain::positive),
        std::pair("b", Domain::positive), std::pair("p", Domain::probability),
        std::pair("q", Domain::probability), std::pair("n", Domain::count)}) {
    ir::Array array;
    array.name = name;
    array.domain = domain;
    const auto id = static_cast<std::uint16_t>(function.arrays.size());
    function.arrays.push_back(array);
    loads.push_back(function.graph.load({id}, {}));
  }
  const ExprId root = instantiated(function.graph, formula, loads);
  function.outputs.push_back({ir::OutputKind::value, {}, {}, root});
  return function;
}

/// The terms of the value, sorted: their order is that in which they were made.
std::vector<std::string> terms_of(const Function& function) {
  const Function normal = ir::normalised(function);
  const std::string text = infix(normal, normal.outputs[0].root);
  std::vector<std::string> terms;
  int depth = 0;
  for (std::size_t i = 0, start = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    const bool apart = depth == 0 && (i == text.size() || text.compare(i, 3, " + ") == 0);
    if (!apart) continue;
    terms.push_back(text.substr(start, i - start));
    start = i + 3;
  }
  std::sort(terms.begin(), terms.end());
  return terms;
}

void expect_becomes(const Formula& naive, const Formula& stable) {
  EXPECT_EQ(terms_of(stabilised(function_of(naive))), terms_of(function_of(stable)))
      << naive.text();
}

TEST(Differences, Deviances) {
  using ir::bd0;
  using ir::log;
  const Formula deviance = bd0(a, b);
  expect_becomes(a * log(a / b) - a + b, deviance);
  expect_becomes(a * log(a) - a * log(b) - a + b, deviance);
  expect_becomes(b - a * (log(b) - log(a)) - a, deviance);
  expect_becomes(2 * (a * log(a / b) - (a - b)), 2 * deviance);
  expect_becomes(a / b - log(a / b) - 1, bd0(1, a / b));
  expect_becomes(log(b / a) + (a - b) / b, bd0(1, a / b));
  expect_becomes(a * log(a) - a + 1, bd0(a, 1));
  expect_becomes(a - 1 - log(a), bd0(1, a));
  expect_becomes((pow(a, 2) - 1) / 2 - log(a), ir::bd0_square(a) / 2);
  expect_becomes(log(b / a) + pow(a / b, 2) / 2 - ratio(1, 2), ir::bd0_square(a / b) / 2);
}

TEST(Differences, DivergencesOfTwoSides) {
  using ir::bd0;
  using ir::bd0_complement;
  using ir::log;
  const Formula divergence = bd0_complement(p, q) + bd0(p, q);
  expect_becomes(p * log(p / q) + (1 - p) * log((1 - p) / (1 - q)), divergence);
  expect_becomes(p * (log(p) - log(q)) + (1 - p) * (ir::log1p(-p) - ir::log1p(-q)), divergence);
  const Formula mean = (a + b) / 2;
  expect_becomes(a * log(a / mean) + b * log(b / mean), bd0(b, mean) + bd0(a, mean));
}

TEST(Differences, WhatDoesNotVanishStays) {
  using ir::log;
  expect_becomes(a - n * log(a), a - n * log(a));
  expect_becomes(a * log(a) - a, a * log(a) - a);
}

TEST(Differences, Quotients) {
  using ir::exp;
  using ir::sin;
  expect_becomes((exp(x) - 1) / x, ir::exprel(x));
  expect_becomes(x / (exp(x) - 1), ir::over_expm1(x));
  expect_becomes((1 - exp(-x)) / x, ir::exprel(-x));
  expect_becomes((1 - exp(-x * a)) / a, x * ir::exprel(-x * a));
  expect_becomes(sin(x) / x, ir::sinc(x));
  expect_becomes(x / sin(x), 1 / ir::sinc(x));
  expect_becomes((1 - ir::cos(x)) / pow(x, 2), pow(ir::sinc(x / 2), 2) / 2);
  expect_becomes(ir::tanh(x) / x, ir::tanhc(x));
  expect_becomes(ir::log(1 + a) / a, ir::log1pc(a));
  expect_becomes((pow(a, x) - 1) / x, ir::boxcox(a, x));
  expect_becomes((1 - pow(p, a)) / a, -ir::boxcox(p, a));
}

TEST(Differences, Residuals) {
  using ir::log;
  using ir::softplus;
  expect_becomes(x - ir::sin(x), -ir::sin_residual(x));
  expect_becomes(ir::tanh(x) - x, ir::tanh_residual(x));
  expect_becomes(a * ir::abs(x) - pow(a, 2) * log(1 + ir::abs(x) / a),
                 -pow(a, 2) * ir::log1pmx(ir::abs(x) / a));
  expect_becomes(x + softplus(-2 * x) - log(2), ir::logcosh(-x));
  expect_becomes(ir::exp(x) - n,
                 choose(less(ir::abs(n - 1), ratio(1, 2)), ir::expm1(x) + (1 - n), ir::exp(x) - n));
}

TEST(Differences, Squares) {
  expect_becomes(pow(x, 2) - 2 * x * a + pow(a, 2), pow(a - x, 2));
  expect_becomes(4 * pow(x, 2) - 4 * x + 1, pow(1 - 2 * x, 2));
  expect_becomes(a + b - 2 * ir::sqrt(a * b), pow(ir::sqrt(b) - ir::sqrt(a), 2));
}

TEST(Differences, WhatDerivativesLeave) {
  expect_becomes(1 / a - (a - b) / pow(a, 2), b / pow(a, 2));
  expect_becomes(x * (1 - p) + x * p, x);
  expect_becomes(1 / (1 - p) - 1 / (1 + p), 2 * p / ((1 - p) * (1 + p)));
}

TEST(Differences, InverseHyperbolicFunctions) {
  using ir::log;
  expect_becomes(log((1 + x) / (1 - x)) / 2, ir::atanh(x));
  expect_becomes(ir::log1p(p) - ir::log1p(-p), 2 * ir::atanh(p));
  // Of a probability, 2p - 1 would lose the digits of p.
  expect_becomes(log(p / (1 - p)), log(p) - ir::log1p(-p));
}

}  // namespace
}  // namespace lossc::stabilise
