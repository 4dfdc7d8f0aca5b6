// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors in units in the last place, at the ends of the range too.
#include "compiler/verify/measure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using lossc::FloatType;
using lossc::verify::error_in_ulps;
using lossc::verify::Fault;
using lossc::verify::fault_of;

constexpr double inf = std::numeric_limits<double>::infinity();

TEST(Measure, OneUlpIsTheDistanceOfNeighbours) {
  EXPECT_EQ(error_in_ulps(std::nextafter(1.0, 2.0), 1.0L, FloatType::f64), 1);
  EXPECT_EQ(error_in_ulps(std::nextafter(1.0f, 2.0f), 1.0L, FloatType::f32), 1);
  EXPECT_EQ(error_in_ulps(3.0, 3.0L + 0x1p-52L, FloatType::f64), 0.5);
  EXPECT_EQ(error_in_ulps(0, 0x1p-126L, FloatType::f32), 0x1p23);
}

TEST(Measure, SubnormalResultsAreExempt) {
  EXPECT_EQ(error_in_ulps(0, 1e-40L, FloatType::f32), 0);
  EXPECT_EQ(error_in_ulps(1e-40, 0, FloatType::f32), 0);
  EXPECT_GT(error_in_ulps(1e-30, 1e-40L, FloatType::f32), 1e10);
  EXPECT_GT(error_in_ulps(1e-300, 0, FloatType::f64), 1e20);
}

TEST(Measure, WhatIsBeyondTheRangeMustBeInfinite) {
  EXPECT_EQ(error_in_ulps(inf, 1e60L, FloatType::f32), 0);
  EXPECT_EQ(error_in_ulps(inf, INFINITY, FloatType::f64), 0);
  EXPECT_EQ(error_in_ulps(-inf, -1e400L, FloatType::f64), 0);
  EXPECT_GT(error_in_ulps(-inf, 1e60L, FloatType::f32), 1e6);
  EXPECT_GT(error_in_ulps(1e30, 1e60L, FloatType::f32), 1e6);
  EXPECT_GT(error_in_ulps(inf, 1e30L, FloatType::f32), 1e6);
  // The largest number is one unit below what rounds to infinity.
  EXPECT_LE(error_in_ulps(std::numeric_limits<float>::max(), 1e60L, FloatType::f32), 1);
}

TEST(Measure, FaultsAreCalledByName) {
  EXPECT_EQ(fault_of(std::nan(""), 1, inf), Fault::nan);
  EXPECT_EQ(fault_of(inf, 1, 1e9), Fault::infinite);
  EXPECT_EQ(fault_of(-1, 1, 1e9), Fault::wrong_sign);
  EXPECT_EQ(fault_of(0, 1, 1e9), Fault::total_loss);
  EXPECT_EQ(fault_of(1.001, 1, 1e4), Fault::off);
}

}  // namespace
