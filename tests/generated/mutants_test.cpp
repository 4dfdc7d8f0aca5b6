// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The checks of the tables are tested: every row of the stabiliser's equations, with every mistake
// that mutants.h knows on either side, a domain that is too wide and a condition that is missing.
// The check of rule_check.h must find each, unless the row is true all the same, which many other
// points tell.
#include "tests/generated/mutants.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/generated/rule_check.h"

namespace lossc::stabilise {
namespace {

struct MutantRule {
  std::string mistake;
  Rule rule;
};

/// Domains that hold the row's own and more.
std::vector<Samples> wider(const Samples& samples) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  std::vector<Samples> result;
  if (samples.integer) result.push_back({samples.bounds, false});
  if (samples.bounds.low > -inf) result.push_back({{-inf, samples.bounds.high}, false});
  if (samples.bounds.high < inf) result.push_back({{samples.bounds.low, inf}, false});
  return result;
}

std::vector<MutantRule> mutants_of(const Rule& rule) {
  std::vector<MutantRule> result;
  const auto append = [&](const std::string& mistake, auto change) {
    result.push_back({mistake, rule});
    change(result.back().rule);
  };
  for (const ir::Mutant& mutant : ir::mutants(rule.right)) {
    append(mutant.mistake + " on the right", [&](Rule& row) { row.right = mutant.formula; });
  }
  for (const ir::Mutant& mutant : ir::mutants(rule.left)) {
    append(mutant.mistake + " on the left", [&](Rule& row) { row.left = mutant.formula; });
  }
  for (std::size_t i = 0; i < rule.domains.size(); ++i) {
    for (const Samples& samples : wider(rule.domains[i])) {
      append("too wide a domain", [&](Rule& row) { row.domains[i] = samples; });
    }
  }
  if (rule.where) {
    append("a dropped condition", [](Rule& row) { row.where = {}; });
    const ir::Formula::Tree& tree = rule.where.tree();
    append("a condition the wrong way round",
           [&](Rule& row) { row.where = ir::less(tree.operands[1], tree.operands[0]); });
  }
  return result;
}

std::string text_of(const Rule& rule) {
  return rule.left.text() + " = " + rule.right.text() +
         (rule.where ? " where " + rule.where.text() : "");
}

class EveryRule : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryRule, WithAMistakeIsFoundOut) {
  const Rule& rule = formula_rules()[GetParam()];
  std::size_t found = 0;
  for (const MutantRule& mutant : mutants_of(rule)) {
    if (check_rule(mutant.rule).difference) {
      ++found;
      continue;
    }
    const RuleCheck other = check_rule(mutant.rule, dense_points);
    EXPECT_FALSE(other.difference) << mutant.mistake << ": " << text_of(mutant.rule)
                                   << " passes the check, but " << other.difference.value_or("");
  }
  EXPECT_GE(found, 4u) << rule.name;
}

INSTANTIATE_TEST_SUITE_P(Table, EveryRule, testing::Range<std::size_t>(0, formula_rules().size()));

// The mutants themselves.
TEST(Mutants, AreEveryMistakeOnce) {
  const ir::Formula x = ir::Formula::variable(0);
  const ir::Formula y = ir::Formula::variable(1);
  std::vector<std::string> texts;
  for (const ir::Mutant& mutant : ir::mutants(pow(x, 2) - 3 * y)) {
    texts.push_back(mutant.formula.text());
  }
  for (const char* expected : {"-3 * y", "x^2", "-x^2 - 3 * y", "x^2 + 3 * y", "x^3 - 3 * y",
                               "1 / x^2 - 3 * y", "x - 3 * y", "y^2 - 3 * y", "x^2 - 3 * x"}) {
    EXPECT_NE(std::find(texts.begin(), texts.end(), expected), texts.end()) << expected;
  }
}

}  // namespace
}  // namespace lossc::stabilise
