// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Textbook losses through stabilise, gradients and simplify, evaluated in float with logits up to
// 1e4: no NaN, no infinity, no digit lost beyond what rounding the inputs would lose.
#include <gtest/gtest.h>

#include <array>

#include "compiler/autodiff/gradient.h"
#include "compiler/ir/builtins.h"
#include "compiler/ir/formula_functions.h"
#include "compiler/ir/interpreter.h"
#include "compiler/ir/text.h"
#include "compiler/simplify/simplify.h"
#include "compiler/stabilise/stabilise.h"
#include "tests/unit/stabilise/float_evaluator.h"

namespace lossc::stabilise {
namespace {

using ir::Domain;
using ir::ExprId;
using ir::Formula;
using ir::Function;
using ir::Number;
using ir::OutputKind;
using ir::Real;

// 1 − sigmoid(1e4) is 2^−14427.
constexpr unsigned bits = 30'000;

const Formula z = Formula::variable(0);
const Formula y = Formula::variable(1);

void add_array(Function& function, const std::string& name, ir::Role role, Domain domain,
               std::vector<ir::SizeId> shape = {}) {
  ir::Array array;
  array.name = name;
  array.role = role;
  array.domain = domain;
  array.shape = std::move(shape);
  function.arrays.push_back(array);
}

/// A pointwise loss of a logit z and a label y in `labels`.
Function pointwise(const Formula& loss, Domain labels) {
  Function function;
  function.name = "pointwise";
  function.module = "test";
  add_array(function, "z", ir::Role::pred, Domain::logit);
  add_array(function, "y", ir::Role::target, labels);
  const std::array arguments{function.graph.load({0}, {}), function.graph.load({1}, {})};
  const ExprId root = instantiated(function.graph, loss, arguments);
  function.outputs.push_back({OutputKind::value, {}, {}, root});
  return function;
}

/// A loss of logits z[K] and a label y: class(K).
Function rowwise(ExprId (*loss)(Function&)) {
  Function function;
  function.name = "rowwise";
  function.module = "test";
  const ir::SizeId size = function.size_id({"K", 0});
  add_array(function, "z", ir::Role::pred, Domain::logit, {size});
  add_array(function, "y", ir::Role::target, Domain::class_);
  add_array(function, "t", ir::Role::target, Domain::probability, {size});
  function.arrays[1].classes = size;
  const ExprId root = loss(function);
  function.outputs.push_back({OutputKind::value, {}, {}, root});
  return function;
}

Function compiled(const Function& function) {
  const std::array wanted{ir::ArrayId{0}};
  const Function stable = stabilised(function);
  const Function gradient = simplify::simplified(autodiff::with_gradients(stable, wanted));
  EXPECT_EQ(violation(gradient).value_or(""), "");
  return simplify::simplified(stabilised(gradient, nullptr, Stage::derivatives));
}

/// Within `units` of the last place of float, the conditioning by inputs of this size included.
void expect_close(float got, const Real& exact, double input, const std::string& what) {
  const double wanted = exact.convert_to<double>();
  const double least = 1.2e-38;
  if (std::fabs(wanted) < least) {
    EXPECT_LE(std::fabs(double(got)), least) << what;
    return;
  }
  const double bound = std::fabs(wanted) * 1.2e-7 * (16 + 4 * std::fabs(input));
  EXPECT_LE(std::fabs(double(got) - wanted), bound)
      << what << ": " << got << ", exactly " << wanted;
}

void check(const Function& literal, const Function& final,
           const std::vector<std::vector<double>>& in, std::int64_t classes,
           const std::string& what) {
  const ir::Precision precision(bits);
  double largest = 0;
  ir::Example example{{}, {}};
  for (std::size_t i = 0; i < literal.sizes.size(); ++i) example.sizes.push_back(classes);
  for (const auto& array : in) {
    example.arrays.emplace_back();
    for (const double x : array) example.arrays.back().push_back(Real(x));
  }
  for (const double x : in[0]) largest = std::max(largest, std::fabs(x));
  const ir::Output& value = *literal.find(OutputKind::value);
  const auto exact = interpret(literal, value, example);
  const auto slopes = derivatives(literal, value, example, {0});
  ASSERT_TRUE(exact.ok() && slopes.ok()) << what;
  testing::FloatEvaluator<float> kernel(final, {{"K", classes}}, in);
  const std::string final_text = ir::infix(final, final.find(OutputKind::value)->root);
  expect_close(kernel.run(*final.find(OutputKind::value))[0], exact.value()[0], largest,
               what + " = " + final_text);
  const ir::Output& gradient = *final.find(OutputKind::gradient, {0});
  const std::vector<float> found = kernel.run(gradient);
  for (std::size_t i = 0; i < found.size(); ++i) {
    expect_close(found[i], slopes.value()[i], largest,
                 "gradient of " + what + " = " + ir::infix(final, gradient.root));
  }
}

struct Pointwise {
  const char* name;
  Formula loss;
  Domain labels;
};

std::vector<Pointwise> pointwise_losses() {
  using ir::exp;
  using ir::log;
  using ir::sigmoid;
  const Formula p = sigmoid(z);
  const Formula one(1);
  const Formula ratio = one / (one + exp(-z));
  const Formula stable = ir::max(z, Formula(0)) - z * y + log(one + exp(-ir::abs(z)));
  return {
      {"cross-entropy of a probability", -(y * log(p) + (1 - y) * log(1 - p)), Domain::binary},
      {"with a soft label", -(y * log(p) + (1 - y) * log(1 - p)), Domain::probability},
      {"from a quotient", -(y * log(ratio) + (1 - y) * log(1 - ratio)), Domain::binary},
      {"hand-made", stable, Domain::binary},
      {"softplus minus", ir::softplus(z) - y * z, Domain::probability},
      {"weighted", -(3 * y * log(p) + (1 - y) * log(1 - p)), Domain::binary},
      {"focal", -(y * pow(1 - p, 2) * log(p) + (1 - y) * pow(p, 2) * log(1 - p)), Domain::binary},
      {"focal, power 1/2", -(y * pow(1 - p, ir::ratio(1, 2)) * log(p)), Domain::binary},
      {"logistic", log(1 + exp(-((2 * y - 1) * z))), Domain::binary},
      {"log of 1 - sigmoid", -log(1 - p), Domain::binary},
      {"odds", log(p / (1 - p)), Domain::binary},
      {"probability of error", 1 - p, Domain::binary},
      {"log cosh", log((exp(z) + exp(-z)) / 2), Domain::binary},
      {"tanh of exps", (exp(z) - exp(-z)) / (exp(z) + exp(-z)), Domain::binary},
      {"1 - tanh^2", 1 - pow(ir::tanh(z), 2), Domain::binary},
      {"silu", z / (1 + exp(-z)), Domain::binary},
      {"complementary log-log", log(1 - exp(-exp(z))), Domain::binary},
      {"logistic density", -log(exp(-z) / pow(1 + exp(-z), 2)), Domain::binary},
  };
}

TEST(StableLosses, PointwiseInFloat) {
  for (const Pointwise& row : pointwise_losses()) {
    const Function literal = pointwise(row.loss, row.labels);
    const Function final = compiled(literal);
    for (const double logit : {-1e4, -200.0, -20.0, -3.0, -0.5, 0.25, 1.0, 7.0, 25.0, 88.0, 1e4}) {
      // exp(z) itself leaves the range of float below −87 and above 88.
      if (std::string(row.name) == "complementary log-log" && std::fabs(logit) > 80) continue;
      for (const double label : {0.0, 1.0}) {
        check(literal, final, {{logit}, {label}}, 0,
              std::string(row.name) + " at z = " + std::to_string(logit) +
                  ", y = " + std::to_string(label));
      }
    }
  }
}

ExprId softmax_at(Function& function, ExprId place) {
  ir::Graph& graph = function.graph;
  const ir::Axis axis = graph.fresh_axis({0});
  const ExprId body = graph.load({0}, std::array{graph.index(axis)});
  return graph.weight(graph.load({0}, std::array{place}),
                      graph.reduce(ir::ReduceOp::lse, axis, body));
}

ExprId label(Function& function) { return function.graph.load({1}, {}); }
ExprId log_of(Function& function, ExprId x) { return function.graph.call(ir::Builtin::log, {x}); }

ExprId cross_entropy(Function& function) {
  return function.graph.negate(log_of(function, softmax_at(function, label(function))));
}
ExprId from_logsumexp(Function& function) {
  ir::Graph& graph = function.graph;
  const ir::Axis axis = graph.fresh_axis({0});
  const ExprId body = graph.load({0}, std::array{graph.index(axis)});
  const ExprId sum = graph.reduce(ir::ReduceOp::sum, axis, graph.call(ir::Builtin::exp, {body}));
  return graph.minus(log_of(function, sum), graph.load({0}, std::array{label(function)}));
}
ExprId focal(Function& function) {
  ir::Graph& graph = function.graph;
  const ExprId p = softmax_at(function, label(function));
  const ExprId rest = graph.power(graph.minus(graph.constant(1), p), Number(2));
  return graph.negate(graph.times(rest, log_of(function, p)));
}
ExprId unlikelihood(Function& function) {
  ir::Graph& graph = function.graph;
  const ExprId p = softmax_at(function, label(function));
  return graph.negate(log_of(function, graph.minus(graph.constant(1), p)));
}
ExprId absolute_error(Function& function) {
  ir::Graph& graph = function.graph;
  return graph.minus(graph.constant(1), softmax_at(function, label(function)));
}

TEST(StableLosses, RowwiseInFloat) {
  const std::vector<std::pair<const char*, ExprId (*)(Function&)>> losses = {
      {"cross-entropy", cross_entropy}, {"log sum exp minus", from_logsumexp}, {"focal", focal},
      {"unlikelihood", unlikelihood},   {"absolute error", absolute_error},
  };
  const std::vector<std::vector<double>> rows = {{2, 0, -1},     {20, -3, 0},     {-20, 3, 0},
                                                 {1e4, 0, -1e4}, {0.5, 0.5, 0.5}, {60, 60, 0},
                                                 {-300, 1, 2}};
  for (const auto& [name, loss] : losses) {
    const Function literal = rowwise(loss);
    const Function final = compiled(literal);
    for (const auto& row : rows) {
      for (double y_value = 0; y_value < 3; ++y_value) {
        if (std::string(name) == "unlikelihood" && row[0] == 1e4) continue;
        check(literal, final, {row, {y_value}, {0, 0, 0}}, 3,
              std::string(name) + " at z[0] = " + std::to_string(row[0]) +
                  ", y = " + std::to_string(y_value));
      }
    }
  }
}

}  // namespace
}  // namespace lossc::stabilise
