// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Points near a point: the steps of the search. Errors live where numbers nearly agree, where a
// branch changes and where a function saturates, so many steps set one number by another.
#include <algorithm>
#include <array>
#include <cmath>

#include "compiler/verify/point.h"

namespace lossc::verify {

double Sampler::moved(double x, const Point& point, const Point& other, std::size_t array,
                      std::size_t element) {
  const auto another = [&]() -> double {
    const std::vector<double>& values = point.arrays[below(point.arrays.size())];
    return values.empty() ? 1.0 : values[below(values.size())];
  };
  const double little = std::pow(10, uniform(type_ == FloatType::f32 ? -7 : -15, -0.5));
  const double sign = chance(0.5) ? 1 : -1;
  switch (below(13)) {
    case 0:
      return stepped(x, sign > 0 ? 1 : -1);
    case 1:
      return stepped(x, static_cast<std::int64_t>(sign * std::pow(2, uniform(0, 12))));
    case 2:
      return x * (1 + sign * little);
    case 3:
      return x * std::pow(2, uniform(-3, 3));
    case 4:
      return x * std::pow(10, 3 * normal());
    case 5:
      return another() * (1 + (chance(0.3) ? 0 : sign * little));
    case 6:
      return -another() * (1 + (chance(0.3) ? 0 : sign * little));
    case 7:
      return another() + (chance(0.3) ? sign : sign * little);
    case 8:
      return 1 - another() * (1 + (chance(0.5) ? 0 : sign * little));
    case 9:
      return chance(0.3) ? 0 : sign * (chance(0.5) ? 1 : std::pow(10, uniform(-3, 2)));
    case 10: {
      const double value = another();
      return value == 0 ? little : 1 / value;
    }
    case 11:
      return x + another();
    default:
      // Half way to another point: towards where the error grows steeply.
      if (element < other.arrays[array].size() && std::isfinite(x)) {
        return x + (other.arrays[array][element] - x) * (chance(0.5) ? 0.5 : uniform());
      }
      return x + normal();
  }
}

Point Sampler::jittered(const Point& point) {
  Point result = point;
  const bool all = chance(0.5);
  const std::size_t only = below(result.arrays.size());
  for (std::size_t i = 0; i < result.arrays.size(); ++i) {
    if (!subject_.real[i] || (!all && i != only)) continue;
    for (double& x : result.arrays[i]) {
      const double next = stepped(x, static_cast<std::int64_t>(below(3)) - 1);
      x = admitted(function_.arrays[i], next, result.extents);
    }
  }
  return result;
}

std::pair<Point, Point> Sampler::neighbours(const Point& point) {
  std::pair<Point, Point> result{point, point};
  for (std::size_t i = 0; i < point.arrays.size(); ++i) {
    if (!subject_.real[i]) continue;
    for (std::size_t k = 0; k < point.arrays[i].size(); ++k) {
      const std::int64_t step = chance(0.5) ? 1 : -1;
      const double x = point.arrays[i][k];
      const ir::Array& array = function_.arrays[i];
      const double above = stepped(x, step);
      const double below = stepped(x, -step);
      // At an end of its domain, and at 0, a number stays.
      const bool free = x != 0 && above == admitted(array, above, point.extents) &&
                        below == admitted(array, below, point.extents);
      result.first.arrays[i][k] = free ? above : x;
      result.second.arrays[i][k] = free ? below : x;
    }
  }
  return result;
}

Point Sampler::mutated(const Point& point, const Point& other) {
  Point result = point;
  if (point.arrays.empty()) return result;
  const std::uint64_t moves = chance(0.6) ? 1 : 2 + below(2);
  for (std::uint64_t move = 0; move < moves; ++move) {
    const std::size_t index = below(result.arrays.size());
    std::vector<double>& values = result.arrays[index];
    if (values.empty()) continue;
    const ir::Array& array = function_.arrays[index];
    const std::size_t place = below(values.size());
    if (array.domain == ir::Domain::class_) {
      values[place] = element(array, 0, result.extents);
    } else if (values.size() > 1 && chance(0.1)) {
      std::swap(values[place], values[below(values.size())]);
    } else {
      const double x = moved(values[place], result, other, index, place);
      values[place] = admitted(array, x, result.extents);
    }
    if (array.domain == ir::Domain::simplex && !array.shape.empty()) {
      const auto row = static_cast<std::size_t>(result.extents[array.shape.back().index]);
      if (chance(0.7)) normalise(values, row);
    }
  }
  return result;
}

}  // namespace lossc::verify
