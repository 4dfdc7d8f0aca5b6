// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Second derivatives of a call: products with vectors, and what diagonals are reported as, which is
// how boosting libraries' conventions are had.
#include <cmath>
#include <limits>
#include <vector>

#include "tests/api/losses.h"

namespace {

using lossc::Curvature;

const char* const text = R"(
loss softmax_ce(pred z: logit[K], target y: class(K)) = -log(softmax(z)[y])
loss logistic(pred z: logit, target y: binary) = softplus(z) - y * z
loss poisson(pred z: real, target y: count) = exp(z) - y * z
loss brier(pred z: logit, target y: binary) = (sigmoid(z) - y)^2
loss quadratic(pred x: real[D], param m: real[D, D]) = sum[i, j](x[i] * m[i, j] * x[j]) / 2
loss fitted(pred x: real, param w: real[3]) = sum((x * w)^2)
batch loss chain(pred x: real[N]) = sum[i in 0 .. N - 2](x[i]^2 * x[i + 1])
)";

lossc::Kernel kernel_of(const lossc::Engine& engine, const char* name,
                        const lossc::KernelOptions& options) {
  const auto module = engine.load_text(text, "curvature.loss");
  EXPECT_TRUE(module.ok()) << module.error().message;
  auto kernel = module->kernel(name, options);
  EXPECT_TRUE(kernel.ok()) << kernel.error().message;
  return *kernel;
}

std::vector<double> softmax(const std::vector<double>& z, std::size_t row, std::size_t size) {
  double total = 0;
  for (std::size_t k = 0; k < size; ++k) total += std::exp(z[row * size + k]);
  std::vector<double> p;
  for (std::size_t k = 0; k < size; ++k) p.push_back(std::exp(z[row * size + k]) / total);
  return p;
}

const std::vector<double> logits{0.3, -1, 2, 0, 0, 40};
const std::vector<std::int64_t> labels{2, 0};

/// Diagonals of softmax_ce, of a sum over two examples with weights 1 and 3.
std::vector<double> diagonals(const Curvature& curvature) {
  const lossc::Engine engine;
  const auto kernel =
      kernel_of(engine, "softmax_ce",
                {.hessians = {"z"}, .curvature = curvature, .dtype = lossc::DataType::f64});
  std::vector<double> hessian(6);
  const std::vector<double> weights{1, 3};
  const auto result = kernel.call({{"z", lossc::View(logits, {2, 3})}, {"y", lossc::View(labels)}},
                                  {.hessians = {{"z", lossc::MutableView(hessian, {2, 3})}},
                                   .weights = weights,
                                   .reduction = lossc::Reduction::sum});
  EXPECT_TRUE(result.ok()) << result.error().message;
  return hessian;
}

// XGBoost's multi:softprob: 2 p (1 − p), at least 1e-16, times the weight.
TEST(Curvature, XgboostsSoftmaxIsTwiceWithAFloorBeforeTheWeight) {
  const auto got = diagonals({.scale = 2, .floor = 1e-16});
  for (std::size_t i = 0; i < 6; ++i) {
    const double p = softmax(logits, i / 3, 3)[i % 3];
    const double rest = i == 5 ? 2 * std::exp(-40.0) / (1 + 2 * std::exp(-40.0)) : 1 - p;
    const double weight = i < 3 ? 1 : 3;
    const double expected = weight * std::max(2 * p * rest, 1e-16);
    EXPECT_NEAR(got[i], expected, 1e-15 * expected + 1e-30) << i;
  }
  EXPECT_EQ(got[3], 3 * 1e-16) << "2 e^-40 is below the floor";
}

// LightGBM's multiclass: K/(K − 1) p (1 − p).
TEST(Curvature, LightgbmsSoftmaxIsScaledByTheClasses) {
  const auto plain = diagonals({});
  const auto scaled = diagonals({.scale = 3.0 / 2});
  for (std::size_t i = 0; i < 6; ++i) EXPECT_DOUBLE_EQ(scaled[i], 1.5 * plain[i]) << i;
}

