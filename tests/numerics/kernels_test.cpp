// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every kernel at every width and level that this processor runs, against MPFR: the bounds below
// are promises (docs/numerics.md), and a result does not depend on the width.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/numerics/kernels_jit.h"
#include "tests/numerics/kernels_points.h"
#include "tests/numerics/kernels_reference.h"

namespace lossc::codegen::testing {
namespace {

struct Bound {
  double f32;
  double f64;
};

// Units in the last place; those of lgamma, digamma and tetragamma plus 2·cond, of lgamma_diff and
// lbeta 4·cond.
const std::map<std::string_view, Bound> bounds = {
    {"exp", {1, 1.05}},
    {"log", {1, 1}},
    {"log1p", {1, 1}},
    {"expm1", {1, 1.1}},
    {"sigmoid", {1, 1}},
    {"tanh", {1, 1}},
    {"softplus", {2, 1}},
    {"pow", {1, 1}},
    {"sigmoid_power", {24, 48}},
    {"exp2", {1, 1}},
    {"log2", {1, 1}},
    {"log10", {1, 1}},
    {"sinh", {1, 1}},
    {"cosh", {1, 1}},
    {"asinh", {2, 2}},
    {"acosh", {2, 2}},
    {"atanh", {1, 1}},
    {"cbrt", {1, 1}},
    {"log1mexp", {2, 2}},
    {"logcosh", {2, 2}},
    {"expm1mx", {2, 3}},
    {"log1pmx", {3, 3}},
    {"sin", {1, 1}},
    {"cos", {1, 1}},
    {"tan", {1, 1}},
    {"asin", {1, 1}},
    {"acos", {1, 1}},
    {"atan", {1, 1}},
    {"atan2", {1, 2}},
    {"erf", {1, 1.5}},
    {"erfc", {1, 2}},
    {"normal_cdf", {1, 3}},
    {"log_normal_cdf", {1, 4}},
    {"normal_hazard", {1, 3}},
    {"erfcx", {1, 2}},
    {"log_erfc", {1, 3}},
    {"lgamma", {1, 10}},
    {"log_erfcx", {1, 3}},
    {"positive_normal_mean", {1, 6}},
    {"positive_normal_variance", {1, 10}},
    {"positive_normal_skew", {1, 20}},
    {"normal_hazard_slope", {1, 4}},
    {"normal_cdf_integral", {1, 6}},
    {"log_normal_cdf_integral", {1, 6}},
    {"normal_interval", {1, 6}},
    {"log_normal_interval", {1, 5}},
    {"normal_interval_hazard", {1, 6}},
    {"normal_interval_mean", {1, 8}},
    {"normal_interval_gap", {1, 14}},
    {"expected_improvement", {1, 12}},
    {"log_expected_improvement", {1, 12}},
    {"gamma", {1, 8}},
    {"digamma", {1, 8}},
    {"trigamma", {1, 8}},
    {"tetragamma", {1, 8}},
    {"pentagamma", {1, 12}},
    {"lgamma_diff", {1, 8}},
    {"digamma_diff", {1, 8}},
    {"trigamma_diff", {1, 8}},
    {"tetragamma_diff", {1, 8}},
    {"pentagamma_diff", {1, 12}},
    {"lgamma_rise", {1, 40}},
    {"digamma_rise", {1, 8}},
    {"trigamma_rise", {1, 8}},
    {"lbeta", {1, 8}},
    {"log_binomial", {1, 4}},
    {"log_ratio", {2, 2}},
    {"log1p_ratio", {2, 2}},
    {"log1p_square", {2.5, 2.5}},
    {"hypot", {1.5, 1.5}},
    {"direction", {2, 2}},
    {"bd0", {1, 4}},
    {"bd0_complement", {1, 8}},
    {"bd0_square", {1, 4}},
    {"boxcox", {1, 2}},
    {"exprel", {1, 2}},
    {"exprel_rate", {1, 4}},
    {"exprel_rate_slope", {1, 8}},
    {"over_expm1", {1, 2}},
    {"sinc", {1.5, 2}},
    {"sinc_slope", {1, 8}},
    {"sinhc", {2, 2}},
    {"sinhc_slope", {1, 8}},
    {"tanhc", {2, 2}},
    {"tanhc_slope", {1, 8}},
    {"atanc", {1.5, 2}},
    {"atanc_slope", {1, 8}},
    {"log1pc", {2, 2}},
    {"log1p_third", {1, 11}},
    {"sin_residual", {1, 8}},
    {"tanh_residual", {1, 8}},
};

template <typename T>
void check_accuracy(const Kernel& kernel, double bound) {
  const FloatType type = sizeof(T) == 4 ? FloatType::f32 : FloatType::f64;
  const Reference* reference = find_reference(kernel.name);
  ASSERT_NE(reference, nullptr);
  std::vector<T> x, y;
  points(kernel.arity, kernel.arity == 1 ? 3000 : 14000, 1, x, y);
  while (x.size() % 16 != 0) {
    x.push_back(T(0.75));
    y.push_back(T(0.75));
  }
  if (reference->whole) {
    for (std::vector<T>* values : {&x, &y}) {
      for (T& value : *values) value = std::round(value);
    }
  }
  std::vector<long double> exact;
  for (std::size_t i = 0; i < x.size(); ++i) exact.push_back(reference->exact(x[i], y[i]));

  for (const Level& level : levels) {
    if (!level.host_runs()) continue;
    std::vector<T> first;
    for (unsigned width : {1u, 4u, 8u, 16u}) {
      SCOPED_TRACE(std::string(level.cpu) + ", width " + std::to_string(width));
      const CompiledKernel compiled(kernel, type, width, level);
      std::vector<T> out(x.size());
      compiled(x.data(), y.data(), out.data(), x.size());
      if (first.empty()) first = out;
      for (std::size_t i = 0; i < x.size(); ++i) {
        ASSERT_TRUE(std::memcmp(&out[i], &first[i], sizeof(T)) == 0 || std::isnan(out[i]))
            << "at " << x[i] << ", " << y[i] << ": " << out[i] << ", at width 1 " << first[i];
        double error = ulp_error(out[i], exact[i], std::numeric_limits<T>::digits);
        if (exact[i] == 0 && reference->conditions > 0) {
          // A zero that is no accident of rounding has no units: those of 1.
          error = std::fabs(static_cast<double>(out[i])) / std::numeric_limits<T>::epsilon();
        } else if (error > bound && reference->conditions > 0) {
          error -= reference->conditions * condition(*reference, x[i], y[i]);
        }
        ASSERT_LE(error, bound) << "at " << x[i] << ", " << y[i] << ": " << out[i] << ", exact "
                                << exact[i];
      }
    }
  }
}

class Kernels : public ::testing::TestWithParam<Kernel> {};

TEST_P(Kernels, AreAccurateInF32) {
  check_accuracy<float>(GetParam(), bounds.at(GetParam().name).f32);
}

TEST_P(Kernels, AreAccurateInF64) {
  check_accuracy<double>(GetParam(), bounds.at(GetParam().name).f64);
}

TEST_P(Kernels, NeedNothingFromTheLinker) {
  for (const Level& level : levels) {
    for (FloatType type : {FloatType::f32, FloatType::f64}) {
      for (unsigned width : {1u, 16u}) {
        EXPECT_EQ(CompiledKernel::undefined_symbols(GetParam(), type, width, level),
                  std::vector<std::string>());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Kernels,
                         ::testing::ValuesIn(all_kernels().begin(), all_kernels().end()),
                         [](const auto& row) { return std::string(row.param.name); });

template <typename T>
T value_of(std::string_view name, T x, T y = 0) {
  const CompiledKernel compiled(*find_kernel(name),
                                sizeof(T) == 4 ? FloatType::f32 : FloatType::f64, 1, levels[0]);
  T out = 0;
  compiled(&x, &y, &out, 1);
  return out;
}

TEST(KernelValues, OddFunctionsKeepTheSignOfZero) {
  for (const char* name : {"log1p", "expm1", "tanh", "sinh", "asinh", "atanh", "cbrt", "sin", "tan",
                           "asin", "atan", "erf"}) {
    EXPECT_TRUE(std::signbit(value_of(name, -0.0f))) << name;
    EXPECT_FALSE(std::signbit(value_of(name, 0.0f))) << name;
    EXPECT_TRUE(std::signbit(value_of(name, -0.0))) << name;
    EXPECT_FALSE(std::signbit(value_of(name, 0.0))) << name;
  }
}

TEST(KernelValues, TailsReachTheSubnormals) {
  EXPECT_EQ(value_of("sigmoid", -100.0f), 0x1.bp-145f);
  EXPECT_EQ(value_of("softplus", -100.0f), 0x1.bp-145f);
  EXPECT_EQ(value_of("exp", -745.0), 0x1p-1074);
  EXPECT_EQ(value_of("sigmoid", -1000.0), 0.0);
}

TEST(KernelValues, PowHasTheEdgesOfC) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double values[] = {0.0,
                           -0.0,
                           1.0,
                           -1.0,
                           0.5,
                           -0.5,
                           2.0,
                           -2.0,
                           3.0,
                           -3.0,
                           1e300,
                           -1e300,
                           4503599627370497.0,
                           -4503599627370497.0,
                           0x1p53,
                           5e-324,
                           inf,
                           -inf,
                           nan};
  const CompiledKernel compiled(*find_kernel("pow"), FloatType::f64, 1, levels[0]);
  for (double x : values) {
    for (double y : values) {
      double out = 0;
      compiled(&x, &y, &out, 1);
      const double expected = std::pow(x, y);
      if (std::isnan(expected)) {
        EXPECT_TRUE(std::isnan(out)) << x << ", " << y;
      } else {
        EXPECT_DOUBLE_EQ(out, expected) << x << ", " << y;
        EXPECT_EQ(std::signbit(out), std::signbit(expected)) << x << ", " << y;
      }
    }
  }
}

TEST(KernelValues, Atan2HasTheEdgesOfC) {
  const double inf = std::numeric_limits<double>::infinity();
  const CompiledKernel compiled(*find_kernel("atan2"), FloatType::f64, 1, levels[0]);
  for (double y : {0.0, -0.0, 1.0, -1.0, inf, -inf}) {
    for (double x : {0.0, -0.0, 1.0, -1.0, inf, -inf}) {
      double out = 0;
      compiled(&y, &x, &out, 1);
      EXPECT_EQ(out, std::atan2(y, x)) << y << ", " << x;
      EXPECT_EQ(std::signbit(out), std::signbit(std::atan2(y, x))) << y << ", " << x;
    }
  }
}

}  // namespace
}  // namespace lossc::codegen::testing
