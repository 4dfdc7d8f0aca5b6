// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each violation, made on purpose, is found and named.
#include <gtest/gtest.h>

#include "compiler/ir/builtins.h"
#include "compiler/ir/function.h"

namespace lossc::ir {
namespace {

class Violation : public testing::Test {
 protected:
  Violation() {
    f.sizes = {{"K", 0}};
    f.arrays.resize(2);
    f.arrays[0].name = "x";
    f.arrays[0].shape = {K, K};
    f.arrays[1].name = "a";
  }
  ExprId element(Axis first, Axis second) {
    const ExprId at[] = {g.index(first), g.index(second)};
    return g.load(x, at);
  }
  std::string value(ExprId root) { return output({OutputKind::value, {}, {}, root}); }
  std::string output(Output output) {
    f.outputs = {std::move(output)};
    return violation(f).value_or("");
  }
  static bool says(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  }

  const SizeId K{0};
  const ArrayId x{0}, a{1};
  Function f;
  Graph& g = f.graph;
  const Axis i{K, 0}, j{K, 1};
};

TEST_F(Violation, NoneInAGoodFunction) {
  const ExprId row = g.reduce(ReduceOp::sum, j, element(i, j));
  EXPECT_EQ(value(g.reduce(ReduceOp::max, i, row)), "");
  EXPECT_EQ(output({OutputKind::gradient, x, {i, j}, element(j, i)}), "");
}

TEST_F(Violation, ATemporarySurvives) {
  EXPECT_PRED2(says, value(g.call(Builtin::exp, {g.index(g.fresh_axis(K))})), "temporary");
}

TEST_F(Violation, SortsAreMixed) {
  const ExprId one = g.constant(Number(1));
  const ExprId c = g.compare(Relation::less, one, g.load(a, {}));
  EXPECT_PRED2(says, value(g.call(Builtin::exp, {c})), "an operand is a condition");
  EXPECT_PRED2(says, value(g.select(one, one, one)), "its condition is a number");
  EXPECT_PRED2(says, value(g.select(c, one, c)), "differ in sort");
  EXPECT_PRED2(says, value(g.guard(g.negation(one), one)), "an operand is a number");
  EXPECT_PRED2(says, value(c), "its root is a condition");
}

TEST_F(Violation, RankOfALoad) {
  const ExprId at[] = {g.constant(Number(0))};
  EXPECT_PRED2(says, value(g.load(x, at)), "1 operands");
  EXPECT_PRED2(says, value(g.load({7}, at)), "its array is unknown");
}

TEST_F(Violation, UnknownSizes) { EXPECT_PRED2(says, value(g.size({5})), "its size is unknown"); }

TEST_F(Violation, OutputsHaveTheAxesOfTheirArrays) {
  EXPECT_PRED2(says, value(g.index(i)), "free axis K.0");
  EXPECT_PRED2(says, output({OutputKind::gradient, x, {i}, g.index(i)}), "those of its array");
  EXPECT_PRED2(says, output({OutputKind::gradient, x, {j, i}, g.index(i)}), "canonical");
  EXPECT_PRED2(says, output({OutputKind::gradient, a, {}, ExprId{}}), "not a node");
}

TEST_F(Violation, RequirementsAreClosedConditions) {
  value(g.constant(Number(0)));
  f.requirements.push_back({g.constant(Number(1)), "", {}});
  EXPECT_PRED2(says, violation(f).value_or(""), "not a condition");
  f.requirements[0].condition = g.compare(Relation::less, g.index(i), g.constant(Number(1)));
  EXPECT_PRED2(says, violation(f).value_or(""), "free axes");
}

}  // namespace
}  // namespace lossc::ir
