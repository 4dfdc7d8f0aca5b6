// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/output.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "compiler/lossc/describe.h"
#include "compiler/lossc/test_runner.h"

namespace {

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Output, ReplacesFilesAsAWhole) {
  const std::string folder = ::testing::TempDir() + "/output_test";
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/a.txt";
  ASSERT_TRUE(lossc::cli::write_output(path, "old").ok());
  ASSERT_TRUE(lossc::cli::write_output(path, "new").ok());
  EXPECT_EQ(text_of(path), "new");
  // Nothing else is left behind.
  const std::filesystem::directory_iterator entries(folder);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
  std::filesystem::remove_all(folder);
}

TEST(Output, PlacesThatTakeNothing) {
  EXPECT_FALSE(lossc::cli::write_output("/", "x").ok());
  EXPECT_FALSE(lossc::cli::write_output("/nowhere/at/all.txt", "x").ok());
  EXPECT_FALSE(lossc::cli::write_output("/dev/full", "x").ok());
  EXPECT_TRUE(lossc::cli::write_output("/dev/null", "x").ok());
}

TEST(Names, AreSpelledForC) {
  EXPECT_EQ(lossc::cli::c_name("gamma"), "gamma");
  EXPECT_EQ(lossc::cli::c_name("σ"), "sigma");
  EXPECT_EQ(lossc::cli::c_name("Σ"), "Sigma");
  EXPECT_EQ(lossc::cli::c_name("z'"), "z_prime");
  EXPECT_EQ(lossc::cli::c_name("é"), "_u00E9");
  EXPECT_EQ(lossc::cli::c_name("double"), "double_");
  EXPECT_EQ(lossc::cli::c_name("batch"), "batch_");
}

TEST(Agreement, FourUnitsUnlessAToleranceIsGiven) {
  using lossc::FloatType;
  using lossc::cli::agrees;
  EXPECT_TRUE(agrees(1 + 4 * 0x1p-52, 1, false, 0, FloatType::f64));
  EXPECT_FALSE(agrees(1 + 5 * 0x1p-52, 1, false, 0, FloatType::f64));
  EXPECT_TRUE(agrees(1 + 4 * 0x1p-23, 1, false, 0, FloatType::f32));
  EXPECT_FALSE(agrees(1 + 5 * 0x1p-23, 1, false, 0, FloatType::f32));
  EXPECT_TRUE(agrees(1.4, 1, true, 0.5, FloatType::f64));
  EXPECT_FALSE(agrees(1.6, 1, true, 0.5, FloatType::f64));
  EXPECT_TRUE(agrees(NAN, NAN, false, 0, FloatType::f64));
  EXPECT_FALSE(agrees(NAN, 1, true, 10, FloatType::f64));
  EXPECT_TRUE(agrees(INFINITY, INFINITY, false, 0, FloatType::f64));
  EXPECT_FALSE(agrees(INFINITY, -INFINITY, true, 1, FloatType::f64));
}

}  // namespace
