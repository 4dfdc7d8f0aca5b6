// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of the language's functions. A new elementwise function is one row here and one in
// ir/builtins.def.
#include "compiler/sema/language_functions.h"

#include <unordered_map>
#include <vector>

#include "compiler/sema/checker.h"

namespace lossc::sema {

namespace {

using Row = LanguageFunction;
using enum LanguageFunction::Brackets;
using ir::Domain;

std::vector<Row> make_table() {
  std::vector<Row> rows;
  for (const std::string_view name :
       {"exp",  "log",   "exp2", "log2",  "log10", "log1p", "expm1", "sqrt", "cbrt",
        "abs",  "floor", "ceil", "round", "sin",   "cos",   "tan",   "asin", "acos",
        "atan", "sinh",  "cosh", "tanh",  "asinh", "acosh", "atanh"}) {
    rows.push_back({name, "elementary", 1, 1, none, &Checker::elementwise, {}, {}});
  }
  const std::vector<Row> others = {
      {"atan2", "elementary", 2, 2, none, &Checker::elementwise, {}, "atan2(y, x)"},
      {"clamp", "elementary", 3, 3, none, &Checker::clamp, {}, "clamp(x, low, high)"},
      {"erf", "special", 1, 1, none, &Checker::elementwise, {}, {}},
      {"erfc", "special", 1, 1, none, &Checker::elementwise, {}, {}},
      {"normal_cdf", "special", 1, 1, none, &Checker::elementwise, Domain::probability, {}},
      {"log_normal_cdf", "special", 1, 1, none, &Checker::elementwise, Domain::log_probability, {}},
      {"gamma", "special", 1, 1, none, &Checker::elementwise, {}, {}},
      {"lgamma", "special", 1, 1, none, &Checker::elementwise, {}, {}},
      {"digamma", "special", 1, 1, none, &Checker::elementwise, {}, {}},
      {"trigamma", "special", 1, 1, none, &Checker::elementwise, {}, {}},
      {"lbeta", "special", 2, 2, none, &Checker::elementwise, {}, "lbeta(a, b)"},
      {"xlogy", "special", 2, 2, none, &Checker::elementwise, {}, "xlogy(x, y)"},
      {"boxcox", "special", 2, 2, none, &Checker::elementwise, {}, "boxcox(x, a)"},
      {"sigmoid", "learning", 1, 1, none, &Checker::elementwise, Domain::probability, {}},
      {"log_sigmoid", "learning", 1, 1, none, &Checker::elementwise, Domain::log_probability, {}},
      {"softplus", "learning", 1, 1, none, &Checker::elementwise, Domain::nonnegative, {}},
      {"relu", "learning", 1, 1, none, &Checker::elementwise, Domain::nonnegative, {}},
      {"step", "learning", 1, 1, none, &Checker::elementwise, Domain::binary, {}},
      {"sign", "learning", 1, 1, none, &Checker::elementwise, {}, {}},
      {"logaddexp", "learning", 2, 2, none, &Checker::elementwise, {}, "logaddexp(a, b)"},
      {"logit", "learning", 1, 1, none, &Checker::elementwise, Domain::logit, {}},
      {"onehot", "learning", 1, 1, none, &Checker::onehot, {}, {}},
      {"valid", "learning", 1, 1, none, &Checker::valid, {}, {}},
      {"stop_gradient", "learning", 1, 1, none, &Checker::stop_gradient, {}, {}},
      {"assume", "learning", 2, 2, none, &Checker::assume, {}, "assume(e, domain)"},
      {"softmax", "vectors", 1, 1, one_axis, &Checker::softmax, Domain::simplex, {}},
      {"log_softmax", "vectors", 1, 1, one_axis, &Checker::softmax, Domain::log_probability, {}},
      {"norm", "vectors", 1, 1, one_axis, &Checker::norm, Domain::nonnegative, {}},
      {"normalize", "vectors", 1, 1, one_axis, &Checker::normalize, {}, {}},
      {"dot", "vectors", 2, 2, one_axis, &Checker::dot, {}, "dot(a, b)"},
      {"cosine", "vectors", 2, 2, one_axis, &Checker::cosine, {}, "cosine(a, b)"},
      {"max", "reductions", 1, 1000, Row::Brackets::reduction, &Checker::extremum, {}, {}},
      {"min", "reductions", 1, 1000, Row::Brackets::reduction, &Checker::extremum, {}, {}},
      {"grad", "tests", 1, 1, Row::Brackets::reduction, &Checker::only_in_tests, {}, {}},
      {"hess", "tests", 1, 1, Row::Brackets::reduction, &Checker::only_in_tests, {}, {}},
  };
  rows.insert(rows.end(), others.begin(), others.end());
  for (const std::string_view name : {"sum", "mean", "variance", "prod", "logsumexp", "argmax",
                                      "argmin", "count", "any", "all"}) {
    rows.push_back(
        {name, "reductions", 1, 1, Row::Brackets::reduction, &Checker::reduction, {}, {}});
  }
  return rows;
}

}  // namespace

std::span<const LanguageFunction> language_functions() {
  static const std::vector<LanguageFunction> rows = make_table();
  return rows;
}

const LanguageFunction* find_language_function(std::string_view name) {
  static const auto* by_name = [] {
    auto* map = new std::unordered_map<std::string_view, const LanguageFunction*>;
    for (const LanguageFunction& row : language_functions()) map->emplace(row.name, &row);
    return map;
  }();
  const auto found = by_name->find(name);
  return found == by_name->end() ? nullptr : found->second;
}

}  // namespace lossc::sema
