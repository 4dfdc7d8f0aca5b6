// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a call computes: reductions, weights, upstream gradients, outputs, batches of several axes.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/api/losses.h"

namespace {

using lossc_test::kernel_of;
using lossc_test::module_of;

TEST(Call, TheExampleOfTheManualWorks) {
  const std::string path = ::testing::TempDir() + "/focal.loss";
  std::ofstream(path) << lossc_test::losses;
  const std::vector<float> z{-1, 0, 2};
  const std::vector<float> y{0, 1, 1};
  std::vector<float> dz(3);

  lossc::Engine engine;
  auto module = engine.load_file(path);  // Result<Module>
  ASSERT_TRUE(module.ok()) << module.error().message;
  auto focal = module->kernel("focal", {.gradients = {"z"}, .bind = {{"gamma", 2.0}}});
  ASSERT_TRUE(focal.ok()) << focal.error().message;
  auto result = focal->call({{"z", z}, {"y", y}},
                            {.gradients = {{"z", dz}}, .reduction = lossc::Reduction::mean});
  ASSERT_TRUE(result.ok()) << result.error().message;

  double expected = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double p = 1 / (1 + std::exp(-static_cast<double>(z[i])));
    const double pt = y[i] == 1 ? p : 1 - p;
    const double at = y[i] == 1 ? 0.25 : 0.75;
    expected += -at * (1 - pt) * (1 - pt) * std::log(pt) / 3;
    // d/dz with dp/dz = p (1 - p), of opposite sign for the two labels
    const double sign = y[i] == 1 ? 1 : -1;
    const double slope = at * (2 * (1 - pt) * std::log(pt) - (1 - pt) * (1 - pt) / pt);
    EXPECT_NEAR(dz[i], slope * sign * p * (1 - p) / 3, 1e-6) << i;
  }
  EXPECT_NEAR(result->value, expected, 1e-6);
  EXPECT_EQ(result->divisor, 3);
  std::filesystem::remove(path);
}

