// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fresh points. A regime is a scale on which the numbers of one array are drawn; one number in a
// few leaves it for a special one.
#include "compiler/verify/point.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "compiler/driver/request.h"
#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter.h"

namespace lossc::verify {
namespace {

using ir::Domain;

enum : int { moderate, small, any_magnitude, saturated, extreme, regimes };

/// Where exp, sigmoid, erfc and their like leave f32 and f64, and where they saturate.
constexpr std::array saturations = {12.0,  16.0,  17.5,  20.0,  36.0,  37.5,  40.0,
                                    87.0,  88.5,  103.0, 104.5, 120.0, 200.0, 350.0,
                                    708.0, 709.5, 744.0, 745.0, 746.0, 1000.0};

}  // namespace

Sampler::Sampler(const Subject& subject, FloatType type, std::uint64_t seed, double magnitude)
    : subject_(subject),
      function_(*subject.compiled),
      type_(type),
      largest_(magnitude),
      smallest_(1 / magnitude),
      random_(seed) {}

double Sampler::uniform(double low, double high) {
  return low + (high - low) * static_cast<double>(random_() >> 11) * 0x1p-53;
}

double Sampler::normal() {
  double sum = 0;
  for (int i = 0; i < 12; ++i) sum += uniform();
  return sum - 6;
}

double Sampler::rounded(double x) const {
  return type_ == FloatType::f32 ? static_cast<double>(static_cast<float>(x)) : x;
}

// The numbers of a floating type, sign and magnitude, are consecutive as integers.
double Sampler::stepped(double x, std::int64_t units) const {
  if (std::isnan(x) || std::isinf(x)) return x;
  const bool single = type_ == FloatType::f32;
  const std::uint64_t magnitude =
      single ? std::bit_cast<std::uint32_t>(static_cast<float>(std::fabs(x)))
             : std::bit_cast<std::uint64_t>(std::fabs(x));
  std::int64_t place = static_cast<std::int64_t>(magnitude) * (std::signbit(x) ? -1 : 1) + units;
  const std::int64_t last = single ? 0x7f7fffff : 0x7fefffffffffffff;
  place = std::clamp(place, -last, last);
  const auto size = static_cast<std::uint64_t>(std::abs(place));
  const double value =
      single ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(size)))
             : std::bit_cast<double>(size);
  return place < 0 ? -value : value;
}

std::vector<std::int64_t> Sampler::sizes() {
  static constexpr std::array<std::int64_t, 10> usual = {2, 3, 3, 2, 5, 1, 4, 3, 17, 2};
  std::map<std::string, std::int64_t> symbols;
  const std::vector<std::string> names = driver::size_symbols(function_);
  for (int attempt = 0; attempt < 50; ++attempt) {
    for (const std::string& name : names) {
      const auto bound = subject_.binding.sizes.find(name);
      const std::int64_t most = names.size() > 1 ? 5 : 17;
      const std::int64_t size = std::min(most, usual[below(usual.size())]) + attempt / 10;
      symbols[name] = bound != subject_.binding.sizes.end() ? bound->second : size;
    }
    const auto extents = ir::extents(function_, symbols);
    if (!extents) continue;
    const bool empty = std::any_of(extents->begin(), extents->end(),
                                   [](std::int64_t extent) { return extent == 0; });
    if (!empty || attempt == 49) return *extents;
  }
  return std::vector<std::int64_t>(function_.sizes.size(), 1);
}

double Sampler::real_number(Regime regime) {
  const double sign = chance(0.5) ? 1 : -1;
  switch (regime) {
    case moderate:
      return normal() * (chance(0.5) ? 1 : 4);
    case small:
      return sign * std::pow(10, uniform(-12, 0));
    case any_magnitude:
      return sign * std::pow(10, uniform(-9, 9));
    case saturated:
      return sign * (chance(0.5) ? saturations[below(saturations.size())] : uniform(8, 130));
    default: {
      if (chance(0.25)) return 0;
      return sign * (chance(0.5) ? largest_ : smallest_) * (chance(0.5) ? 1 : uniform(0.5, 2));
    }
  }
}

double Sampler::probability(Regime regime) {
  switch (regime) {
    case moderate:
      return uniform();
    case small:
    case saturated: {
      const double p = std::pow(10, uniform(regime == small ? -6 : -16, 0));
      return chance(0.5) ? p : 1 - p;
    }
    case any_magnitude:
      return std::pow(10, uniform(-30, 0));
    default: {
      const std::array ends = {0.0, 1.0, 0.5, smallest_, stepped(1, -1), stepped(1, -3)};
      return ends[below(ends.size())];
    }
  }
}

double Sampler::count(Regime regime) {
  switch (regime) {
    case moderate:
      return static_cast<double>(below(10));
    case small:
      return static_cast<double>(below(3));
    case any_magnitude:
      return std::floor(std::pow(10, uniform(0, 4)));
    default:
      return std::floor(std::pow(10, uniform(0, 7)));
  }
}

