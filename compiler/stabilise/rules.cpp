// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rows of rules.def and the forms of builtins.def, made on first use.
#include "compiler/stabilise/rules.h"

#include <algorithm>
#include <deque>
#include <limits>

#include "compiler/ir/builtins.h"
#include "compiler/ir/formula_functions.h"
#include "compiler/stabilise/stabilise.h"
#include "compiler/support/assert.h"

namespace lossc::stabilise {
namespace {

using ir::Builtin;
using ir::Formula;

constexpr auto first_shape = static_cast<std::size_t>(RuleId::log_sum_exp);
constexpr auto first_form = static_cast<std::size_t>(RuleId::first_form);

/// One kind of form: what it is of, as a name and as a formula of f(x), f(−x) and x.
struct FormRow {
  std::string name;  ///< # is the builtin's
  ir::Form ir::BuiltinInfo::*field;
  Formula (*left)(const Formula& f, const Formula& mirrored, const Formula& x);
};

const std::vector<FormRow>& form_rows() {
  using F = const Formula&;
  static const std::vector<FormRow> rows = {
      {"log of #", &ir::BuiltinInfo::log, [](F f, F, F) { return ir::log(f); }},
      {"1 - #", &ir::BuiltinInfo::complement, [](F f, F, F) { return 1 - f; }},
      {"#(x) - x", &ir::BuiltinInfo::less_argument, [](F f, F, F x) { return f - x; }},
      {"#(x) + #(-x)", &ir::BuiltinInfo::mirrored_sum,
       [](F f, F mirrored, F) { return f + mirrored; }},
      {"#(x) - #(-x)", &ir::BuiltinInfo::mirrored_difference,
       [](F f, F mirrored, F) { return f - mirrored; }},
      {"#(x) / x", &ir::BuiltinInfo::over_argument, [](F f, F, F x) { return f / x; }},
  };
  return rows;
}

Formula call_of(Builtin builtin, const Formula& argument) {
  Formula::Tree tree;
  tree.kind = Formula::Kind::call;
  tree.builtin = builtin;
  tree.operands = {argument};
  return Formula::make(std::move(tree));
}

/// The names of rules live as long as the program: rows refer to them.
std::string_view kept(const std::string& pattern, std::string_view builtin) {
  static std::deque<std::string> names;
  std::string& name = names.emplace_back();
  for (const char c : pattern) {
    if (c == '#') {
      name += builtin;
    } else {
      name += c;
    }
  }
  return name;
}

void append_forms(std::vector<Rule>& rules) {
  const Formula x = Formula::variable(0);
  for (std::size_t kind = 0; kind < form_rows().size(); ++kind) {
    const FormRow& row = form_rows()[kind];
    for (std::size_t b = 0; b < ir::all_builtins().size(); ++b) {
      const ir::BuiltinInfo& info = ir::all_builtins()[b];
      const ir::Form& form = info.*row.field;
      if (!form) continue;
      const auto builtin = static_cast<Builtin>(b);
      const Formula left = row.left(call_of(builtin, x), call_of(builtin, -x), x);
      const RuleId id = form_rule(static_cast<FormKind>(kind), builtin);
      rules.push_back({id, kept(row.name, info.name), left, form.is, {}, {Samples{form.where}}});
    }
  }
}

std::vector<Rule> make_rules() {
  using ir::log;
  using ir::ratio;
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
  std::vector<Rule> rules = {
#define RULE(identifier, ...) Rule{RuleId::identifier, __VA_ARGS__},
#include "compiler/stabilise/rules.def"
#undef RULE
  };
  append_forms(rules);
  return rules;
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

RuleId form_rule(FormKind kind, Builtin builtin) {
  const std::size_t row = static_cast<std::size_t>(kind) * ir::all_builtins().size();
  return static_cast<RuleId>(first_form + row + static_cast<std::size_t>(builtin));
}

const ir::Form& form_of(FormKind kind, Builtin builtin) {
  return ir::info(builtin).*form_rows()[static_cast<std::size_t>(kind)].field;
}

const Rule& rule(RuleId id) {
  // Rows of rules.def stand at their number; forms, whose numbers have gaps, after them.
  const auto index = static_cast<std::size_t>(id);
  if (index < first_shape) return formula_rules()[index];
  const auto forms = formula_rules().subspan(first_shape);
  const auto row =
      std::lower_bound(forms.begin(), forms.end(), id,
                       [](const Rule& rule, RuleId wanted) { return rule.id < wanted; });
  LOSSC_ASSERT(row != forms.end() && row->id == id, "a rule with reductions is no formula");
  return *row;
}

std::string_view name_of(RuleId id) {
  const auto index = static_cast<std::size_t>(id);
  const bool shape = index >= first_shape && index < first_form;
  return shape ? shapes()[index - first_shape].name : rule(id).name;
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