TEST(Call, ReductionsAreMeanSumAndNone) {
  const lossc::Engine engine;
  const auto squared =
      kernel_of(engine, "squared", {.gradients = {"a"}, .dtype = lossc::DataType::f64});
  const std::vector<double> a{1, 2, 3};
  const std::vector<double> b{0, 0, 1};
  std::vector<double> da(3);
  std::vector<double> values(3);
  auto mean = squared.call({{"a", a}, {"b", b}}, {.gradients = {{"a", da}}});
  ASSERT_TRUE(mean.ok()) << mean.error().message;
  EXPECT_DOUBLE_EQ(mean->value, 3);
  EXPECT_EQ(da, (std::vector<double>{2.0 * (1.0 / 3), 4.0 * (1.0 / 3), 4.0 * (1.0 / 3)}));
  auto sum = squared.call({{"a", a}, {"b", b}},
                          {.gradients = {{"a", da}}, .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(sum.ok()) << sum.error().message;
  EXPECT_EQ(sum->value, 9);
  EXPECT_EQ(sum->divisor, 3);
  EXPECT_EQ(da, (std::vector<double>{2, 4, 4}));
  auto none = squared.call({{"a", a}, {"b", b}}, {.gradients = {{"a", da}},
                                                  .values = values,
                                                  .upstream = std::vector<double>{1, 10, 100},
                                                  .reduction = lossc::Reduction::none});
  ASSERT_TRUE(none.ok()) << none.error().message;
  EXPECT_TRUE(std::isnan(none->value));
  EXPECT_EQ(none->value_sum.high, 9);
  EXPECT_EQ(values, (std::vector<double>{1, 4, 4}));
  EXPECT_EQ(da, (std::vector<double>{2, 40, 400}));
}

TEST(Call, HostWeightsMultiplyWeightAndDivisor) {
  const lossc::Engine engine;
  const auto squared = kernel_of(engine, "squared", {.gradients = {"a"}});
  const std::vector<float> a{1, 2, 3};
  const std::vector<float> b{0, 0, 0};
  std::vector<float> da(3, 7);
  auto result = squared.call({{"a", a}, {"b", b}},
                             {.gradients = {{"a", da}}, .weights = std::vector<float>{1, 0, 3}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->divisor, 4);
  EXPECT_EQ(result->value, 7);
  EXPECT_EQ(da, (std::vector<float>{0.5F, 0, 4.5F}));
}

TEST(Call, WeightsThatAreAllZeroGiveZeroEverywhere) {
  const lossc::Engine engine;
  const auto squared = kernel_of(engine, "squared", {.gradients = {"a"}});
  const std::vector<float> a{1, INFINITY, NAN};
  const std::vector<float> b{0, 0, 0};
  std::vector<float> da(3, 7);
  auto result = squared.call({{"a", a}, {"b", b}}, {.gradients = {{"a", da}}, .weights = 0});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->value, 0);
  EXPECT_EQ(result->divisor, 0);
  EXPECT_EQ(da, (std::vector<float>{0, 0, 0}));
}

TEST(Call, IgnoredLabelsCountForNothing) {
  const lossc::Engine engine;
  const auto kernel = kernel_of(engine, "cross_entropy", {.gradients = {"z"}});
  const std::vector<float> z{2, 0, -1, 5, 5, 5};
  std::vector<float> dz(6, 7);
  for (const bool wide : {false, true}) {
    const std::vector<std::int32_t> narrow_labels{1, -100};
    const std::vector<std::int64_t> wide_labels{1, -100};
    const lossc::View y = wide ? lossc::View(wide_labels) : lossc::View(narrow_labels);
    auto result = kernel.call({{"z", {z.data(), {2, 3}}}, {"y", y}}, {.gradients = {{"z", dz}}});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_NEAR(result->value, 2.1698, 1e-4);
    EXPECT_EQ(result->divisor, 1);
    EXPECT_NEAR(dz[0], 0.8438, 1e-4);
    EXPECT_NEAR(dz[1], -0.8858, 1e-4);
    EXPECT_EQ(dz[3], 0);
    EXPECT_EQ(dz[4], 0);
  }
}

TEST(Call, GradientsOfParamsAreSummedOverTheBatch) {
  const lossc::Engine engine;
  const auto linear = kernel_of(engine, "linear", {.gradients = {"w"}});
  const std::vector<float> x{1, 2};  // ŷ = w·x on (1, 2), (2, 3) at w = 1
  const std::vector<float> t{2, 3};
  const std::vector<float> w{1};
  std::vector<float> dw(1);
  auto result =
      linear.call({{"x", {x.data(), {2, 1}}}, {"t", t}, {"w", w}}, {.gradients = {{"w", dw}}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->value, 0.5);
  EXPECT_EQ(dw[0], -1.5F);
}

TEST(Call, AxesBeyondTheDeclaredOnesAreTheBatch) {
  const lossc::Engine engine;
  const auto squared = kernel_of(engine, "squared", {.gradients = {"a"}});
  // A 2 × 3 picture inside rows of 5, against a contiguous one: two segments, not one.
  std::vector<float> picture(10, 99);
  const std::vector<float> truth(6, 0);
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < 3; ++column) {
      picture[static_cast<std::size_t>(row * 5 + column)] = static_cast<float>(row * 3 + column);
    }
  }
  std::vector<float> gradient(6);
  std::vector<float> values(6);
  auto result =
      squared.call({{"a", {picture.data(), {2, 3}, {5, 1}}}, {"b", {truth.data(), {2, 3}}}},
                   {.gradients = {{"a", {gradient.data(), {2, 3}}}},
                    .values = {values.data(), {2, 3}},
                    .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->value, 55);
  EXPECT_EQ(gradient, (std::vector<float>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(values, (std::vector<float>{0, 1, 4, 9, 16, 25}));
}

TEST(Call, OutputsThatAreLeftOutAreNotNeeded) {
  const lossc::Engine engine;
  const auto squared = kernel_of(engine, "squared", {.gradients = {"a", "b"}});
  const std::vector<float> a{1, 2};
  const std::vector<float> b{0, 0};
  std::vector<float> db(2);
  auto result = squared.call({{"a", a}, {"b", b}}, {.gradients = {{"b", db}}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(db, (std::vector<float>{-1, -2}));
  float* const nothing = nullptr;
  auto value = squared.call({{"a", a}, {"b", b}}, {.gradients = {{"a", {nothing, {2}}}}});
  ASSERT_TRUE(value.ok()) << value.error().message;
  EXPECT_EQ(value->value, 2.5);
}

TEST(Call, ParamsComeByViewByValueOrByDefault) {
  const lossc::Engine engine;
  const auto scaled = kernel_of(engine, "scaled", {.gradients = {"s"}});
  const std::vector<float> a{6};
  const float two[1] = {2};
  EXPECT_EQ(scaled.call({{"a", a}})->value, 6);
  EXPECT_EQ(scaled.call({{"a", a}, {"s", 3}})->value, 2);
  EXPECT_EQ(scaled.call({{"a", a}, {"s", {two, {}}}})->value, 3);
  EXPECT_EQ(scaled.call({{"a", a}}, {.params = {{"s", 4}}})->value, 1.5);
  float ds = 0;
  auto result = scaled.call({{"a", a}, {"s", 2}}, {.gradients = {{"s", {&ds, {}}}}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(ds, -1.5F);
}

TEST(Call, HessianDiagonals) {
  const lossc::Engine engine;
  const auto squared = kernel_of(engine, "squared", {.hessians = {"a"}});
  const std::vector<float> a{1, 2};
  const std::vector<float> b{0, 0};
  std::vector<float> h(2);
  auto result = squared.call({{"a", a}, {"b", b}},
                             {.hessians = {{"a", h}}, .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(h, (std::vector<float>{2, 2}));
}

TEST(Call, SignaturesTellWhatALossTakes) {
  const lossc::Engine engine;
  const auto module = module_of(engine);
  EXPECT_EQ(module.losses().front(), "focal");
  const auto signature = module.signature("cross_entropy");
  ASSERT_TRUE(signature.ok());
  EXPECT_EQ(signature->arguments[0].name, "z");
  EXPECT_EQ(signature->arguments[0].shape, std::vector<std::string>{"K"});
  EXPECT_TRUE(signature->arguments[1].is_label);
  EXPECT_TRUE(module.signature("wrong")->is_metric);
}

}  // namespace