double Sampler::element(const ir::Array& array, Regime regime,
                        const std::vector<std::int64_t>& extents) {
  if (chance(0.1)) regime = static_cast<Regime>(below(regimes));
  switch (array.domain) {
    case Domain::real:
    case Domain::logit:
      return real_number(regime);
    case Domain::positive:
    case Domain::nonnegative:
      if (chance(0.15)) return 1 + (chance(0.5) ? 1 : -1) * std::pow(10, uniform(-7, -0.5));
      return std::fabs(real_number(regime));
    case Domain::probability:
    case Domain::simplex:
      return probability(regime);
    case Domain::log_probability:
      return -std::fabs(real_number(regime));
    case Domain::binary:
    case Domain::bool_:
      return static_cast<double>(below(2));
    case Domain::sign:
      return chance(0.5) ? 1 : -1;
    case Domain::count:
      return count(regime);
    case Domain::class_: {
      if (array.ignore && chance(0.05)) return static_cast<double>(*array.ignore);
      const auto classes =
          static_cast<std::uint64_t>(std::max<std::int64_t>(1, extents[array.classes.index]));
      return static_cast<double>(below(classes));
    }
    case Domain::one_of:
      break;
  }
  return 0;
}

void Sampler::normalise(std::vector<double>& values, std::size_t row) const {
  for (std::size_t begin = 0; row > 0 && begin + row <= values.size(); begin += row) {
    double sum = 0;
    for (std::size_t i = begin; i < begin + row; ++i) sum += values[i];
    for (std::size_t i = begin; i < begin + row; ++i) {
      values[i] =
          rounded(sum > 0 && std::isfinite(sum) ? values[i] / sum : 1 / static_cast<double>(row));
    }
  }
}

void Sampler::fill_simplex(std::vector<double>& values, std::size_t row) {
  const std::uint64_t kind = below(6);
  for (std::size_t begin = 0; row > 0 && begin + row <= values.size(); begin += row) {
    const std::size_t hot = begin + below(row);
    for (std::size_t i = begin; i < begin + row; ++i) {
      const double scale = kind < 2 ? 1 : (kind == 2 ? 5 : 30);
      if (kind == 3) values[i] = i == hot ? 1 : 0;  // one-hot
      if (kind == 4) values[i] = i == hot ? 1 : std::pow(10, uniform(-12, -3));
      if (kind == 5) values[i] = chance(0.4) ? 0 : uniform();  // some of them 0
      if (kind < 3) values[i] = std::exp(scale * normal());
    }
  }
  normalise(values, row);
}

void Sampler::fill(Point& point, std::size_t index) {
  const ir::Array& array = function_.arrays[index];
  std::vector<double>& values = point.arrays[index];
  const std::size_t count = elements(function_, index, point.extents);
  values.resize(count);
  if (array.domain == Domain::simplex && !array.shape.empty()) {
    fill_simplex(values, static_cast<std::size_t>(point.extents[array.shape.back().index]));
    return;
  }
  // Half of all arrays are ordinary, so that most points are.
  const Regime regime = chance(0.5) ? moderate : static_cast<Regime>(below(regimes));
  for (double& value : values) {
    value = admitted(array, element(array, regime, point.extents), point.extents);
  }
  if (array.domain == Domain::logit && count > 1 && chance(0.04)) {
    values[below(count)] = -std::numeric_limits<double>::infinity();
  }
}

/// Equal numbers in the array, or those of another array, exactly or up to a little.
void Sampler::tie(Point& point, std::size_t index) {
  const ir::Array& array = function_.arrays[index];
  std::vector<double>& values = point.arrays[index];
  if (array.domain == Domain::class_ || values.empty()) return;
  const std::size_t other = below(function_.arrays.size());
  const bool whole = chance(0.5);
  const double nearness = chance(0.4) ? 0 : std::pow(10, uniform(-8, -1));
  const std::vector<double>& from =
      other != index && point.arrays[other].size() == values.size() ? point.arrays[other] : values;
  const double first = from[0];
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!whole && chance(0.5)) continue;
    const double source = &from == &values ? first : from[i];
    values[i] = admitted(array, source * (1 + nearness * uniform(-1, 1)), point.extents);
  }
  if (array.domain == Domain::simplex && !array.shape.empty()) {
    normalise(values, static_cast<std::size_t>(point.extents[array.shape.back().index]));
  }
}

Point Sampler::sample() {
  Point point;
  point.extents = sizes();
  point.arrays.resize(function_.arrays.size());
  for (std::size_t i = 0; i < function_.arrays.size(); ++i) {
    if (!is_bound(subject_, i)) fill(point, i);
  }
  if (!function_.arrays.empty() && chance(0.25)) {
    const std::size_t array = below(function_.arrays.size());
    if (!is_bound(subject_, array)) tie(point, array);
  }
  return point;
}

double Sampler::admitted(const ir::Array& array, double x,
                         const std::vector<std::int64_t>& extents) const {
  const ir::DomainInfo& domain = ir::info(array.domain);
  if (array.domain == Domain::class_) {
    if (array.ignore && x == static_cast<double>(*array.ignore)) return x;
    const auto classes = static_cast<double>(extents[array.classes.index]);
    return std::clamp(std::floor(x), 0.0, std::max(classes - 1, 0.0));
  }
  if (std::isnan(x)) x = 0;
  if (domain.integer) x = std::round(x);
  if (array.domain == Domain::sign) return x < 0 ? -1 : 1;
  // Above 2^24 not every whole number is an f32.
  if (array.domain == Domain::count) x = std::min(x, 16777216.0);
  const bool masked = std::isinf(x) && x < 0 && array.domain == Domain::logit;
  if (!masked) x = std::clamp(x, -2 * largest_, 2 * largest_);
  if (std::fabs(x) < smallest_ / 2) x = 0;
  x = rounded(std::clamp(x, domain.bounds.low, domain.bounds.high));
  return domain.open_low && x <= domain.bounds.low ? rounded(smallest_) : x;
}

}  // namespace lossc::verify
