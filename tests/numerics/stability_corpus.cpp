// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/numerics/stability_corpus.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

namespace lossc::testing {
namespace {

using Json = nlohmann::json;

long double exact_of(const Json& json) {
  const std::string text = json.get<std::string>();
  char* end = nullptr;
  const long double number = std::strtold(text.c_str(), &end);
  return *end == '\0' ? number : std::numeric_limits<long double>::quiet_NaN();
}

/// An error in ULP; what is not finite is a word.
double error_of(const Json& json) {
  return json.is_number() ? json.get<double>() : std::numeric_limits<double>::infinity();
}

std::vector<double> numbers_of(const Json& json) {
  if (json.is_array()) return json.get<std::vector<double>>();
  return {json.get<double>()};
}

/// The point's numbers one after the other, as the file lists conditions and errors.
class PointReader {
 public:
  PointReader(const Json& json, const Json* conditions) : json_(json), conditions_(conditions) {}

  Point read(const std::vector<Variable>& variables) {
    Point point;
    const auto& dtypes = json_["dtypes"];
    point.in_f32 = std::find(dtypes.begin(), dtypes.end(), "f32") != dtypes.end();
    point.convention = json_.contains("convention");
    point.value.exact = exact_of(json_["value"]);
    if (!point.convention) {
      point.value.condition = json_["cond"].is_number() ? json_["cond"].get<double>() : 0.0;
      point.value.literal = literal("value_ulp", nullptr);
    }
    std::size_t flat = 0;
    for (const Variable& variable : variables) {
      point.inputs.push_back(numbers_of(json_["in"][variable.name]));
      if (!variable.differentiable) continue;
      const Json& exact = json_["grad"][variable.name];
      auto& gradient = point.gradients.emplace_back();
      auto& hessian = point.hessians.emplace_back();
      for (std::size_t i = 0; i < (exact.is_array() ? exact.size() : 1); ++i, ++flat) {
        gradient.push_back(gradient_entry(exact.is_array() ? exact[i] : exact, flat));
        if (json_.contains("hess")) hessian.push_back(hessian_entry(flat));
      }
    }
    if (!json_.contains("hess")) point.hessians.clear();
    return point;
  }

 private:
  Expected gradient_entry(const Json& exact, std::size_t flat) const {
    Expected entry{exact_of(exact), 0, {}};
    if (json_.contains("convention")) return entry;
    const Json& condition = json_["cond_grad"][flat];
    entry.condition = condition.is_number() ? condition.get<double>() : 0.0;
    entry.literal = literal("grad_ulp", &flat);
    return entry;
  }

  Expected hessian_entry(std::size_t flat) const {
    Expected entry{exact_of(json_["hess"][flat]), 0, {}};
    if (conditions_ != nullptr) entry.condition = conditions_->at(flat).get<double>();
    return entry;
  }

  std::array<double, 2> literal(const char* part, const std::size_t* index) const {
    std::array<double, 2> errors{};
    const Json& naive = json_["naive"];
    for (const std::size_t type : {0u, 1u}) {
      const char* name = type == 0 ? "f32" : "f64";
      if (!naive.contains(name)) continue;
      const Json& figures = naive[name][part];
      errors[type] = error_of(index == nullptr ? figures : figures[*index]);
    }
    return errors;
  }

  const Json& json_;
  const Json* conditions_;
};

Case case_of(const Json& json, const Json& conditions) {
  Case result{json["id"], json["group"], json["formula"], {}, {}, json["fine_as_it_stands"]};
  for (const Json& variable : json["vars"]) {
    result.variables.push_back({variable["name"], variable["kind"] == "vector",
                                variable["kind"] == "index", variable["diff"]});
  }
  const auto of_case = conditions.find(result.id);
  for (std::size_t p = 0; p < json["points"].size(); ++p) {
    const Json* row = of_case == conditions.end() ? nullptr : &of_case->at(p);
    PointReader reader(json["points"][p], row == nullptr || row->empty() ? nullptr : row);
    result.points.push_back(reader.read(result.variables));
  }
  return result;
}

}  // namespace

std::string numerics_file(const std::string& name) {
  std::ifstream file(std::string(LOSSC_SOURCE_DIR) + "/tests/numerics/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Case> stability_cases() {
  const std::string text = numerics_file("stability_conditions.json");
  const Json conditions = text.empty() ? Json::object() : Json::parse(text);
  std::vector<Case> cases;
  for (const Json& json : Json::parse(numerics_file("stability.json"))) {
    cases.push_back(case_of(json, conditions));
  }
  return cases;
}

std::string stability_source() { return numerics_file("stability.loss"); }

}  // namespace lossc::testing
