// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Formulas: their text, and their nodes in a graph.
#include <gtest/gtest.h>

#include "compiler/ir/builtins.h"
#include "compiler/ir/formula_functions.h"
#include "compiler/ir/graph.h"
#include "compiler/ir/interpreter.h"

namespace lossc::ir {
namespace {

const Formula x = Formula::variable(0);
const Formula y = Formula::variable(1);

TEST(Formula, ReadsAsOnPaper) {
  EXPECT_EQ((log(1 + exp(x))).text(), "log(1 + exp(x))");
  EXPECT_EQ((x - y).text(), "x - y");
  EXPECT_EQ((-(x + y)).text(), "-(x + y)");
  EXPECT_EQ((x / (y * log(2))).text(), "x / (y * log(2))");
  EXPECT_EQ(sqrt(1 + x * x).text(), "sqrt(1 + x * x)");
  EXPECT_EQ(pow(x, 2).text(), "x^2");
  EXPECT_EQ(pow(x + 1, -2).text(), "1 / (1 + x)^2");
  EXPECT_EQ(pow(x, y).text(), "pow(x, y)");
  EXPECT_EQ(choose(less(x, 0), -x, x).text(), "if x < 0 then -x else x");
}

TEST(Formula, EveryRowHasReadableText) {
  for (const BuiltinInfo& row : all_builtins()) {
    for (const Formula& partial : row.partials) EXPECT_FALSE(partial.text().empty()) << row.name;
  }
}

TEST(Formula, BecomesNodes) {
  Graph graph;
  const ExprId a = graph.constant(Number(3));
  const ExprId b = graph.constant(Number(5));
  const std::vector<ExprId> arguments{a, b};
  const auto value = [&](const Formula& formula) {
    return constant_value(graph, instantiated(graph, formula, arguments));
  };
  EXPECT_EQ(value(x - 2 * y), -7);
  EXPECT_EQ(value(x / y), 0.6);
  EXPECT_EQ(value(pow(x, y)), 243);
  EXPECT_EQ(value(choose(less(y, x), x, y)), 5);
  EXPECT_EQ(value(sqrt(x * x)), 3);
  EXPECT_DOUBLE_EQ(value(sigmoid(x)), 0.95257412682243336);
  // Composed functions expand to what they mean.
  const ExprId relu_node = instantiated(graph, relu(-x), arguments);
  EXPECT_EQ(graph.builtin(relu_node), Builtin::max);
  EXPECT_EQ(value(clamp(y, 0, x)), 3);
}

}  // namespace
}  // namespace lossc::ir
