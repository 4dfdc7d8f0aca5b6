// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers of a row in f32 losses: a tail that f32 has lost where its product is an ordinary number,
// and the class of the label, whose Hessian cancels. At points that `lossc verify` has found.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "lossc/lossc.h"

namespace {

constexpr unsigned widths[] = {4, 8, 16};

void expect_near(float got, double exact, double ulps) {
  const auto rounded = static_cast<float>(exact);
  const float next = std::nextafter(std::abs(rounded), std::numeric_limits<float>::infinity());
  const double unit = static_cast<double>(next) - std::abs(static_cast<double>(rounded));
  EXPECT_LE(std::abs(static_cast<double>(got) - exact), ulps * unit) << got << ", not " << exact;
}

// Near 1e-38, where sigmoid^gamma itself is subnormal; and a Hessian that two terms nearly cancel
// in.
TEST(RowTails, TheHessianOfALabelIsAnF64Number) {
  struct Case {
    std::vector<float> z;
    std::int64_t label;
    float gamma;
    double exact;
    double ulps;  ///< the condition number of the first is 127
  };
  const std::vector<Case> cases = {
      {{0.50857735F, -4.800152F, -0.06373953F, 0.05729579F},
       2,
       322.48773F,
       3.9522229083883093e-38,
       32},
      {{-5.4354903e-11F, -0.037386812F, -0.43504372F, 2.9616803e-07F, -0.0038796077F, -3.22328e-11F,
        -0.00043311928F, 5.1208855e-09F, -1.278414e-07F, 0.0F, 0.00049560715F, 0.1146819F,
        -2.9893974e-12F, 1.2776973e-12F, 6.379412e-09F, -0.18538423F, 0.0011159945F},
       16,
       2.1471622F,
       0.0050664327987136479,
       8}};
  const lossc::Engine engine;
  const auto module = engine.load_library("std.classification");
  ASSERT_TRUE(module.ok()) << module.error().message;
  for (const unsigned width : widths) {
    const auto kernel = module->kernel("softmax_focal", {.hessians = {"z"}, .width = width});
    ASSERT_TRUE(kernel.ok()) << kernel.error().message;
    for (const Case& at : cases) {
      const auto classes = static_cast<std::int64_t>(at.z.size());
      std::vector<float> hessian(at.z.size());
      const std::vector<std::int64_t> labels{at.label};
      const auto result =
          kernel->call({{"z", lossc::View(at.z, {1, classes})}, {"y", labels}, {"gamma", at.gamma}},
                       {.hessians = {{"z", lossc::MutableView(hessian, {1, classes})}},
                        .reduction = lossc::Reduction::sum});
      ASSERT_TRUE(result.ok()) << result.error().message;
      expect_near(hessian[static_cast<std::size_t>(at.label)], at.exact, at.ulps);
    }
  }
}

TEST(RowTails, ALargeElementBringsATailBack) {
  const lossc::Engine engine;
  const auto module = engine.load_text(R"(
loss logistic(target x: real[D], target y: binary, param w: real[D], param b: real = 0) {
  let p = sigmoid(dot(w, x) + b)
  -(y * log(p) + (1 - y) * log(1 - p))
})",
                                       "logistic.loss");
  ASSERT_TRUE(module.ok()) << module.error().message;
  const std::vector<float> x{-1e-30F, 1e30F};
  const std::vector<float> w{0, 0};
  for (const unsigned width : widths) {
    const auto kernel = module->kernel("logistic", {.gradients = {"w"}, .width = width});
    ASSERT_TRUE(kernel.ok()) << kernel.error().message;
    std::vector<float> gradient(2);
    const auto result = kernel->call(
        {{"x", lossc::View(x, {1, 2})}, {"y", std::vector<float>{0}}, {"w", w}, {"b", -120.0F}},
        {.gradients = {{"w", gradient}}, .reduction = lossc::Reduction::sum});
    ASSERT_TRUE(result.ok()) << result.error().message;
    expect_near(gradient[1], 7.667648189100675e-23, 8);
  }
}

}  // namespace
