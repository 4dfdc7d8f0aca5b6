// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/verify/screen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compiler/verify/measure.h"

namespace lossc::verify {
namespace {

/// What is no number is as suspicious as anything, but no more than a total loss.
constexpr double most = 1e7;

double bounded(double suspicion) { return suspicion <= most ? suspicion : most; }

template <class Suspicion>
double worst_of(const Numbers& numbers, const Suspicion& suspicion) {
  double worst = 0;
  for (std::size_t q = 0; q < numbers.size(); ++q) {
    for (std::size_t e = 0; e < numbers[q].size(); ++e) {
      worst = std::max(worst, bounded(suspicion(q, e)));
    }
  }
  return worst;
}

}  // namespace

Result<Screen> Screen::make(const Subject& subject, const Compiled& compiled,
                            const CompileOptions& options) {
  Screen screen(compiled, options.type);
  if (options.type == FloatType::f64) return screen;
  CompileOptions wide = options;
  wide.type = FloatType::f64;
  auto in_f64 = Compiled::make(subject, wide);
  if (!in_f64) return in_f64.error();
  screen.wide_ = std::move(*in_f64);
  return screen;
}

Result<std::vector<double>> Screen::against_f64(std::span<const Point> points) const {
  const auto narrow = compiled_.run(points);
  const auto wide = wide_->run(points);
  if (!narrow || !wide) return (narrow ? wide : narrow).error();
  std::vector<double> result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    result.push_back(worst_of((*narrow)[i], [&](std::size_t q, std::size_t e) {
      const double exact = (*wide)[i][q][e];
      return std::isnan(exact) ? most : error_in_ulps((*narrow)[i][q][e], exact, type_);
    }));
  }
  return result;
}

Result<std::vector<double>> Screen::roughness(std::span<const Point> points,
                                              Sampler& sampler) const {
  std::vector<Point> all(points.begin(), points.end());
  for (const Point& point : points) {
    auto [above, below] = sampler.neighbours(point);
    all.push_back(std::move(above));
    all.push_back(std::move(below));
  }
  const auto numbers = compiled_.run(all);
  if (!numbers) return numbers.error();
  std::vector<double> result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Numbers& here = (*numbers)[i];
    const Numbers& above = (*numbers)[points.size() + 2 * i];
    const Numbers& below = (*numbers)[points.size() + 2 * i + 1];
    result.push_back(worst_of(here, [&](std::size_t q, std::size_t e) {
      const double unit = static_cast<double>(ulp(here[q][e], type_));
      const double bend = std::fabs((above[q][e] - here[q][e]) - (here[q][e] - below[q][e]));
      const double slope = std::fabs(above[q][e] - below[q][e]);
      return bend / (unit + slope);
    }));
  }
  return result;
}

Result<std::vector<Point>> Screen::most_suspicious(std::vector<Point> points, std::size_t count,
                                                   Sampler& sampler) const {
  const auto suspicion = wide_ ? against_f64(points) : roughness(points, sampler);
  if (!suspicion) return suspicion.error();
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return (*suspicion)[a] > (*suspicion)[b]; });
  std::vector<Point> result;
  for (std::size_t i = 0; i < std::min(count, order.size()); ++i) {
    result.push_back(std::move(points[order[i]]));
  }
  return result;
}

}  // namespace lossc::verify
