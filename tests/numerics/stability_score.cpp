// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/numerics/stability_score.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

namespace lossc::testing {
namespace {

using Kind = Number::Kind;
using Part = Number::Part;

/// The distance of neighbouring numbers of type T at x.
template <class T>
long double ulp(long double x) {
  using Limits = std::numeric_limits<T>;
  const int exponent = x == 0 ? Limits::min_exponent - 1 : std::ilogb(x);
  return std::ldexp(1.0L, std::max(exponent, Limits::min_exponent - 1) - Limits::digits + 1);
}

struct Allowance {
  double all = 0;   ///< for every number
  double most = 0;  ///< for 99.5 % of them
};

Allowance allowance(Part part, double condition, bool gamma_family) {
  if (part == Part::hessian) return {16 + 8 * condition, 16 + 8 * condition};
  if (gamma_family) return {16 + 4 * condition, 16 + 4 * condition};
  if (condition <= 4) return {8, std::min(8.0, 4 + 2 * condition)};
  return {8 + 4 * condition, 4 + 2 * condition};
}

/// Where the exact result has no finite counterpart in T: an infinity, or a convention in words.
template <class T>
Kind kind_of_limit(T got, const Expected& expected) {
  if (std::isnan(got)) return Kind::nan;
  if (std::isnan(expected.exact)) return std::isinf(got) ? Kind::infinite : Kind::good;
  const bool same = std::isinf(got) && (got > 0) == (expected.exact > 0);
  return same ? Kind::good : Kind::off;
}

template <class T>
Number scored(T got, Part part, bool convention, const Expected& expected, bool gamma_family) {
  Number number;
  number.part = part;
  number.convention = convention;
  number.got = static_cast<double>(got);
  number.expected = expected;
  const bool finite = std::fabs(expected.exact) <= std::numeric_limits<T>::max();
  if (!finite) {
    number.kind = kind_of_limit(got, expected);
    number.close = number.kind == Kind::good;
    return number;
  }
  const long double distance = std::fabs(static_cast<long double>(got) - expected.exact);
  number.error = static_cast<double>(distance / ulp<T>(expected.exact));
  number.exempt = std::fabs(expected.exact) < std::numeric_limits<T>::min() &&
                  std::fabs(got) <= std::numeric_limits<T>::min();
  const Allowance allowed = allowance(part, expected.condition, gamma_family);
  number.close = number.exempt || number.error <= allowed.most;
  if (std::isnan(got)) {
    number.kind = Kind::nan;
  } else if (std::isinf(got)) {
    number.kind = Kind::infinite;
  } else if (number.exempt || number.error <= allowed.all) {
    number.kind = Kind::good;
  } else if (static_cast<long double>(got) * expected.exact < 0) {
    number.kind = Kind::wrong_sign;
  } else if (number.error > 64 && distance >= 0.5L * std::fabs(expected.exact)) {
    number.kind = Kind::total_loss;
  } else {
    number.kind = Kind::off;
  }
  return number;
}

/// Points with vectors of one length, run as one batch.
template <class T>
class Batch {
 public:
  Batch(const Case& one, std::vector<std::size_t> points) : case_(one), points_(std::move(points)) {
    const Point& first = one.points[points_[0]];
    for (std::size_t v = 0; v < one.variables.size(); ++v) {
      const std::size_t length = first.inputs[v].size();
      if (one.variables[v].is_vector) size_ = static_cast<std::int64_t>(length);
      auto& numbers = numbers_.emplace_back();
      auto& labels = labels_.emplace_back();
      for (const std::size_t p : points_) {
        for (const double x : one.points[p].inputs[v]) {
          numbers.push_back(static_cast<T>(x));
          labels.push_back(static_cast<std::int32_t>(x));
        }
      }
      if (one.variables[v].differentiable) derivatives_.emplace_back(length * points_.size());
    }
    values_.resize(points_.size());
  }

  /// The kernel has values and gradients, or Hessian diagonals.
  void run(const Kernel& kernel, Part part, Score& score) {
    std::vector<Input> inputs;
    CallOptions options;
    std::size_t next = 0;
    for (std::size_t v = 0; v < case_.variables.size(); ++v) {
      const Variable& variable = case_.variables[v];
      if (variable.is_index) {
        inputs.push_back({variable.name, View(labels_[v])});
      } else {
        inputs.push_back({variable.name, shaped<View>(variable, numbers_[v])});
      }
      if (!variable.differentiable) continue;
      auto& outputs = part == Part::hessian ? options.hessians : options.gradients;
      outputs.push_back({variable.name, shaped<MutableView>(variable, derivatives_[next++])});
    }
    if (part != Part::hessian) options.values = MutableView(values_);
    options.reduction = Reduction::none;
    const auto result = kernel.call(Inputs(inputs), options);
    if (!result) {
      score.failure = result.error().message;
      return;
    }
    for (std::size_t i = 0; i < points_.size(); ++i) add(i, part, score);
  }

