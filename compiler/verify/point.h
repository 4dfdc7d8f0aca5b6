// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A point: one example with every argument, and where such points come from. A sampler draws them
// from the declared domains (ordinary, of all magnitudes, extreme, saturated, tied, one-hot), or
// changes a point that is there. All numbers are exact in the floating type under test.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "compiler/support/float_type.h"
#include "compiler/verify/subject.h"

namespace lossc::verify {

struct Point {
  std::vector<std::int64_t> extents;        ///< by SizeId
  std::vector<std::vector<double>> arrays;  ///< by ArrayId, row-major; empty: bound
  bool operator==(const Point&) const = default;
};

class Sampler {
 public:
  /// Numbers are 0 or between 1/magnitude and magnitude in size, up to a factor of 2.
  Sampler(const Subject& subject, FloatType type, std::uint64_t seed, double magnitude = 1e30);

  Point sample();
  /// The point with one or a few of its numbers moved, often towards another number of its own or
  /// of `other`.
  Point mutated(const Point& point, const Point& other);
  /// The point with its real numbers moved by a unit in the last place or not at all.
  Point jittered(const Point& point);
  /// Two points that are as much above and below it in some direction.
  std::pair<Point, Point> neighbours(const Point& point);

 private:
  using Regime = int;
  std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : random_() % count; }
  double uniform(double low = 0, double high = 1);
  double normal();
  bool chance(double probability) { return uniform() < probability; }

  std::vector<std::int64_t> sizes();
  double element(const ir::Array& array, Regime regime, const std::vector<std::int64_t>& extents);
  double real_number(Regime regime);
  double probability(Regime regime);
  double count(Regime regime);
  void fill(Point& point, std::size_t array);
  void tie(Point& point, std::size_t array);
  void fill_simplex(std::vector<double>& values, std::size_t row);
  double moved(double x, const Point& point, const Point& other, std::size_t array,
               std::size_t element);
  /// The nearest number of the type that lies in the array's domain.
  double admitted(const ir::Array& array, double x, const std::vector<std::int64_t>& extents) const;
  void normalise(std::vector<double>& values, std::size_t row) const;
  double rounded(double x) const;
  double stepped(double x, std::int64_t units) const;

  const Subject& subject_;
  const ir::Function& function_;
  FloatType type_;
  double largest_;
  double smallest_;
  std::mt19937_64 random_;
};

}  // namespace lossc::verify
