// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/numerics/stability_corpus.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

namespace lossc::testing {
namespace {

using Json = nlohmann::json;

std::string contents(const std::string& name) {
  std::ifstream file(std::string(LOSSC_SOURCE_DIR) + "/tests/numerics/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Expected expected(const Json& exact, const Json& condition) {
  return {std::strtold(exact.get<std::string>().c_str(), nullptr),
          condition.is_number() ? condition.get<double>() : 0.0};
}

std::vector<double> numbers_of(const Json& json) {
  if (json.is_array()) return json.get<std::vector<double>>();
  return {json.get<double>()};
}

Point point_of(const Json& json, const std::vector<Variable>& variables) {
  Point point;
  const auto& dtypes = json["dtypes"];
  point.in_f32 = std::find(dtypes.begin(), dtypes.end(), "f32") != dtypes.end();
  point.value = expected(json["value"], json["cond"]);
  std::size_t flat = 0;
  for (const Variable& variable : variables) {
    point.inputs.push_back(numbers_of(json["in"][variable.name]));
    if (!variable.differentiable) continue;
    const Json& exact = json["grad"][variable.name];
    auto& gradient = point.gradients.emplace_back();
    for (std::size_t i = 0; i < (exact.is_array() ? exact.size() : 1); ++i) {
      gradient.push_back(expected(exact.is_array() ? exact[i] : exact, json["cond_grad"][flat++]));
    }
  }
  return point;
}

Case case_of(const Json& json) {
  Case result{json["id"], json["group"], json["formula"], {}, {}};
  for (const Json& variable : json["vars"]) {
    result.variables.push_back({variable["name"], variable["kind"] == "vector",
                                variable["kind"] == "index", variable["diff"]});
  }
  for (const Json& point : json["points"]) {
    if (!point.contains("convention")) result.points.push_back(point_of(point, result.variables));
  }
  return result;
}

/// The distance of neighbouring numbers of type T at x.
template <class T>
long double ulp(long double x) {
  using Limits = std::numeric_limits<T>;
  const int exponent = x == 0 ? Limits::min_exponent - 1 : std::ilogb(x);
  return std::ldexp(1.0L, std::max(exponent, Limits::min_exponent - 1) - Limits::digits + 1);
}

template <class T>
Number scored(T got, const Expected& expected, bool gamma_family) {
  Number number;
  number.got = static_cast<double>(got);
  number.expected = expected;
  const long double distance = std::fabs(static_cast<long double>(got) - expected.exact);
  number.error = static_cast<double>(distance / ulp<T>(expected.exact));
  number.exempt = std::fabs(expected.exact) < std::numeric_limits<T>::min() &&
                  std::fabs(got) <= std::numeric_limits<T>::min();
  const double allowed = gamma_family ? 16 + 4 * expected.condition : 8 + 4 * expected.condition;
  number.close = number.exempt || number.error <= (gamma_family ? allowed : allowed / 2);
  using Kind = Number::Kind;
  if (std::isnan(got)) {
    number.kind = Kind::nan;
  } else if (std::isinf(got)) {
    number.kind = Kind::infinite;
  } else if (number.exempt || number.error <= allowed) {
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
      if (one.variables[v].differentiable) gradients_.emplace_back(length * points_.size());
    }
    values_.resize(points_.size());
  }

  void run(const Kernel& kernel, Score& score) {
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
      options.gradients.push_back(
          {variable.name, shaped<MutableView>(variable, gradients_[next++])});
    }
    options.values = MutableView(values_);
    options.reduction = Reduction::none;
    const auto result = kernel.call(Inputs(inputs), options);
    if (!result) {
      score.failure = result.error().message;
      return;
    }
    for (std::size_t i = 0; i < points_.size(); ++i) add(i, score);
  }

 private:
  template <class AnyView>
  AnyView shaped(const Variable& variable, std::vector<T>& numbers) {
    if (!variable.is_vector) return AnyView(numbers);
    return AnyView(numbers, {static_cast<std::int64_t>(points_.size()), size_});
  }

  void add(std::size_t row, Score& score) {
    const Point& point = case_.points[points_[row]];
    bool good = true;
    const auto append = [&](T got, const Expected& expected, std::string what) {
      Number number = scored(got, expected, case_.is_gamma_family());
      number.what = std::move(what);
      number.point = points_[row];
      good = good && number.kind == Number::Kind::good;
      score.numbers.push_back(std::move(number));
    };
    append(values_[row], point.value, "value");
    std::size_t next = 0;
    for (const Variable& variable : case_.variables) {
      if (!variable.differentiable) continue;
      const auto& exact = point.gradients[next];
      for (std::size_t i = 0; i < exact.size(); ++i) {
        const std::string place = variable.is_vector ? "[" + std::to_string(i) + "]" : "";
        append(gradients_[next][row * exact.size() + i], exact[i],
               "gradient " + variable.name + place);
      }
      ++next;
    }
    ++score.points;
    score.good_points += good;
  }

  const Case& case_;
  std::vector<std::size_t> points_;
  std::int64_t size_ = 0;
  std::vector<std::vector<T>> numbers_;
  std::vector<std::vector<std::int32_t>> labels_;
  std::vector<std::vector<T>> gradients_;
  std::vector<T> values_;
};

std::size_t vector_length(const Case& one, const Point& point) {
  for (std::size_t v = 0; v < one.variables.size(); ++v) {
    if (one.variables[v].is_vector) return point.inputs[v].size();
  }
  return 0;
}

template <class T>
void score_points(const Kernel& kernel, const Case& one, Score& score) {
  std::map<std::size_t, std::vector<std::size_t>> by_length;
  for (std::size_t p = 0; p < one.points.size(); ++p) {
    if (sizeof(T) == 4 && !one.points[p].in_f32) continue;
    by_length[vector_length(one, one.points[p])].push_back(p);
  }
  for (const auto& [length, points] : by_length) {
    if (score.failure.empty()) Batch<T>(one, points).run(kernel, score);
  }
}

}  // namespace

std::vector<Case> stability_cases() {
  std::vector<Case> cases;
  for (const Json& json : Json::parse(contents("stability.json"))) cases.push_back(case_of(json));
  return cases;
}

std::string stability_source() { return contents("stability.loss"); }

const char* name_of(Number::Kind kind) {
  static constexpr const char* names[] = {"good",       "off",      "total loss",
                                          "wrong sign", "infinite", "NaN"};
  return names[static_cast<int>(kind)];
}

std::size_t Score::count(Number::Kind kind) const {
  return static_cast<std::size_t>(std::count_if(numbers.begin(), numbers.end(),
                                                [&](const Number& n) { return n.kind == kind; }));
}

std::size_t Score::close() const {
  return static_cast<std::size_t>(
      std::count_if(numbers.begin(), numbers.end(), [](const Number& n) { return n.close; }));
}

Score score(const Module& module, const Case& one, DataType type, unsigned width) {
  KernelOptions options;
  options.dtype = type;
  options.width = width;
  for (const Variable& variable : one.variables) {
    if (variable.differentiable) options.gradients.push_back(variable.name);
  }
  Score score;
  const auto kernel = module.kernel("case_" + one.id, options);
  if (!kernel) {
    score.failure = kernel.error().message;
  } else if (type == DataType::f32) {
    score_points<float>(*kernel, one, score);
  } else {
    score_points<double>(*kernel, one, score);
  }
  return score;
}

}  // namespace lossc::testing
