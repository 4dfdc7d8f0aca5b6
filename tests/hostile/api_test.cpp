// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hostile inputs for kernels: what may lie in the arrays of a call, and how they may lie. Errors
// name the argument, and nothing is written.
#include <gtest/gtest.h>

#include <cfenv>
#include <climits>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "lossc/lossc.h"

namespace {

using lossc::ErrorCode;

const char* const source = R"(
loss squared(pred a: real, target b: real) = (a - b)^2
loss bce(pred z: logit, target y: binary) = -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))
loss cross_entropy(pred z: logit[K], target y: class(K)) = -log(softmax(z)[y])
loss ignoring(pred z: logit[K], target y: class(K, ignore = -100)) {
  weight = if valid(y) then 1 else 0
  -log(softmax(z)[y])
}
loss linear(target x: real[D], target t: real, param w: real[D]) = (sum(w * x) - t)^2 / 2
loss huber(pred a: real, param delta: positive = 1) {
  require delta < 1000, "delta is below 1000"
  if abs(a) <= delta then a^2 / 2 else delta * (abs(a) - delta / 2)
}
)";

class HostileCall : public ::testing::Test {
 protected:
  lossc::Kernel kernel(const char* loss, const lossc::KernelOptions& options) {
    auto module = engine_.load_text(source, "hostile.loss");
    EXPECT_TRUE(module.ok()) << module.error().message;
    auto kernel = module->kernel(loss, options);
    EXPECT_TRUE(kernel.ok()) << kernel.error().message;
    return *kernel;
  }

  /// The error of a call, with the outputs untouched.
  void expect_error(const lossc::Result<lossc::Evaluation>& result, ErrorCode code,
                    const std::string& argument) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_EQ(result.error().argument, argument) << result.error().message;
    EXPECT_NE(result.error().message.find(argument), std::string::npos) << result.error().message;
  }

  lossc::Engine engine_;
};