// XGBoost's count:poisson: exp(z + max_delta_step), with max_delta_step 0.7.
TEST(Curvature, XgboostsPoissonTakesItsStepAsAScale) {
  const lossc::Engine engine;
  const auto kernel = kernel_of(
      engine, "poisson",
      {.hessians = {"z"}, .curvature = {.scale = std::exp(0.7)}, .dtype = lossc::DataType::f64});
  const std::vector<double> z{-2, 0, 3};
  const std::vector<double> y{0, 1, 7};
  std::vector<double> hessian(3);
  const auto result = kernel.call(
      {{"z", z}, {"y", y}}, {.hessians = {{"z", hessian}}, .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(result.ok()) << result.error().message;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(hessian[i], std::exp(z[i] + 0.7), 1e-15 * std::exp(z[i] + 0.7)) << i;
  }
}

TEST(Curvature, AbsoluteFloorAndCeilingApplyToEachExampleInThatOrder) {
  const lossc::Engine engine;
  const std::vector<double> z{-3, 0, 1, 3};
  const std::vector<double> y{1, 0, 0, 0};
  const auto with = [&](const Curvature& curvature) {
    const auto kernel =
        kernel_of(engine, "brier",
                  {.hessians = {"z"}, .curvature = curvature, .dtype = lossc::DataType::f64});
    std::vector<double> hessian(4);
    const auto result = kernel.call({{"z", z}, {"y", y}}, {.hessians = {{"z", hessian}}});
    EXPECT_TRUE(result.ok()) << result.error().message;
    for (double& value : hessian) value *= 4;  // the mean of four
    return hessian;
  };
  const auto exact = with({});
  EXPECT_LT(exact[0], 0);
  const auto reported =
      with({.kind = Curvature::Kind::absolute, .scale = 0.5, .floor = 0.03, .ceiling = 0.06});
  const auto newton = with({.kind = Curvature::Kind::gauss_newton});
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_DOUBLE_EQ(reported[i], std::min(std::max(std::abs(exact[i]) / 2, 0.03), 0.06)) << i;
    const double p = 1 / (1 + std::exp(-z[i]));
    const double slope = p * (1 - p);
    EXPECT_NEAR(newton[i], 2 * slope * slope, 1e-15) << i << ": the residual's own tangent";
  }
}

TEST(Curvature, TakesNumbersOnly) {
  const lossc::Engine engine;
  const auto module = engine.load_text(text, "curvature.loss");
  ASSERT_TRUE(module.ok()) << module.error().message;
  const double infinite = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Curvature& wrong : {Curvature{.scale = infinite}, Curvature{.scale = nan},
                                 Curvature{.floor = nan}, Curvature{.ceiling = nan}}) {
    const auto kernel = module->kernel("brier", {.hessians = {"z"}, .curvature = wrong});
    ASSERT_FALSE(kernel.ok());
    EXPECT_EQ(kernel.error().code, lossc::ErrorCode::outside_domain) << kernel.error().message;
  }
}