 private:
  template <class AnyView>
  AnyView shaped(const Variable& variable, std::vector<T>& numbers) {
    if (!variable.is_vector) return AnyView(numbers);
    return AnyView(numbers, {static_cast<std::int64_t>(points_.size()), size_});
  }

  void add(std::size_t row, Part part, Score& score) {
    const Point& point = case_.points[points_[row]];
    const auto append = [&](T got, Part of, const Expected& expected, std::string what) {
      Number number = scored(got, of, point.convention, expected, case_.is_gamma_family());
      number.what = std::move(what);
      number.point = points_[row];
      score.numbers.push_back(std::move(number));
    };
    if (part != Part::hessian) append(values_[row], Part::value, point.value, "value");
    std::size_t next = 0;
    for (const Variable& variable : case_.variables) {
      if (!variable.differentiable) continue;
      const auto& exact = (part == Part::hessian ? point.hessians : point.gradients)[next];
      const std::string name = part == Part::hessian ? "hessian " : "gradient ";
      for (std::size_t i = 0; i < exact.size(); ++i) {
        const std::string place = variable.is_vector ? "[" + std::to_string(i) + "]" : "";
        append(derivatives_[next][row * exact.size() + i], part, exact[i],
               name + variable.name + place);
      }
      ++next;
    }
  }

  const Case& case_;
  std::vector<std::size_t> points_;
  std::int64_t size_ = 0;
  std::vector<std::vector<T>> numbers_;
  std::vector<std::vector<std::int32_t>> labels_;
  std::vector<std::vector<T>> derivatives_;
  std::vector<T> values_;
};

std::size_t vector_length(const Case& one, const Point& point) {
  for (std::size_t v = 0; v < one.variables.size(); ++v) {
    if (one.variables[v].is_vector) return point.inputs[v].size();
  }
  return 0;
}

template <class T>
void score_points(const Kernel& kernel, const Case& one, Part part, Score& score) {
  std::map<std::size_t, std::vector<std::size_t>> by_length;
  for (std::size_t p = 0; p < one.points.size(); ++p) {
    const Point& point = one.points[p];
    if (sizeof(T) == 4 && !point.in_f32) continue;
    if (part == Part::hessian && point.hessians.empty()) continue;
    by_length[vector_length(one, point)].push_back(p);
  }
  for (const auto& [length, points] : by_length) {
    if (score.failure.empty()) Batch<T>(one, points).run(kernel, part, score);
  }
}

void score_part(const Module& module, const Case& one, KernelOptions options, Part part,
                Score& score) {
  auto& outputs = part == Part::hessian ? options.hessians : options.gradients;
  options.value = part != Part::hessian;
  for (const Variable& variable : one.variables) {
    if (variable.differentiable) outputs.push_back(variable.name);
  }
  const auto kernel = module.kernel("case_" + one.id, options);
  if (!kernel) {
    score.failure = kernel.error().message;
  } else if (options.dtype == DataType::f32) {
    score_points<float>(*kernel, one, part, score);
  } else {
    score_points<double>(*kernel, one, part, score);
  }
}

}  // namespace

const char* name_of(Kind kind) {
  static constexpr const char* names[] = {"good",       "off",      "total loss",
                                          "wrong sign", "infinite", "NaN"};
  return names[static_cast<int>(kind)];
}

Score score(const Module& module, const Case& one, DataType type, unsigned width) {
  KernelOptions options;
  options.dtype = type;
  options.width = width;
  Score score;
  score_part(module, one, options, Part::value, score);
  if (score.failure.empty()) score_part(module, one, options, Part::hessian, score);
  return score;
}

Misses misses(const Score& score) {
  Misses result;
  for (const Number& number : score.numbers) {
    if (number.kind == Kind::good) continue;
    if (number.convention) {
      ++result.convention;
    } else if (number.part == Part::hessian) {
      ++result.hessian;
    } else {
      ++result.good;
      result.sound += !number.sound();
    }
  }
  return result;
}

std::vector<Number> lost_numbers(const Score& plain, const Score& other) {
  std::vector<Number> result;
  for (std::size_t i = 0; i < plain.numbers.size() && i < other.numbers.size(); ++i) {
    const Number& before = plain.numbers[i];
    const Number& after = other.numbers[i];
    const bool was_good = before.kind == Kind::good;
    if ((was_good && after.kind != Kind::good) || (before.sound() && !after.sound())) {
      result.push_back(after);
    }
  }
  return result;
}

}  // namespace lossc::testing