TEST_F(HostileCall, NoExamplesWithNullPointers) {
  const auto squared = kernel("squared", {.gradients = {"a"}});
  float* const null = nullptr;
  for (const auto reduction : {lossc::Reduction::mean, lossc::Reduction::sum}) {
    const auto result = squared.call({{"a", {null, {0}}}, {"b", {null, {0}}}},
                                     {.gradients = {{"a", {null, {0}}}}, .reduction = reduction});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->value, 0);
    EXPECT_EQ(result->divisor, 0);
  }
  const auto linear = kernel("linear", {.gradients = {"w"}});
  const float w[2] = {1, 2};
  float dw[2] = {7, 7};
  const auto result = linear.call({{"x", {null, {0, 2}}}, {"t", {null, {0}}}, {"w", w}},
                                  {.gradients = {{"w", dw}}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(dw[0], 0);
  EXPECT_EQ(dw[1], 0);
}

TEST_F(HostileCall, WrongPointersLengthsTypesAndStrides) {
  const auto squared = kernel("squared", {.gradients = {"a"}});
  const std::vector<float> a{1, 2, 3};
  const std::vector<float> b{0, 0, 0};
  std::vector<float> da(3, 7);
  float* const null = nullptr;
  const lossc::CallOptions options{.gradients = {{"a", da}}};
  expect_error(squared.call({{"a", {null, {3}}}, {"b", b}}, options), ErrorCode::null_pointer, "a");
  expect_error(squared.call({{"a", a}, {"b", std::vector<float>{1, 2}}}, options),
               ErrorCode::wrong_shape, "b");
  expect_error(squared.call({{"a", a}, {"b", std::vector<double>{1, 2, 3}}}, options),
               ErrorCode::wrong_type, "b");
  expect_error(squared.call({{"a", a}, {"b", {b, {4}}}}, options), ErrorCode::wrong_shape, "b");
  expect_error(squared.call({{"a", a}, {"b", {b.data(), {-1}}}}, options), ErrorCode::wrong_shape,
               "b");
  expect_error(squared.call({{"a", a}}, options), ErrorCode::missing_argument, "b");
  expect_error(squared.call({{"a", a}, {"b", b}, {"c", b}}, options), ErrorCode::unknown_name, "c");
  expect_error(squared.call({{"a", a}, {"b", b}, {"a", a}}, options), ErrorCode::unknown_name, "a");
  expect_error(squared.call({{"a", a}, {"b", {b.data(), {3}, {INT64_MAX / 2}}}}, options),
               ErrorCode::wrong_stride, "b");
  expect_error(squared.call({{"a", a}, {"b", {b.data(), {INT64_MAX / 2, INT64_MAX / 2}}}}, options),
               ErrorCode::wrong_shape, "b");
  const auto out = squared.call({{"a", a}, {"b", b}}, {.gradients = {{"a", {da.data(), {2}}}}});
  ASSERT_FALSE(out.ok());
  EXPECT_EQ(out.error().code, ErrorCode::wrong_shape);
  EXPECT_EQ(da, (std::vector<float>{7, 7, 7}));
}

TEST_F(HostileCall, MisalignedByFourBytes) {
  const auto bce = kernel("bce", {.gradients = {"z"}});
  for (std::int64_t n = 0; n < 70; ++n) {
    for (std::size_t shift = 0; shift < 2; ++shift) {
      std::vector<float> z(80, 99);
      std::vector<float> y(80, 0);
      std::vector<float> dz(80, 42);
      for (std::int64_t i = 0; i < n; ++i) {
        z[static_cast<std::size_t>(i) + shift] = static_cast<float>(i) / 8 - 4;
      }
      const auto result = bce.call(
          {{"z", {z.data() + shift, {n}}}, {"y", {y.data() + shift, {n}}}},
          {.gradients = {{"z", {dz.data() + shift, {n}}}}, .reduction = lossc::Reduction::sum});
      ASSERT_TRUE(result.ok()) << result.error().message;
      double expected = 0;
      for (std::size_t i = 0; i < dz.size(); ++i) {
        const bool inside = i >= shift && i < shift + static_cast<std::size_t>(n);
        const double logit = static_cast<double>(z[i]);
        if (inside) expected += std::log1p(std::exp(logit));
        EXPECT_NEAR(dz[i], inside ? 1 / (1 + std::exp(-logit)) : 42, 1e-6);
      }
      EXPECT_NEAR(result->value, expected, 1e-5 * (1 + expected));
    }
  }
}

TEST_F(HostileCall, AGradientExactlyOverItsPrediction) {
  const auto squared = kernel("squared", {.gradients = {"a"}});
  std::vector<float> a(100);
  const std::vector<float> b(100, 1);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i);
  const lossc::MutableView over(a);
  auto result = squared.call({{"a", a}, {"b", b}},
                             {.gradients = {{"a", over}}, .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(result.ok()) << result.error().message;
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i], 2 * (static_cast<float>(i) - 1));

  const auto cross = kernel("cross_entropy", {.gradients = {"z"}});
  for (const std::int64_t classes : {3, 17, 1000}) {
    const std::int64_t rows = 70;
    std::vector<float> z(static_cast<std::size_t>(rows * classes));
    for (std::size_t i = 0; i < z.size(); ++i) z[i] = static_cast<float>(i % 13) - 6;
    std::vector<std::int32_t> y(static_cast<std::size_t>(rows));
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<std::int32_t>(i) % 3;
    std::vector<float> beside(z.size());
    const lossc::View logits(z.data(), {rows, classes});
    auto first = cross.call({{"z", logits}, {"y", y}}, {.gradients = {{"z", beside}}});
    ASSERT_TRUE(first.ok()) << first.error().message;
    auto second =
        cross.call({{"z", logits}, {"y", y}}, {.gradients = {{"z", {z.data(), {rows, classes}}}}});
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_NEAR(first->value, second->value, 1e-9);
    EXPECT_EQ(z, beside) << classes;
  }
}

