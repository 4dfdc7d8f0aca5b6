// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every row of builtins.def against the interpreter's own definition: meaning, partials, range,
// trend and whole results at points all over the domain; and the interpreter's derivatives, which
// the oracle of every other test stands on, against differences of its values. The checks are
// tested too: builtin_mutants_test.cpp makes mistakes in the formulas, here in trend and range.
#include "compiler/ir/builtins.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/generated/builtin_review.h"

namespace lossc::ir {
namespace {

class EveryBuiltin : public testing::TestWithParam<std::size_t> {
 protected:
  Builtin builtin() const { return static_cast<Builtin>(GetParam()); }
  const BuiltinInfo& row() const { return info(builtin()); }
};

TEST_P(EveryBuiltin, IsWhatItsRowSays) {
  EXPECT_GE(points(row()).size(), 60u);
  for (const std::string& fault : faults_of(builtin(), row())) ADD_FAILURE() << fault;
}

TEST_P(EveryBuiltin, IsFoundByName) {
  EXPECT_EQ(find_builtin(row().name), builtin());
  EXPECT_FALSE(row().doc.empty());
  EXPECT_TRUE(row().composed ? static_cast<bool>(row().means) : true);
}

TEST_P(EveryBuiltin, ChangedRowIsFoundOut) {
  if (row().arity == 1 && row().trend != Trend::none) {
    BuiltinInfo changed = row();
    changed.trend = row().trend == Trend::increasing ? Trend::decreasing : Trend::increasing;
    EXPECT_FALSE(faults_of(builtin(), changed, true).empty()) << row().name << " trend";
  }
  if (row().parity != Parity::none) {
    BuiltinInfo changed = row();
    changed.parity = row().parity == Parity::even ? Parity::odd : Parity::even;
    EXPECT_FALSE(faults_of(builtin(), changed, true).empty()) << row().name << " parity";
  }
  if (row().range.high < 100) {
    BuiltinInfo changed = row();
    changed.range.high -= 0.02 + std::abs(changed.range.high) * 0.3;
    EXPECT_FALSE(faults_of(builtin(), changed, true).empty()) << row().name << " range";
  }
}

// The oracle's second derivatives against differences of its first ones.
TEST_P(EveryBuiltin, HasSecondDerivativesInTheInterpreter) {
  if (row().composed || is_identity(builtin()) || is_given(builtin())) return;
  const WorkingPrecision guard(review_precision);
  Float h;
  mpfr_set_si_2exp(h.get(), 1, -180, MPFR_RNDN);
  for (const Point& at : points(row())) {
    const Expansion here = expanded(builtin(), at);
    for (std::size_t i = 0; i < at.size(); ++i) {
      Point above = at;
      Point below = at;
      above[i] += h;
      below[i] -= h;
      const Expansion high = expanded(builtin(), above);
      const Expansion low = expanded(builtin(), below);
      EXPECT_TRUE(close(here.first[i], (high.value - low.value) / (h + h), 120))
          << row().name << " first " << i << shown(at);
      for (std::size_t j = 0; j < at.size(); ++j) {
        EXPECT_TRUE(close(here.second[i + j], (high.first[j] - low.first[j]) / (h + h), 120))
            << row().name << " second " << i << j << shown(at);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryBuiltin, testing::Range<std::size_t>(0, all_builtins().size()),
                         [](const auto& tested) {
                           return std::string(all_builtins()[tested.param].name);
                         });

}  // namespace
}  // namespace lossc::ir
