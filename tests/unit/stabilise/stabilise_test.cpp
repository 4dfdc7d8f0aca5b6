// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the pass makes of single formulas, by infix text, and its trace.
#include "compiler/stabilise/stabilise.h"
#include "compiler/ir/builtins.h"

#include <gtest/gtest.h>

#include <array>

#include "compiler/ir/formula_functions.h"
#include "compiler/ir/text.h"

namespace lossc::stabilise {
namespace {

using ir::Domain;
using ir::ExprId;
using ir::Formula;
using ir::Function;
using ir::OutputKind;

const Formula x = Formula::variable(0);
const Formula y = Formula::variable(1);
const Formula p = Formula::variable(2);

/// x, y real; p a probability.
Function function_of(const Formula& formula) {
  Function function;
  function.name = "f";
  function.module = "test";
  for (const char* name : {"x", "y", "p"}) {
    ir::Array array;
    array.name = name;
    array.domain = *name == 'p' ? Domain::probability : Domain::real;
    function.arrays.push_back(array);
  }
  std::vector<ExprId> loads;
  for (std::uint16_t i = 0; i < 3; ++i) loads.push_back(function.graph.load({i}, {}));
  const ExprId root = instantiated(function.graph, formula, loads);
  function.outputs.push_back({OutputKind::value, {}, {}, root});
  return function;
}

std::string text_of(const Function& function) {
  const Function normal = ir::normalised(function);
  return infix(normal, normal.outputs[0].root);
}

/// Compares with the right side as the constructors write it.
void expect_becomes(const Formula& naive, const Formula& stable) {
  const Function result = stabilised(function_of(naive));
  EXPECT_EQ(violation(result).value_or(""), "");
  EXPECT_EQ(text_of(result), text_of(function_of(stable))) << naive.text();
}

TEST(Stabilise, Logarithms) {
  using ir::exp;
  using ir::log;
  using ir::sigmoid;
  using ir::softplus;
  expect_becomes(log(sigmoid(x)), -softplus(-x));
  expect_becomes(log(1 - sigmoid(x)), -softplus(x));
  expect_becomes(log(1 + exp(x)), softplus(x));
  expect_becomes(log(exp(x) * sigmoid(y)), x - softplus(-y));
  expect_becomes(log(1 / (1 + exp(-x))), -softplus(-x));
  expect_becomes(log(sigmoid(x) / (1 - sigmoid(x))), x);
  expect_becomes(log(exp(x) + exp(y)), x + softplus(y - x));
  expect_becomes(log(1 - exp(-exp(x))),
                 choose(less(x, -1), x + log(ir::exprel(-exp(x))), ir::log1mexp(-exp(x))));
  expect_becomes(log(1 - p), ir::log1p(-p));
  expect_becomes(log(p / (p + ir::abs(y))), -ir::log1p_ratio(ir::abs(y), p));
  expect_becomes(log(p / ir::abs(y)), ir::log_ratio(p, ir::abs(y)));
  expect_becomes(log(2 * p / ir::abs(y)), ir::log_ratio(2 * p, ir::abs(y)));
  expect_becomes(log(pow(x, 2)), 2 * log(ir::abs(x)));
  expect_becomes(log(ir::sqrt(p)), log(p) / 2);
}

TEST(Stabilise, Complements) {
  using ir::exp;
  using ir::sigmoid;
  expect_becomes(1 - sigmoid(x), sigmoid(-x));
  expect_becomes(1 - exp(x), -ir::expm1(x));
  expect_becomes(exp(x) - 1, ir::expm1(x));
  expect_becomes(y - y * sigmoid(x), y * sigmoid(-x));
  expect_becomes(1 - pow(1 - p, ir::ratio(7, 2)), -ir::expm1(ir::ratio(7, 2) * ir::log1p(-p)));
  expect_becomes(2 * sigmoid(2 * x) - 1, ir::tanh(x));
  expect_becomes(1 - p / (p + exp(x)), exp(x) / (p + exp(x)));
}

TEST(Stabilise, Lengths) {
  using ir::direction;
  using ir::hypot;
  using ir::log;
  using ir::sqrt;
  expect_becomes(sqrt(pow(x, 2) + pow(y, 2)), hypot(x, y));
  expect_becomes(sqrt(pow(x - y, 2) + 4), hypot(x - y, 2));
  expect_becomes(sqrt(pow(x, 2) + p), hypot(x, sqrt(p)));
  expect_becomes(x / sqrt(pow(x, 2) + pow(y, 2)), direction(x, y));
  expect_becomes(x * x / (1 + x * x), pow(direction(x, 1), 2));
  expect_becomes(sqrt(1 + x * x) - 1, x * (x / (hypot(x, 1) + 1)));
  expect_becomes(log(1 + pow(x, 2)), ir::log1p_square(x, 1));
  expect_becomes(ir::log1p(pow(x / 3, 2)), ir::log1p_square(x / 3, 1));
  expect_becomes(ir::log1p(pow(x, 2) / p), ir::log1p_square(x, sqrt(p)));
  expect_becomes(log(pow(x, 2) + pow(y, 2)), 2 * log(hypot(x, y)));
  expect_becomes(log(x + sqrt(pow(x, 2) + 1)), ir::asinh(x));
  expect_becomes(log(x + sqrt(pow(x, 2) - 1)), ir::acosh(x));
  // A plain sum of squares overflows where its value does.
  expect_becomes(pow(x, 2) + pow(y, 2), pow(x, 2) + pow(y, 2));
  expect_becomes(1 / (1 + pow(x, 2)), 1 / (1 + pow(x, 2)));
}

TEST(Stabilise, Quotients) {
  using ir::exp;
  using ir::sigmoid;
  expect_becomes(exp(x) / (1 + exp(x)), sigmoid(x));
  expect_becomes(exp(x) / (exp(x) + exp(y)), sigmoid(x - y));
  expect_becomes((exp(x) - exp(-x)) / (exp(x) + exp(-x)), ir::tanh(x));
  expect_becomes(exp(-x) / pow(1 + exp(-x), 2), sigmoid(-x) * sigmoid(x));
  expect_becomes(exp(x) * exp(-x), Formula(1));
}

TEST(Stabilise, LeavesWhatIsFine) {
  for (const Formula& formula : {x * x + y, ir::log(p), ir::sqrt(p), p * ir::log(p), ir::exp(x) + y,
                                 ir::max(x, y), p / (p + 1), ir::sigmoid(x) + ir::sigmoid(y)}) {
    expect_becomes(formula, formula);
  }
}

TEST(Stabilise, TraceSaysWhatAndWhy) {
  std::vector<Rewrite> trace;
  stabilised(function_of(ir::log(1 - ir::sigmoid(x))), &trace);
  ASSERT_EQ(trace.size(), 2u);
  EXPECT_EQ(trace[0].after, "sigmoid(-x)");
  EXPECT_EQ(trace[0].rule, "1 - sigmoid");
  EXPECT_EQ(trace[1].after, "-softplus(x)");
  EXPECT_EQ(trace[1].rule, "log of sigmoid");
}

/// Deep sharing and deep chains: no recursion, no blow-up.
TEST(Stabilise, DeepGraphs) {
  Function function = function_of(x);
  ExprId chain = function.outputs[0].root;
  for (int i = 0; i < 20'000; ++i) {
    chain = function.graph.call(i % 2 == 0 ? ir::Builtin::sigmoid : ir::Builtin::log, {chain});
  }
  ExprId squares = function.graph.plus(chain, function.graph.constant(1));
  for (int i = 0; i < 60; ++i)
    squares = function.graph.plus(function.graph.times(squares, squares), chain);
  function.outputs[0].root = squares;
  const Function result = stabilised(function);
  EXPECT_FALSE(result.graph.exhausted());
  EXPECT_LT(result.graph.reachable(result.roots()).size(), 200'000u);
}

}  // namespace
}  // namespace lossc::stabilise
