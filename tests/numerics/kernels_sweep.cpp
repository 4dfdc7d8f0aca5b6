// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/numerics/kernels_sweep.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace lossc::codegen::testing {
namespace {

constexpr std::size_t block = 16384;
constexpr std::uint64_t witnesses = 4096;
constexpr std::int64_t surroundings = 64;

float float_of(std::uint64_t pattern) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
}

/// |got − exact| in ULP of a float at `exact`, for ordinary numbers of float's range; no branches.
double quick_error(float got, double exact) {
  const auto exponent =
      static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(exact) >> 52 & 0x7ff);
  const std::int64_t ulp = std::max<std::int64_t>(exponent - 1023 - 23, -149);
  const auto scale = std::bit_cast<double>(static_cast<std::uint64_t>(1023 - ulp) << 52);
  return std::fabs(static_cast<double>(got) - exact) * scale;
}

/// Zero, subnormal as a double, infinite, NaN, or past the largest float.
bool is_special(double exact) {
  const std::uint64_t exponent = std::bit_cast<std::uint64_t>(exact) >> 52 & 0x7ff;
  return exponent == 0 || exponent > 1023 + 127;
}

class Sweeper {
 public:
  Sweeper(const Kernel& kernel, const Reference& reference, const Level& level, unsigned width)
      : floats_(kernel, FloatType::f32, width, level),
        doubles_(kernel, FloatType::f64, width, level),
        reference_(reference) {}

  /// Of a multiple of the width of floats.
  void add(const std::vector<float>& x) {
    exact_x_.assign(x.begin(), x.end());
    got_.resize(x.size());
    exact_.resize(x.size());
    floats_(x.data(), x.data(), got_.data(), x.size());
    doubles_(exact_x_.data(), exact_x_.data(), exact_.data(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double error =
          is_special(exact_[i])
              ? ulp_error(static_cast<double>(got_[i]), static_cast<long double>(exact_[i]), 24)
              : quick_error(got_[i], exact_[i]);
      if (error > worst_.error) worst_ = {error, x[i], 0, 0};
    }
  }

  /// The reference and the kernel against MPFR.
  void witness(std::vector<float> x, unsigned width) {
    const std::size_t count = x.size();
    while (x.size() % width != 0) x.push_back(x.front());
    add(x);
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = static_cast<double>(x[i]);
      const long double truth = reference_.exact(at, 0);
      const double error = ulp_error(static_cast<double>(got_[i]), truth, 24);
      if (x[i] == worst_.at) worst_.error = error;
      if (std::isfinite(exact_[i]) && std::isfinite(truth)) {
        const long double distance = std::fabs(truth - static_cast<long double>(exact_[i]));
        const int ulp = truth == 0 ? -149 : std::max(std::ilogb(truth) - 23, -149);
        reference_error_ =
            std::max(reference_error_, static_cast<double>(std::ldexp(distance, -ulp)));
      }
    }
  }

  Swept result(std::uint64_t floats) const {
    return {worst_.error, worst_.at, floats, reference_error_};
  }
  float worst_at() const { return worst_.at; }

 private:
  CompiledKernel floats_;
  CompiledKernel doubles_;
  const Reference& reference_;
  std::vector<double> exact_x_;
  std::vector<float> got_;
  std::vector<double> exact_;
  Swept worst_;
  double reference_error_ = 0;
};

}  // namespace

Swept swept(const Kernel& kernel, const Reference& reference, const Level& level,
            const Sweep& sweep) {
  Sweeper sweeper(kernel, reference, level, sweep.width);
  std::uint64_t floats = 0;
  std::vector<float> x;
  const auto all = static_cast<double>(sweep.last - sweep.first);
  for (std::uint64_t pattern = sweep.first; pattern < sweep.last;) {
    x.clear();
    for (; pattern < sweep.last && x.size() < block; pattern += sweep.step) {
      x.push_back(float_of(pattern));
    }
    floats += x.size();
    while (x.size() % sweep.width != 0) x.push_back(x.back());
    sweeper.add(x);
    if (sweep.progress) {
      sweep.progress(static_cast<double>(std::min(pattern, sweep.last) - sweep.first) / all);
    }
  }
  x.clear();
  for (std::uint64_t i = 0; i < witnesses; ++i) {
    x.push_back(float_of(sweep.first + (sweep.last - sweep.first) / witnesses * i));
  }
  const auto centre = static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(sweeper.worst_at()));
  for (std::int64_t i = -surroundings; i <= surroundings; ++i) {
    x.push_back(float_of(static_cast<std::uint64_t>(centre + i)));
  }
  sweeper.witness(x, sweep.width);
  return sweeper.result(floats);
}

}  // namespace lossc::codegen::testing