// By the label itself: what is true of 0 and 1 alone, softplus((1 - 2y) z), has another slope.
TEST(Gradient, ByALabelOfZeroAndOneIsThatOfTheFormula) {
  const lossc::Engine engine;
  const auto kernel =
      kernel_of(engine, "logistic", {.gradients = {"z", "y"}, .dtype = lossc::DataType::f64});
  const std::vector<double> z{1, -2};
  const std::vector<double> y{0, 1};
  std::vector<double> dz(2);
  std::vector<double> dy(2);
  const auto result = kernel.call({{"z", z}, {"y", y}}, {.gradients = {{"z", dz}, {"y", dy}},
                                                         .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(result.ok()) << result.error().message;
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_DOUBLE_EQ(dy[i], -z[i]) << i;
    EXPECT_NEAR(dz[i], 1 / (1 + std::exp(-z[i])) - y[i], 1e-15) << i;
  }
}

// A convex loss of the logit: nothing is left out.
TEST(Curvature, GaussNewtonOfACrossEntropyIsExact) {
  const auto exact = diagonals({});
  const auto newton = diagonals({.kind = Curvature::Kind::gauss_newton});
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(newton[i], exact[i], 1e-15 * exact[i]) << i;
}

TEST(HessianProduct, IsTheMatrixTimesTheVectorOfEachExample) {
  const lossc::Engine engine;
  const auto kernel = kernel_of(
      engine, "softmax_ce", {.gradients = {"z"}, .products = {"z"}, .dtype = lossc::DataType::f64});
  const std::vector<double> v{1, -2, 0.5, 3, 1, 1};
  std::vector<double> product(6);
  const auto result = kernel.call({{"z", lossc::View(logits, {2, 3})}, {"y", lossc::View(labels)}},
                                  {.products = {{"z", lossc::MutableView(product, {2, 3})}},
                                   .directions = {{"z", lossc::View(v, {2, 3})}},
                                   .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(result.ok()) << result.error().message;
  for (std::size_t row = 0; row < 2; ++row) {
    const auto p = softmax(logits, row, 3);
    double mean = 0;
    for (std::size_t k = 0; k < 3; ++k) mean += p[k] * v[3 * row + k];
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(product[3 * row + k], p[k] * (v[3 * row + k] - mean), 1e-15) << row << k;
    }
  }
}

TEST(HessianProduct, OfAParamIsSummedOverTheBatch) {
  const lossc::Engine engine;
  const auto kernel =
      kernel_of(engine, "fitted", {.products = {"w"}, .dtype = lossc::DataType::f64});
  const std::vector<double> x{1, 2, 3};
  const std::vector<double> w{1, -1, 0};
  const std::vector<double> v{1, 0, 2};
  std::vector<double> product(3);
  const auto result = kernel.call(
      {{"x", x}, {"w", w}},
      {.products = {{"w", product}}, .directions = {{"w", v}}, .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(product, (std::vector<double>{28, 0, 56}));
}

TEST(HessianProduct, OfABatchLossCouplesItsExamples) {
  const lossc::Engine engine;
  const auto kernel =
      kernel_of(engine, "chain", {.products = {"x"}, .dtype = lossc::DataType::f64});
  const std::vector<double> x{1, 2, 3};
  const std::vector<double> v{1, 10, 100};
  std::vector<double> product(3);
  const auto result =
      kernel.call({{"x", x}}, {.products = {{"x", product}}, .directions = {{"x", v}}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  // x0² x1 + x1² x2: H = [2 x1, 2 x0, 0; 2 x0, 2 x2, 2 x1; 0, 2 x1, 0].
  EXPECT_EQ(product, (std::vector<double>{4 + 20, 2 + 60 + 400, 40}));
}

TEST(HessianProduct, NeedsADirectionOfItsShape) {
  const lossc::Engine engine;
  const auto kernel =
      kernel_of(engine, "logistic", {.products = {"z"}, .dtype = lossc::DataType::f64});
  const std::vector<double> z{1, 2};
  const std::vector<double> y{0, 1};
  const std::vector<double> three(3);
  std::vector<double> product(2);
  const auto none = kernel.call({{"z", z}, {"y", y}}, {.products = {{"z", product}}});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().message, "logistic needs \"direction of z\", which is missing");
  const auto long_one = kernel.call({{"z", z}, {"y", y}},
                                    {.products = {{"z", product}}, .directions = {{"z", three}}});
  ASSERT_FALSE(long_one.ok());
  EXPECT_NE(long_one.error().message.find("direction of z"), std::string::npos);
  const auto unknown =
      kernel.call({{"z", z}, {"y", y}}, {.products = {{"z", product}}, .directions = {{"y", y}}});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().message,
            "a direction of \"y\" is given, but no Hessian product by it is computed");
  EXPECT_EQ(kernel.signature().arguments.size(), 2u) << "a direction is no argument of the loss";
}

}  // namespace
