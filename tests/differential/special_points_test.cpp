// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Points at which formulas have no digits but a value by rule: selections of nothing, ranges of
// nothing, lengths of 0, exponentials of what has overflowed. Compiled and interpreted must say the
// same, and what is expected here.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compiler/lossc/evaluation.h"
#include "compiler/sema/check.h"

namespace lossc::testing {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

struct Point {
  const char* name;
  const char* loss;
  std::vector<std::pair<std::string, std::vector<double>>> inputs;  ///< one example
  double value;
  std::vector<double> gradient;  ///< by the first argument
  std::vector<double> hessian = {};
  std::vector<double> product = {};  ///< with a vector of ones
};

const std::vector<Point>& points() {
  static const std::vector<Point> table = {
      {"log_of_a_mean_of_nothing",
       "loss f(pred x: real[K], target m: binary[K]) = log(mean[k where m[k] == 1](exp(x[k])))",
       {{"x", {1, 2}}, {"m", {0, 0}}},
       -inf,
       {0, 0},
       {0, 0},
       {0, 0}},
      {"log_of_a_mean_of_something",
       "loss f(pred x: real[K], target m: binary[K]) = log(mean[k where m[k] == 1](exp(x[k])))",
       {{"x", {1, 2}}, {"m", {0, 1}}},
       2,
       {0, 1},
       {0, 0},
       {0, 0}},
      {"log_of_a_ratio_of_nothing",
       "loss f(pred x: positive[K], target m: binary[K]) = max(-3, log(sum(m * x) / sum(m)))",
       {{"x", {1, 2}}, {"m", {0, 0}}},
       -3,
       {0, 0},
       {0, 0},
       {0, 0}},
      {"less_the_log_of_a_mean_of_nothing",
       "loss f(pred x: positive[K], target m: binary[K]) =\n"
       "  min(7, -log(mean[k where m[k] == 1](exp(-x[k])) / 2))",
       {{"x", {1, 2}}, {"m", {0, 0}}},
       7,
       {0, 0},
       {0, 0},
       {0, 0}},
      {"log_of_two_empty_sums",
       "loss f(pred x: real[K], target m: binary[K], target n: binary[K]) =\n"
       "  max(0, log(sum[k where m[k] == 1](exp(x[k])) + sum[k where n[k] == 1](exp(2 * x[k]))))^2",
       {{"x", {1, 2}}, {"m", {0, 0}}, {"n", {0, 0}}},
       0,
       {0, 0},
       {0, 0},
       {0, 0}},
      {"log_of_an_empty_and_a_full_sum",
       "loss f(pred x: real[K], target m: binary[K], target n: binary[K]) =\n"
       "  log(sum[k where m[k] == 1](exp(x[k])) + sum[k where n[k] == 1](exp(2 * x[k])))",
       {{"x", {1, 2}}, {"m", {0, 0}}, {"n", {1, 0}}},
       2,
       {2, 0},
       {0, 0},
       {0, 0}},
      {"a_range_of_nothing",
       "loss f(pred x: real[K]) = x[0]^2 + sum[j in 2 .. K - 1](x[j]) + mean[j in 3 .. K - "
       "1](x[j])",
       {{"x", {3}}},
       9,
       {6},
       {2},
       {2}},
      {"a_range_of_one",
       "loss f(pred x: real[K]) = sum[j in 2 .. K - 1](x[j]^2) + prod[j in 3 .. K - 1](x[j])",
       {{"x", {3, 1, 4}}},
       17,
       {0, 0, 8},
       {0, 0, 2},
       {0, 0, 2}},
      {"log_of_the_larger",
       "loss f(pred x: real, pred z: real) = sqrt(max(expm1(x), sqrt(x^2 + 0.5)) * exp(z))",
       {{"x", {-1}}, {"z", {0}}},
       std::pow(1.5, 0.25),
       {-std::pow(1.5, -0.75) / 2},
       {std::pow(1.5, -0.75) / 2 - 0.75 * std::pow(1.5, -1.75)},
       {std::pow(1.5, -0.75) / 2 - 0.75 * std::pow(1.5, -1.75)}},
      {"norm_of_zero",
       "loss f(pred x: real[K]) = norm(x)",
       {{"x", {0, 0}}},
       0,
       {0, 0},
       {0, 0},
       {0, 0}},
      {"root_of_squares_of_zero",
       "loss f(pred x: real[K]) = sqrt(sum(x^2))",
       {{"x", {0, 0}}},
       0,
       {0, 0},
       {0, 0},
       {0, 0}},
      {"root_of_a_square_of_zero",
       "loss f(pred x: real) = sqrt(x^2)",
       {{"x", {0}}},
       0,
       {0},
       {0},
       {0}},
      {"distance_of_equal_points",
       "loss f(pred x: real[K], target y: real[K]) = norm(x - y)^3",
       {{"x", {1, 2}}, {"y", {1, 2}}},
       0,
       {0, 0},
       {0, 0},
       {0, 0}},
      {"exponential_beside_what_overflows",
       "loss f(pred x: real) = expm1(tanh(x * x))",
       {{"x", {1e22}}},
       std::expm1(1),
       {0},
       {0},
       {0}},
      {"gaussian_beside_what_overflows",
       "loss f(pred x: real) = exp(-x^2) * (8 - 32 * x^2)",
       {{"x", {1e25}}},
       0,
       {0},
       {0},
       {0}},
  };
  return table;
}

void expect_all(const cli::NamedTensors& got, const std::vector<double>& wanted, double tolerance,
                const char* what) {
  ASSERT_EQ(got.size(), 1u) << what;
  ASSERT_EQ(got[0].second.values.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(got[0].second.values[i], wanted[i], tolerance) << what << " " << i;
  }
}

class SpecialPoints : public ::testing::TestWithParam<Point> {};

TEST_P(SpecialPoints, HaveTheirValues) {
  const Point& point = GetParam();
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const auto module =
      sema::check(sources.add("point.loss", std::string(point.loss) + "\n"), "", {}, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors()) << render_text(diagnostics);
  cli::EvaluationRequest request;
  request.core = std::make_shared<const ir::Function>(module.functions[0]);
  for (const auto& [name, values] : point.inputs) {
    cli::Tensor tensor;
    tensor.shape = {1};
    const ir::Array& array = request.core->arrays[request.core->find_array(name)->index];
    if (!array.shape.empty()) tensor.shape.push_back(static_cast<std::int64_t>(values.size()));
    tensor.values = values;
    if (request.inputs.empty()) {
      request.gradients = request.hessians = {name};
      cli::Tensor ones = tensor;
      for (double& value : ones.values) value = 1;
      request.directions.emplace_back(name, ones);
    }
    request.inputs.emplace_back(name, std::move(tensor));
  }
  for (const bool native : {false, true}) {
    for (const FloatType dtype : {FloatType::f32, FloatType::f64}) {
      SCOPED_TRACE(::testing::Message() << (native ? "compiled" : "interpreted")
                                        << (dtype == FloatType::f32 ? " f32" : " f64"));
      request.dtype = dtype;
      const auto result = native ? cli::evaluated_natively(request) : cli::interpreted(request);
      ASSERT_TRUE(result) << result.error().message;
      const double tolerance = dtype == FloatType::f32 ? 1e-6 : 1e-14;
      if (std::isinf(point.value)) {
        EXPECT_EQ(result->value, point.value);
      } else {
        EXPECT_NEAR(result->value, point.value, tolerance);
      }
      expect_all(result->gradients, point.gradient, tolerance, "gradient");
      expect_all(result->hessians, point.hessian, tolerance, "hessian");
      expect_all(result->products, point.product, tolerance, "product");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(ByRule, SpecialPoints, ::testing::ValuesIn(points()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace lossc::testing