TEST_F(HostileCall, PartialOverlapIsRefusedAndInterleavingIsNot) {
  const auto squared = kernel("squared", {.gradients = {"a"}, .hessians = {"a"}});
  std::vector<float> a(20, 3);
  const std::vector<float> b(10, 1);
  const auto shifted = squared.call({{"a", {a.data(), {10}}}, {"b", b}},
                                    {.gradients = {{"a", {a.data() + 1, {10}}}}});
  ASSERT_FALSE(shifted.ok());
  EXPECT_EQ(shifted.error().code, ErrorCode::overlap) << shifted.error().message;
  std::vector<float> pairs(20);  // gradient, Hessian, gradient, … as boosting keeps them
  const auto interleaved = squared.call({{"a", {a.data(), {10}}}, {"b", b}},
                                        {.gradients = {{"a", {pairs.data(), {10}, {2}}}},
                                         .hessians = {{"a", {pairs.data() + 1, {10}, {2}}}},
                                         .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(interleaved.ok()) << interleaved.error().message;
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(pairs[2 * i], 4);
    EXPECT_EQ(pairs[2 * i + 1], 2);
  }
  std::vector<float> same(10);
  const auto twice = squared.call({{"a", {a.data(), {10}}}, {"b", b}},
                                  {.gradients = {{"a", same}}, .hessians = {{"a", same}}});
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().code, ErrorCode::overlap);
}

