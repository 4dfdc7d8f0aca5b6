// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rows of rules.def, made on first use.
#include "compiler/stabilise/rules.h"

#include <limits>

#include "compiler/ir/formula_functions.h"
#include "compiler/stabilise/stabilise.h"
#include "compiler/support/assert.h"

namespace lossc::stabilise {
namespace {

using ir::Formula;

std::vector<Rule> make_rules() {
  using ir::log;
  using ir::sqrt;
  constexpr double inf = std::numeric_limits<double>::infinity();
  const Samples R{{-inf, inf}};
  const Samples P{{0, inf}};
  const Samples N{{-inf, 0}};
  const Samples U{{0, 1}};
  const Samples B{{0, 1}, true};
  const Formula x = Formula::variable(0);
  const Formula y = Formula::variable(1);
  const Formula pi = ir::pi_formula();
  return {
#define RULE(identifier, ...) Rule{RuleId::identifier, __VA_ARGS__},
#include "compiler/stabilise/rules.def"
#undef RULE
  };
}

std::string text_of(const Samples& samples) {
  if (samples.integer) return "0 or 1";
  if (samples.bounds.low == 0 && samples.bounds.high == 1) return "in [0, 1]";
  if (samples.bounds.low == 0) return "> 0";
  return samples.bounds.high == 0 ? "< 0" : "";
}

std::string condition_of(const Rule& rule) {
  std::string text = rule.where ? rule.where.text() : "";
  for (std::size_t i = 0; i < rule.domains.size(); ++i) {
    const std::string domain = text_of(rule.domains[i]);
    if (domain.empty()) continue;
    text += (text.empty() ? "" : ", ") + std::string(1, "xy"[i]) + " " + domain;
  }
  return text;
}

}  // namespace

std::span<const Rule> formula_rules() {
  static const std::vector<Rule> table = make_rules();
  return table;
}

const Rule& rule(RuleId id) {
  const auto index = static_cast<std::size_t>(id);
  LOSSC_ASSERT(index < formula_rules().size(), "a rule with reductions is no formula");
  return formula_rules()[index];
}

std::string_view name_of(RuleId id) {
  const auto index = static_cast<std::size_t>(id);
  const std::size_t formulas = formula_rules().size();
  return index < formulas ? formula_rules()[index].name : shapes()[index - formulas].name;
}

const std::vector<RuleInfo>& rules() {
  static const std::vector<RuleInfo> infos = [] {
    std::vector<RuleInfo> result;
    for (const Rule& rule : formula_rules()) {
      result.push_back(
          {std::string(rule.name), rule.left.text(), rule.right.text(), condition_of(rule)});
    }
    for (const Shape& shape : shapes()) {
      result.push_back({std::string(shape.name), std::string(shape.left), std::string(shape.right),
                        std::string(shape.condition)});
    }
    return result;
  }();
  return infos;
}

}  // namespace lossc::stabilise
