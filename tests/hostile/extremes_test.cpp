// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Extreme numbers in the rows of a softmax: finite where the exact answer is, and otherwise what
// the language says of infinities; never a word about the neighbours.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "lossc/lossc.h"

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float largest = std::numeric_limits<float>::max();

class ExtremeLogits : public ::testing::Test {
 protected:
  ExtremeLogits() : kernel_(made()) {}

  lossc::Kernel made() {
    const auto module = engine_.load_text(
        "loss f(pred z: logit[K], target y: class(K)) = -log(softmax(z)[y])\n", "extremes.loss");
    EXPECT_TRUE(module.ok()) << module.error().message;
    auto kernel = module->kernel("f", {.gradients = {"z"}});
    EXPECT_TRUE(kernel.ok()) << kernel.error().message;
    return *kernel;
  }

  struct Answer {
    float value = 0;
    std::vector<float> gradient;
  };

  /// Of one row between two ordinary ones, whose answers must not change.
  Answer answer(const std::vector<float>& row, std::int32_t label) {
    const std::size_t size = row.size();
    const auto classes = static_cast<std::int64_t>(size);
    std::vector<float> z(size, 0);
    z.insert(z.end(), row.begin(), row.end());
    z.insert(z.end(), size, 0.0F);
    const std::vector<std::int32_t> y{0, label, 0};
    std::vector<float> values(3), dz(z.size());
    const auto result = kernel_.call({{"z", {z.data(), {3, classes}}}, {"y", y}},
                                     {.gradients = {{"z", {dz.data(), {3, classes}}}},
                                      .values = values,
                                      .reduction = lossc::Reduction::none});
    EXPECT_TRUE(result.ok()) << result.error().message;
    const double uniform = std::log(static_cast<double>(size));
    for (const std::size_t other : {0, 2}) {
      EXPECT_NEAR(values[other], uniform, 1e-6 * (1 + uniform));
      EXPECT_NEAR(dz[other * size], 1 / static_cast<double>(size) - 1, 1e-6);
    }
    const auto first = dz.begin() + static_cast<std::ptrdiff_t>(size);
    return {values[1], {first, first + static_cast<std::ptrdiff_t>(size)}};
  }

  lossc::Engine engine_;
  lossc::Kernel kernel_;
};

TEST_F(ExtremeLogits, LargeAndFinite) {
  EXPECT_EQ(answer({largest, -largest}, 0).value, 0);
  EXPECT_EQ(answer({largest, -largest}, 0).gradient, (std::vector<float>{0, 0}));
  EXPECT_EQ(answer({largest, -largest}, 1).value, infinity);  // 2 FLT_MAX
  EXPECT_EQ(answer({largest, -largest}, 1).gradient, (std::vector<float>{1, -1}));
  EXPECT_EQ(answer({largest, 0}, 1).value, largest);
  EXPECT_NEAR(answer({largest, largest}, 1).value, std::log(2.0), 1e-6);
  EXPECT_NEAR(answer({-largest, -largest}, 1).value, std::log(2.0), 1e-6);
  EXPECT_EQ(answer({1e9F, -1e9F}, 1).value, 2e9F);
  EXPECT_EQ(answer({1e9F, -1e9F}, 1).gradient, (std::vector<float>{1, -1}));
}

TEST_F(ExtremeLogits, Infinite) {
  const Answer one = answer({-infinity, 0, 0}, 1);
  EXPECT_NEAR(one.value, std::log(2.0), 1e-6);
  EXPECT_EQ(one.gradient, (std::vector<float>{0, -0.5F, 0.5F}));
  EXPECT_EQ(answer({-infinity, 0, 0}, 0).value, infinity);
  EXPECT_EQ(answer({-infinity, -infinity}, 0).value, infinity);
  // +inf is no legal logit: any answer, in its own row.
  for (const std::int32_t label : {0, 1}) {
    answer({infinity, 0}, label);
    answer({infinity, infinity}, label);
    answer({infinity, -infinity}, label);
    answer({NAN, 0}, label);
  }
}

TEST_F(ExtremeLogits, AwkwardSizes) {
  for (const std::size_t size : {1u, 2u, 15u, 16u, 17u, 31u, 33u, 100'003u}) {
    std::vector<float> row(size, -infinity);
    row[size - 1] = largest;
    const Answer last = answer(row, static_cast<std::int32_t>(size - 1));
    EXPECT_EQ(last.value, 0) << size;
    EXPECT_EQ(last.gradient, std::vector<float>(size, 0)) << size;
    row.assign(size, 3);
    EXPECT_NEAR(answer(row, 0).value, std::log(static_cast<double>(size)), 2e-5) << size;
  }
}

}  // namespace