TEST_F(HostileCall, StridesOfZeroAndNegativeOnes) {
  const auto squared = kernel("squared", {.gradients = {"a"}});
  const std::vector<float> a{1, 2, 3};
  const float b = 1;
  std::vector<float> da(3, 7);
  auto broadcast = squared.call({{"a", a}, {"b", {&b, {3}, {0}}}},
                                {.gradients = {{"a", da}}, .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(broadcast.ok()) << broadcast.error().message;
  EXPECT_EQ(da, (std::vector<float>{0, 2, 4}));
  auto refused = squared.call({{"a", a}, {"b", {&b, {3}, {0}}}},
                              {.gradients = {{"a", {da.data(), {3}, {0}}}}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::wrong_stride);
  auto reversed = squared.call({{"a", {a.data() + 2, {3}, {-1}}}, {"b", {&b, {3}, {0}}}},
                               {.gradients = {{"a", da}}, .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(reversed.ok()) << reversed.error().message;
  EXPECT_EQ(da, (std::vector<float>{4, 2, 0}));
}

TEST_F(HostileCall, LabelsOutOfRangeNameExampleAndValue) {
  const auto cross = kernel("cross_entropy", {.gradients = {"z"}});
  const std::vector<float> z(9, 0);
  std::vector<float> dz(9, 7);
  for (const std::int32_t bad : {3, -1, INT_MIN, INT_MAX, -100}) {
    const std::vector<std::int32_t> y{0, bad, 2};
    const auto result =
        cross.call({{"z", {z.data(), {3, 3}}}, {"y", y}}, {.gradients = {{"z", dz}}});
    expect_error(result, ErrorCode::label_out_of_range, "y");
    EXPECT_EQ(result.error().example, 1);
    EXPECT_NE(result.error().message.find(std::to_string(bad)), std::string::npos);
    EXPECT_EQ(dz, std::vector<float>(9, 7));
  }
  const std::vector<std::int64_t> wide{0, 1, std::int64_t{1} << 32};
  const auto result =
      cross.call({{"z", {z.data(), {3, 3}}}, {"y", wide}}, {.gradients = {{"z", dz}}});
  expect_error(result, ErrorCode::label_out_of_range, "y");
  EXPECT_EQ(result.error().example, 2);
}

TEST_F(HostileCall, IgnoredLabelsEverywhere) {
  const auto ignoring = kernel("ignoring", {.gradients = {"z"}});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> z{1, nan, 2, INFINITY, nan, nan};
  const std::vector<std::int32_t> y{-100, -100};
  std::vector<float> dz(6, 7);
  const auto result =
      ignoring.call({{"z", {z.data(), {2, 3}}}, {"y", y}}, {.gradients = {{"z", dz}}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->value, 0);
  EXPECT_EQ(result->divisor, 0);
  EXPECT_EQ(dz, std::vector<float>(6, 0));
}

TEST_F(HostileCall, NanStaysInItsRow) {
  const auto cross = kernel("cross_entropy", {.gradients = {"z"}});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> z{1, 2, 3, 1, nan, 3, 1, 2, 3};
  const std::vector<std::int32_t> y{0, 0, 0};
  std::vector<float> dz(9);
  std::vector<float> values(3);
  const auto result =
      cross.call({{"z", {z.data(), {3, 3}}}, {"y", y}},
                 {.gradients = {{"z", dz}}, .values = values, .reduction = lossc::Reduction::none});
  ASSERT_TRUE(result.ok()) << result.error().message;
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(std::isnan(dz[i]), i / 3 == 1) << i;
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(std::isnan(values[i]), i == 1) << i;
}

TEST_F(HostileCall, WeightsThatAreZeroNanOrNegative) {
  const auto squared = kernel("squared", {.gradients = {"a"}});
  const std::vector<float> a{1, 2};
  const std::vector<float> b{0, 0};
  const auto value = [&](const std::vector<float>& weights) {
    const auto result = squared.call({{"a", a}, {"b", b}}, {.weights = weights});
    EXPECT_TRUE(result.ok());
    return result->value;
  };
  EXPECT_EQ(value({0, 0}), 0);
  EXPECT_TRUE(std::isnan(value({NAN, 1})));
  EXPECT_EQ(value({-1, 3}), 5.5);
  const auto wrong = squared.call({{"a", a}, {"b", b}}, {.weights = std::vector<float>{1}});
  expect_error(wrong, ErrorCode::wrong_shape, "weights");
}

TEST_F(HostileCall, SumsAreCompensated) {
  const auto linear = kernel("squared", {});
  // Squares of 1e15 and 1: an f32 or a plain sum would lose all the ones.
  std::vector<float> a(40'001, 1);
  a[0] = 3e7F;
  const std::vector<float> b(a.size(), 0);
  const auto result = linear.call({{"a", a}, {"b", b}}, {.reduction = lossc::Reduction::sum});
  ASSERT_TRUE(result.ok()) << result.error().message;
  const double first = static_cast<double>(3e7F * 3e7F);
  EXPECT_EQ(result->value, first + 40'000);
}

TEST_F(HostileCall, ParamsOutsideTheirDomainAndRequirements) {
  const auto huber = kernel("huber", {.gradients = {"a"}});
  const std::vector<float> a{1, 2};
  std::vector<float> da(2, 7);
  const lossc::CallOptions options{.gradients = {{"a", da}}};
  expect_error(huber.call({{"a", a}, {"delta", 0}}, options), ErrorCode::outside_domain, "delta");
  expect_error(huber.call({{"a", a}, {"delta", -1}}, options), ErrorCode::outside_domain, "delta");
  const auto required = huber.call({{"a", a}, {"delta", 2000}}, options);
  ASSERT_FALSE(required.ok());
  EXPECT_EQ(required.error().code, ErrorCode::requirement);
  EXPECT_NE(required.error().message.find("delta is below 1000"), std::string::npos);
  EXPECT_EQ(da, (std::vector<float>{7, 7}));
}

TEST_F(HostileCall, SizesZeroAndOne) {
  const auto cross = kernel("cross_entropy", {.gradients = {"z"}});
  const std::vector<float> z{5, -5};
  const std::vector<std::int32_t> y{0, 0};
  std::vector<float> dz(2, 7);
  const auto one = cross.call({{"z", {z.data(), {2, 1}}}, {"y", y}}, {.gradients = {{"z", dz}}});
  ASSERT_TRUE(one.ok()) << one.error().message;
  EXPECT_EQ(one->value, 0);
  EXPECT_EQ(dz, (std::vector<float>{0, 0}));
  const auto none = cross.call({{"z", {z.data(), {2, 0}}}, {"y", y}}, {});
  expect_error(none, ErrorCode::label_out_of_range, "y");
}

TEST_F(HostileCall, TheFloatingPointEnvironmentIsAsItWas) {
  const auto bce = kernel("bce", {.gradients = {"z"}});
  const std::vector<float> z{-1e-39F, 0, 1e30F, 5, -INFINITY};
  const std::vector<float> y{0, 1, 0, 1, 0};
  std::vector<float> expected(5);
  ASSERT_TRUE(bce.call({{"z", z}, {"y", y}}, {.gradients = {{"z", expected}}}).ok());
  ASSERT_EQ(std::feclearexcept(FE_ALL_EXCEPT), 0);
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  std::vector<float> dz(5);
  const bool ok = bce.call({{"z", z}, {"y", y}}, {.gradients = {{"z", dz}}}).ok();
  const int rounding = std::fegetround();
  std::fesetround(FE_TONEAREST);
  EXPECT_TRUE(ok);
  EXPECT_EQ(rounding, FE_UPWARD);
  EXPECT_EQ(dz, expected);
}

}  // namespace
