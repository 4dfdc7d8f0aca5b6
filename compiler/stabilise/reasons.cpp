// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The nearest input of a short list at which everything is lost, else the worst one. The right side
// at high precision is the exact result: the generated tests prove that both sides are equal.
#include "compiler/stabilise/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "compiler/ir/formula_functions.h"
#include "compiler/ir/formula_value.h"
#include "compiler/stabilise/rules.h"

namespace lossc::stabilise {
namespace {

using ir::Float;

constexpr mpfr_prec_t precision = 256;
/// Relative errors: of a total loss, and below which nothing worth telling is lost.
constexpr double total = 0.5;
constexpr double little = 1e-5;

struct Loss {
  std::vector<float> at;
  float computed = 0;
  double exact = 0;
  double error = 0;
};

/// Nearest to 1 first, so that the example is an ordinary number.
std::vector<float> inputs(const Samples& samples) {
  if (samples.integer) return {1, 0};
  std::vector<float> result;
  for (const float size : {1.0f, 2.0f, 0.5f, 5.0f, 10.0f, 20.0f, 1e-3f, 50.0f, 100.0f, 1e-6f,
                           1000.0f, 1e-8f, 1e10f, 1e20f, 1e-20f, 1e30f}) {
    for (const float x : {size, -size}) {
      const bool inside = static_cast<double>(x) > samples.bounds.low &&
                          static_cast<double>(x) < samples.bounds.high;
      if (inside) result.push_back(x);
    }
  }
  // Beside 1: differences of neighbours, complements of what is nearly 1.
  const float beside = samples.bounds.high == 1 ? 1 - 0x1p-20f : 1 + 0x1p-12f;
  if (samples.bounds.high >= 1) result.push_back(beside);
  return result;
}

std::optional<Loss> loss_at(const Rule& rule, const std::vector<float>& at) {
  std::vector<Float> exact_inputs;
  for (const float x : at) exact_inputs.emplace_back(static_cast<double>(x));
  if (rule.where) {
    const ir::Formula holds = ir::choose(rule.where, ir::Formula(1), ir::Formula(0));
    if (ir::value_of(holds, exact_inputs).is_zero()) return std::nullopt;
  }
  Loss loss{at, ir::literal_value(rule.left, at),
            ir::value_of(rule.right, exact_inputs).to_double(), 0};
  const double size = std::fabs(loss.exact);
  const bool representable = size >= static_cast<double>(std::numeric_limits<float>::min()) &&
                             size <= static_cast<double>(std::numeric_limits<float>::max());
  if (!representable) return std::nullopt;
  const double difference = std::fabs(static_cast<double>(loss.computed) - loss.exact);
  loss.error = std::isfinite(loss.computed) ? difference / size : HUGE_VAL;
  return loss;
}

std::string text_of(const Loss& loss) {
  std::string place;
  for (std::size_t i = 0; i < loss.at.size(); ++i) {
    place += fmt::format("{}{} = {:.6g}", i == 0 ? "" : ", ", "xy"[i], loss.at[i]);
  }
  const std::string computed =
      std::isnan(loss.computed) ? "NaN" : fmt::format("{:.6g}", loss.computed);
  return fmt::format("at {} it would be {} in f32, not {:.6g}", place, computed, loss.exact);
}

std::string found_reason(const Rule& rule) {
  const ir::WorkingPrecision guard(precision);
  std::optional<Loss> worst;
  const bool two = rule.domains.size() > 1;
  for (const float x : inputs(rule.domains[0])) {
    for (const float y : two ? inputs(rule.domains[1]) : std::vector<float>{0}) {
      const auto loss = loss_at(rule, two ? std::vector<float>{x, y} : std::vector<float>{x});
      if (!loss) continue;
      if (loss->error >= total) return text_of(*loss);
      if (!worst || loss->error > worst->error) worst = loss;
    }
  }
  return worst && worst->error > little ? text_of(*worst) : "";
}

}  // namespace

std::string reason(std::string_view rule_name) {
  for (const Rule& rule : formula_rules()) {
    if (rule.name == rule_name) return found_reason(rule);
  }
  return "";
}

}  // namespace lossc::stabilise
