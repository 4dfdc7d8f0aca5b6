// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses of a whole softmax, in several spellings, through all passes and evaluated in float, at
// rows of which one class is certain: no digit lost beyond what rounding the logits would lose.
#include <array>

#include "compiler/autodiff/gradient.h"
#include "compiler/ir/interpreter.h"
#include "compiler/ir/text.h"
#include "compiler/simplify/simplify.h"
#include "compiler/stabilise/stabilise.h"
#include "tests/unit/sema/checked.h"
#include "tests/unit/stabilise/float_evaluator.h"

namespace lossc::stabilise {
namespace {

using ir::Function;
using ir::OutputKind;
using ir::Real;

constexpr unsigned bits = 4096;

Function checked_loss(const std::string& text) {
  const sema::Checked result = sema::checked(text);
  EXPECT_FALSE(result.diagnostics->has_errors()) << result.shown();
  return result.module.functions[result.module.own - 1];
}

Function compiled(const Function& function, const std::vector<ir::ArrayId>& by) {
  const Function stable = stabilised(function);
  const Function slopes = simplify::simplified(autodiff::with_gradients(stable, by));
  EXPECT_EQ(violation(slopes).value_or(""), "");
  return simplify::simplified(stabilised(slopes, nullptr, Stage::derivatives));
}

/// 16 units, and what rounding an input of this size does to an exp.
void expect_close(float got, const Real& exact, double input, const std::string& what) {
  const double wanted = exact.convert_to<double>();
  constexpr double least = 1.2e-38;
  if (std::fabs(wanted) < least) {
    EXPECT_LE(std::fabs(double(got)), least) << what;
    return;
  }
  const double bound = std::fabs(wanted) * 6e-8 * (16 + 4 * std::fabs(input));
  EXPECT_LE(std::fabs(double(got) - wanted), bound) << what << ": " << got << " for " << wanted;
}

/// Value and gradients by the first `preds` arrays.
void check(const std::string& text, const std::vector<std::vector<double>>& in, std::size_t preds) {
  const Function literal = checked_loss(text);
  std::vector<ir::ArrayId> by;
  for (std::uint16_t i = 0; i < preds; ++i) by.push_back({i});
  const Function final = compiled(literal, by);
  const ir::Precision precision(bits);
  const auto classes = static_cast<std::int64_t>(in[0].size());
  ir::Example example{{}, {}};
  for (std::size_t i = 0; i < literal.sizes.size(); ++i) example.sizes.push_back(classes);
  double largest = 0;
  for (const auto& array : in) {
    example.arrays.emplace_back(array.begin(), array.end());
    for (const double x : array) largest = std::max(largest, std::fabs(x));
  }
  testing::FloatEvaluator<float> kernel(final, {{"K", classes}}, in);
  const ir::Output& value = *literal.find(OutputKind::value);
  const auto exact = interpret(literal, value, example);
  ASSERT_TRUE(exact.ok()) << text;
  expect_close(kernel.run(*final.find(OutputKind::value))[0], exact.value()[0], largest,
               text + " at " + std::to_string(in[0][0]));
  for (const ir::ArrayId array : by) {
    const auto slopes = derivatives(literal, value, example, array);
    ASSERT_TRUE(slopes.ok()) << text;
    const ir::Output& gradient = *final.find(OutputKind::gradient, array);
    const std::vector<float> found = kernel.run(gradient);
    for (std::size_t i = 0; i < found.size(); ++i) {
      expect_close(found[i], slopes.value()[i], largest,
                   "gradient " + std::to_string(i) + " of " + text + " at " +
                       std::to_string(in[0][0]) + " = " + ir::infix(final, gradient.root));
    }
  }
}

const std::vector<std::vector<double>> rows = {
    {0.125, -0.25, 0.75}, {20, -20, 0.5},    {50, 49, -50}, {100, 0.25, -100}, {1, 1, 1},
    {-100, -101, 2},      {0.5, 64, 63.875}, {-8, -9, -10}};

TEST(StableSoftmax, Entropies) {
  for (const char* text : {
           "loss f(pred z: real[K]) = -sum(softmax(z) * log(softmax(z)))",
           "loss f(pred z: real[K]) {\n  let p = softmax(z)\n  -sum(p * log(p))\n}",
           "loss f(pred z: real[K]) {\n  let e = exp(z - max(z))\n  let p = e / sum(e)\n"
           "  -sum(p * log(p))\n}",
           "loss f(pred z: real[K]) = logsumexp(z) - sum(softmax(z) * z)",
           "loss f(pred z: real[K]) = log(sum(exp(z))) - sum(z * exp(z)) / sum(exp(z))",
           "loss f(pred z: real[K]) = -sum(log_softmax(z) * exp(log_softmax(z)))",
       }) {
    for (const auto& row : rows) check(text, {row}, 1);
  }
}

TEST(StableSoftmax, Expectations) {
  const std::vector<double> v = {1, -2, 0.5};
  for (const char* text : {
           "loss f(pred z: real[K], pred v: real[K]) = sum(softmax(z) * v)",
           "loss f(pred z: real[K], pred v: real[K]) = dot(exp(z), v) / sum(exp(z))",
           "loss f(pred z: real[K], pred v: real[K]) {\n  let e = exp(z - max(z))\n"
           "  sum(v * (e / sum(e)))\n}",
       }) {
    for (const auto& row : rows) check(text, {row, v}, 2);
  }
}

TEST(StableSoftmax, Temperatures) {
  for (const char* text : {
           "loss f(pred z: real[K], pred t: positive) = t * log(sum(exp(z / t)))",
           "loss f(pred z: real[K], pred t: positive) = t * logsumexp(z / t)",
           "loss f(pred z: real[K], pred t: positive) = -(1 / t) * log(sum(exp(-t * z)))",
       }) {
    for (const auto& row : rows) {
      for (const double t : {0.5, 1.0, 4.0}) check(text, {row, {t}}, 2);
    }
  }
}

TEST(StableSoftmax, Divergences) {
  const std::vector<std::vector<double>> others = {
      {0.25, 0.125, -0.5}, {100, 0, -100}, {-3, 2, 60}};
  for (const char* text : {
           "loss f(pred a: real[K], pred b: real[K]) =\n"
           "  sum(softmax(a) * (log(softmax(a)) - log(softmax(b))))",
           "loss f(pred a: real[K], pred b: real[K]) {\n  let p = softmax(a)\n"
           "  sum(p * log(p / softmax(b)))\n}",
           "loss f(pred a: real[K], pred b: real[K]) =\n"
           "  sum(exp(a) / sum(exp(a)) * (log_softmax(a) - log_softmax(b)))",
           "loss f(pred a: real[K], pred b: real[K]) = -sum(softmax(a) * log_softmax(b))",
       }) {
    for (const auto& row : rows) {
      for (const auto& other : others) check(text, {row, other}, 2);
    }
  }
}

TEST(StableSoftmax, SoftLabels) {
  const char* text = "loss f(pred z: real[K], target y: nonnegative[K]) = -sum(y * log_softmax(z))";
  for (const auto& row : rows) {
    for (const auto& y : std::vector<std::vector<double>>{{1, 0, 0}, {0.25, 0.5, 0.25}}) {
      check(text, {row, y}, 1);
    }
  }
}

TEST(StableSoftmax, Groups) {
  for (const char* text : {
           "loss f(pred z: real[K]) = log(softmax(z)[0] + softmax(z)[1])",
           "loss f(pred z: real[K]) {\n  let p = softmax(z)\n  log(1 - p[2])\n}",
           "loss f(pred z: real[K]) = log(sum[k in K where k < 2](softmax(z)[k]))",
           "loss f(pred z: real[K]) = logsumexp[k in K where k < 2](z[k]) - logsumexp(z)",
       }) {
    for (const auto& row : rows) check(text, {row}, 1);
  }
}

TEST(StableSoftmax, ClassesLeftOut) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::string head = "loss f(pred z: logit[K]) = ";
  for (const char* text : {"-sum(softmax(z) * log(softmax(z)))", "sum(softmax(z)^2)",
                           "-sum(softmax(z) * log_softmax(z))"}) {
    const Function final = compiled(checked_loss(head + text), {{0}});
    for (const auto& row : {std::vector<double>{1, -inf, 3}, {-inf, -inf, 2}, {-inf, -inf, -inf}}) {
      testing::FloatEvaluator<float> kernel(final, {{"K", 3}}, {row});
      EXPECT_TRUE(std::isfinite(kernel.run(*final.find(OutputKind::value))[0])) << text;
      const auto slopes = kernel.run(*final.find(OutputKind::gradient, {0}));
      for (std::size_t i = 0; i < row.size(); ++i) {
        EXPECT_TRUE(std::isfinite(slopes[i])) << text;
        if (std::isinf(row[i])) {
          EXPECT_EQ(slopes[i], 0) << text;
        }
      }
    }
  }
}

}  // namespace
}  // namespace lossc::stabilise
