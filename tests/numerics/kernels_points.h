// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where kernels are looked at: edges, all magnitudes, and densely where functions bend.

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace lossc::codegen::testing {

template <typename T>
std::vector<T> edges() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (double magnitude : {0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 8.0, 100.0, 1e30, 0.6931471805599453,
                           1.4142135623730951, 0.7071067811865476, 88.7228, 709.7827, 745.1332}) {
    for (T value : {static_cast<T>(magnitude), std::nextafter(static_cast<T>(magnitude), T(0)),
                    std::nextafter(static_cast<T>(magnitude), Limits::infinity())}) {
      values.push_back(value);
      values.push_back(-value);
    }
  }
  for (T value : {Limits::min(), Limits::denorm_min(), Limits::max(), Limits::infinity(),
                  Limits::epsilon(), std::nextafter(Limits::min(), T(0))}) {
    values.push_back(value);
    values.push_back(-value);
  }
  values.push_back(Limits::quiet_NaN());
  return values;
}

template <typename T>
T random_value(std::mt19937_64& random) {
  using Pattern = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  auto uniform = [&](double low, double high) {
    return static_cast<T>(std::uniform_real_distribution<double>(low, high)(random));
  };
  switch (random() % 8) {
    case 0:
      return std::bit_cast<T>(static_cast<Pattern>(random()));
    case 1:
      return uniform(-1, 1);
    case 2:
      return uniform(-10, 10);
    case 3:
      return uniform(-750, 750);
    case 4:
      return uniform(-40, 40);
    case 5:
      return uniform(0, 4);
    case 6:
      return static_cast<T>(std::exp2(static_cast<double>(uniform(-60, 10))));
    default:
      return static_cast<T>(-std::exp2(static_cast<double>(uniform(-60, 10))));
  }
}

// The edges (each with each for two arguments) and then random points.
template <typename T>
void points(unsigned arity, std::size_t count, std::uint64_t seed, std::vector<T>& x,
            std::vector<T>& y) {
  std::mt19937_64 random(seed);
  const std::vector<T> special = edges<T>();
  for (T a : special) {
    if (arity == 1) {
      x.push_back(a);
      y.push_back(0);
    } else if (seed == 1) {
      for (T b : special) {
        x.push_back(a);
        y.push_back(b);
      }
    }
  }
  while (x.size() < count) {
    x.push_back(random_value<T>(random));
    y.push_back(random_value<T>(random));
  }
}

}  // namespace lossc::codegen::testing
