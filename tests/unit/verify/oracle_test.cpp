// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The oracle where the answer is known, above all where a formula loses its digits.
#include "compiler/verify/oracle.h"

#include <cmath>

#include "tests/unit/verify/verified.h"

namespace {

using lossc::ir::OutputKind;
using lossc::testing::subject_of;
using lossc::verify::Exact;
using lossc::verify::Oracle;
using lossc::verify::Point;
using lossc::verify::Subject;
using lossc::verify::Truth;

Point point(const Subject& subject, std::vector<std::vector<double>> arrays,
            std::vector<std::int64_t> extents = {}) {
  EXPECT_EQ(extents.size(), subject.literal->sizes.size());
  return {std::move(extents), std::move(arrays)};
}

void expect_near(const Exact& exact, long double value) {
  ASSERT_TRUE(exact.resolved());
  EXPECT_LE(std::fabs(exact.value - value), 4e-18L * std::fabs(value));
}

TEST(Oracle, ValueGradientAndHessianOfOneEvaluation) {
  const Subject subject = subject_of("loss f(pred z: real) = exp(2 * z)");
  ASSERT_EQ(subject.quantities.size(), 3u);
  const Truth truth = Oracle(subject).truth(point(subject, {{0.5}}));
  expect_near(truth[0][0], std::exp(1.0L));
  expect_near(truth[1][0], 2 * std::exp(1.0L));
  expect_near(truth[2][0], 4 * std::exp(1.0L));
}

TEST(Oracle, LostDigitsAreMissed) {
  // At any precision below 289 bits sigmoid(200) is 1, in every rounding to nearest.
  const Subject subject = subject_of("loss f(pred z: logit) = -log(1 - sigmoid(z))");
  const Truth truth = Oracle(subject).truth(point(subject, {{200}}));
  expect_near(truth[0][0], 200);
  EXPECT_GT(truth[0][0].bits, 288u);
  EXPECT_FALSE(truth[0][0].from_stable);
  const Subject square = subject_of("loss f(pred z: logit) = (1 - tanh(z)) ^ 2");
  const Truth tail = Oracle(square).truth(point(square, {{100}}));
  expect_near(tail[0][0], 4 * std::exp(-400.0L));
}

// Rounding towards one side would not show that 1 - (1 - tiny) lost all its digits: the sign turns
// it round.
TEST(Oracle, LostDigitsAreMissedBehindAChangeOfSign) {
  const Subject subject = subject_of("loss f(pred z: real) = -log(1 - normal_cdf(z))");
  for (const double z : {10.0, 18.75, 30.0, 50.0}) {
    const Exact exact = Oracle(subject).truth(point(subject, {{z}}))[0][0];
    ASSERT_TRUE(exact.resolved());
    EXPECT_NEAR(static_cast<double>(exact.value), z * z / 2 + std::log(z) + 0.918938533, 1 / z);
  }
}

// Rounded to nearest, 1 - p is 0 and its power too; with noise neither is.
TEST(Oracle, SensitivityIsThatOfTheNumber) {
  const Subject subject = subject_of(
      "loss f(pred z: logit, param g: nonnegative) = -(1 - sigmoid(z)) ^ g * log(sigmoid(z))");
  const Point far = point(subject, {{600}, {1e-30}});
  const Oracle oracle(subject);
  const Truth truth = oracle.truth(far);
  ASSERT_TRUE(truth[1][0].resolved());
  const double size = static_cast<double>(std::fabs(truth[1][0].value));
  EXPECT_NEAR(oracle.sensitivity(far, subject.quantities[1], 0, truth[1][0]) / size, 600, 1);
}

TEST(Oracle, InexactTiesStayTies) {
  const Subject subject = subject_of("loss f(pred x: real, pred t: real) = max(x / 3, t / 3)");
  expect_near(Oracle(subject).truth(point(subject, {{0.7}, {0.7}}))[1][0], 1 / 6.0L);
}

TEST(Oracle, WhatNeedsTooManyDigitsIsTakenFromTheStableForm) {
  const Subject subject = subject_of("loss f(pred z: logit) = -log(1 - sigmoid(z))");
  const Truth truth = Oracle(subject).truth(point(subject, {{1e30}}));
  EXPECT_TRUE(truth[0][0].from_stable);
  expect_near(truth[0][0], 1e30);
  expect_near(truth[1][0], 1);
}

TEST(Oracle, ExactZerosAndInfinitiesAreResolved) {
  const Subject subject = subject_of("loss f(pred x: real, target t: real) = log(abs(x - t))");
  const Truth truth = Oracle(subject).truth(point(subject, {{0.1}, {0.1}}));
  ASSERT_TRUE(truth[0][0].resolved());
  EXPECT_EQ(truth[0][0].value, -INFINITY);
  const Subject difference = subject_of("loss f(pred x: real, target t: real) = exp(x) - exp(t)");
  EXPECT_EQ(Oracle(difference).truth(point(difference, {{0.1}, {0.1}}))[0][0].value, 0);
}

TEST(Oracle, KinksFollowTheConventions) {
  const Subject subject = subject_of("loss f(pred x: real) = abs(x)");
  EXPECT_EQ(Oracle(subject).truth(point(subject, {{0}}))[1][0].value, 0);
  const Subject smooth = subject_of("loss f(pred x: real) = max(x, 0) + log(1 + exp(-abs(x)))");
  EXPECT_EQ(Oracle(smooth).truth(point(smooth, {{0}}))[1][0].value, 0.5L);
}

TEST(Oracle, WeightsMultiplyAndParamsAreDifferentiated) {
  const Subject subject = subject_of(
      "loss f(pred x: real, target t: real, param s: positive = 1) {\n  weight = t\n  x / s\n}");
  const Oracle oracle(subject);
  const Truth truth = oracle.truth(point(subject, {{6}, {3}, {2}}));
  expect_near(truth[0][0], 9);
  EXPECT_EQ(subject.quantities[2].name, "grad[s]");
  expect_near(truth[2][0], -4.5L);
  EXPECT_EQ(oracle.truth(point(subject, {{6}, {0}, {2}}))[0][0].value, 0);
}

TEST(Oracle, ConditionsAreThoseOfTheFormula) {
  const Subject subject = subject_of("loss f(pred x: real, target t: real) = (x - t)^2");
  const Oracle oracle(subject);
  const Point at = point(subject, {{1.0}, {0.75}});
  const Truth truth = oracle.truth(at);
  // Σ |x ∂f/∂x|: 2·0.25·(1 + 0.75) of the value, 2·(1 + 0.75) of the gradient.
  EXPECT_NEAR(oracle.sensitivity(at, subject.quantities[0], 0, truth[0][0]), 0.875, 1e-12);
  EXPECT_NEAR(oracle.sensitivity(at, subject.quantities[1], 0, truth[1][0]), 3.5, 1e-12);
  EXPECT_NEAR(oracle.sensitivity(at, subject.quantities[2], 0, truth[2][0]), 0, 1e-12);
}

TEST(Oracle, RequirementsAreRespected) {
  const Subject subject = subject_of(
      "loss f(pred x: real, param a: real = 1) {\n  require a > 0, \"a is positive\"\n  x / a\n}");
  const Oracle oracle(subject);
  EXPECT_TRUE(oracle.allowed(point(subject, {{1}, {2}})));
  EXPECT_FALSE(oracle.allowed(point(subject, {{1}, {-2}})));
}

}  // namespace
