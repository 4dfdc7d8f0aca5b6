// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every row of builtins.def with every mistake of mutants.h in its meaning and in its partials: the
// review of builtin_review.h must find each, unless the formula has the same values all the same,
// as other points tell.
#include <gtest/gtest.h>

#include <cmath>

#include "compiler/ir/formula_functions.h"
#include "tests/generated/builtin_review.h"
#include "tests/generated/mutants.h"

namespace lossc::ir {
namespace {

/// Other points than the review's.
std::vector<Point> other_points(const BuiltinInfo& row) {
  std::vector<Point> result;
  for (const Point& at : points(row)) {
    const double x = 0.97 * at[0].to_double() + 0.001;
    if (!(row.domain.low < x && x < row.domain.high)) continue;
    result.push_back(at);
    result.back()[0] = Float(x);
    if (at.size() > 1) result.back()[1] = Float(0.93 * at[1].to_double());
  }
  return result;
}

bool same_values(const BuiltinInfo& row, const Formula& a, const Formula& b) {
  // One partial of boxcox holds a series that serves double precision.
  const long bits = row.name == "boxcox" ? 50 : 300;
  for (const Point& at : other_points(row)) {
    if (!close(evaluated(a, at), evaluated(b, at), bits)) return false;
  }
  return true;
}

class EveryBuiltinRow : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryBuiltinRow, WithAMistakeIsFoundOut) {
  const WorkingPrecision guard(review_precision);
  const BuiltinInfo& row = all_builtins()[GetParam()];
  const auto builtin = static_cast<Builtin>(GetParam());
  if (is_given(builtin)) return;  // derivatives by decree, not of a meaning
  const auto examine = [&](const Formula& original, const Mutant& mutant,
                           const BuiltinInfo& changed, const std::string& where) {
    if (!faults_of(builtin, changed, true).empty()) return;
    EXPECT_TRUE(same_values(row, original, mutant.formula))
        << row.name << ", " << mutant.mistake << " in its " << where << ": "
        << mutant.formula.text() << " for " << original.text();
  };
  for (std::size_t i = 0; i < row.partials.size(); ++i) {
    if (row.partials[i].text() == "nan") continue;  // known not to be known
    for (const Mutant& mutant : mutants(row.partials[i], row.arity)) {
      BuiltinInfo changed = row;
      changed.partials[i] = mutant.formula;
      examine(row.partials[i], mutant, changed, "partial");
    }
  }
  if (row.composed) return;  // its meaning is its definition: nothing to compare it with
  for (const Mutant& mutant : mutants(row.means, row.arity)) {
    BuiltinInfo changed = row;
    changed.means = mutant.formula;
    examine(row.means, mutant, changed, "meaning");
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryBuiltinRow,
                         testing::Range<std::size_t>(0, all_builtins().size()),
                         [](const auto& tested) {
                           return std::string(all_builtins()[tested.param].name);
                         });

}  // namespace
}  // namespace lossc::ir
