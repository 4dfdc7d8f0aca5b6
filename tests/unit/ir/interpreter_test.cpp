// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter on graphs written by hand, against numbers known from elsewhere, and its
// conventions at kinks, at 0 · inf and in branches that are not taken.
#include "compiler/ir/interpreter.h"
#include "compiler/ir/builtins.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

namespace lossc::ir {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// A function with arrays over literal or symbolic sizes, one value output.
class Interpreter : public testing::Test {
 protected:
  SizeId size(const std::string& symbol, std::int64_t extent) {
    function.sizes.push_back({symbol, symbol.empty() ? extent : 0});
    example.sizes.push_back(extent);
    return {static_cast<std::uint16_t>(function.sizes.size() - 1)};
  }

  ArrayId array(const std::string& name, const std::vector<double>& values,
                std::vector<SizeId> shape = {}, Domain domain = Domain::real) {
    Array made;
    made.name = name;
    made.domain = domain;
    made.shape = std::move(shape);
    function.arrays.push_back(made);
    auto& reals = example.arrays.emplace_back();
    for (const double value : values) reals.emplace_back(value);
    return {static_cast<std::uint16_t>(function.arrays.size() - 1)};
  }

  ExprId scalar(const std::string& name, double value) {
    return function.graph.load(array(name, {value}), {});
  }

  ExprId at(ArrayId id, ExprId subscript) { return g.load(id, std::vector<ExprId>{subscript}); }

  Output output(ExprId root, std::vector<Axis> axes = {}) const {
    return {OutputKind::value, {}, std::move(axes), root};
  }

  double value(ExprId root) {
    auto result = interpret(function, output(root), example);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    return result.ok() ? static_cast<double>((*result)[0]) : std::nan("");
  }

  std::string error(ExprId root) {
    auto result = interpret(function, output(root), example);
    return result.ok() ? "" : result.error().message;
  }

  double slope(ExprId root, std::uint16_t of = 0, std::size_t element = 0) {
    auto result = derivatives(function, output(root), example, {of}, {element});
    EXPECT_TRUE(result.ok());
    return result.ok() ? static_cast<double>((*result)[0]) : std::nan("");
  }

  double curvature(ExprId root, std::uint16_t of = 0, std::size_t element = 0) {
    auto result = second_derivatives(function, output(root), example, {of}, {element});
    EXPECT_TRUE(result.ok());
    return result.ok() ? static_cast<double>((*result)[0]) : std::nan("");
  }

  /// −log(softmax(z)[y])
  ExprId cross_entropy(ArrayId z, ExprId y, SizeId k) {
    const Axis axis = g.fresh_axis(k);
    const ExprId total = g.reduce(ReduceOp::lse, axis, at(z, g.index(axis)));
    return g.negate(g.call(Builtin::log, {g.weight(at(z, y), total)}));
  }

  ExprId number(long value) { return g.constant(Number(value)); }
  ExprId zero() { return number(0); }

  Precision precision{256};
  Function function;
  Example example;
  Graph& g = function.graph;
};

TEST_F(Interpreter, LogisticLossOfMinusOneWithLabelOne) {
  const ExprId z = scalar("z", -1);
  const ExprId loss = g.negate(g.call(Builtin::log, {g.call(Builtin::sigmoid, {z})}));
  EXPECT_NEAR(value(loss), 1.3132616875182228, 1e-15);
  EXPECT_NEAR(slope(loss), -0.7310585786300049, 1e-15);
  EXPECT_NEAR(curvature(loss), 0.19661193324148185, 1e-15);
}

TEST_F(Interpreter, CrossEntropyOfThreeClasses) {
  const SizeId k = size("K", 3);
  const ArrayId z = array("z", {2, 0, -1}, {k});
  const ExprId loss = cross_entropy(z, number(1), k);
  EXPECT_NEAR(value(loss), 2.1698460195562856, 1e-15);
  EXPECT_NEAR(slope(loss, 0, 0), 0.8437947344813395, 1e-15);
  EXPECT_NEAR(slope(loss, 0, 1), -0.8858048006154056, 1e-15);
  EXPECT_NEAR(slope(loss, 0, 2), 0.04201006613406605, 1e-15);
  // p (1 − p)
  EXPECT_NEAR(curvature(loss, 0, 0), 0.8437947344813395 * (1 - 0.8437947344813395), 1e-15);
}

TEST_F(Interpreter, MaskedClassHasNoWeight) {
  const SizeId k = size("K", 3);
  const ArrayId z = array("z", {2, -inf, -1}, {k});
  EXPECT_NEAR(value(cross_entropy(z, number(0), k)), 0.04858735157374206, 1e-15);
  EXPECT_EQ(slope(cross_entropy(z, number(0), k), 0, 1), 0);
  EXPECT_EQ(value(cross_entropy(z, number(1), k)), inf);
}

TEST_F(Interpreter, RowOfNothingButMaskedClasses) {
  const SizeId k = size("K", 2);
  const ArrayId z = array("z", {-inf, -inf}, {k});
  EXPECT_EQ(value(cross_entropy(z, number(1), k)), inf);
  const Axis axis = g.fresh_axis(k);
  EXPECT_EQ(value(g.reduce(ReduceOp::lse, axis, at(z, g.index(axis)))), -inf);
}

TEST_F(Interpreter, ReductionsOverNothing) {
  const SizeId k = size("K", 0);
  const ArrayId z = array("z", {}, {k});
  const auto reduced = [&](ReduceOp op) {
    const Axis axis = g.fresh_axis(k);
    return g.reduce(op, axis, at(z, g.index(axis)));
  };
  EXPECT_EQ(value(reduced(ReduceOp::sum)), 0);
  EXPECT_EQ(value(reduced(ReduceOp::prod)), 1);
  EXPECT_EQ(value(reduced(ReduceOp::max)), -inf);
  EXPECT_EQ(value(reduced(ReduceOp::min)), inf);
  EXPECT_EQ(value(reduced(ReduceOp::lse)), -inf);
  // The mean of nothing: 0 · (1/0) = 0.
  EXPECT_EQ(value(g.over(reduced(ReduceOp::sum), g.size(k))), 0);
  EXPECT_NE(error(reduced(ReduceOp::argmax)).find("argmax"), std::string::npos);
}

TEST_F(Interpreter, ZeroTimesInfinityIsZeroButNanStays) {
  const ExprId x = scalar("x", 0);
  const ExprId n = scalar("n", std::nan(""));
  EXPECT_EQ(value(g.times(x, g.call(Builtin::log, {x}))), 0);
  EXPECT_TRUE(std::isnan(value(g.times(x, n))));
  EXPECT_EQ(value(g.call(Builtin::pow, {x, x})), 1);
  EXPECT_EQ(value(g.over(number(1), x)), inf);
  EXPECT_EQ(value(g.power(x, Number(1) / Number(2))), 0);
}

TEST_F(Interpreter, FractionalPowersOfNegativeNumbersAreNotReal) {
  const ExprId x = scalar("x", -8);
  EXPECT_TRUE(std::isnan(value(g.power(x, Number(1) / Number(3)))));
  EXPECT_EQ(value(g.power(x, Number(3))), -512);
  const ExprId least = scalar("least", -inf);
  EXPECT_TRUE(std::isnan(value(g.power(least, Number(-1) / Number(2)))));
  EXPECT_EQ(value(g.power(least, Number(-2))), 0);
  EXPECT_TRUE(std::isnan(value(g.call(Builtin::log, {x}))));
}

TEST_F(Interpreter, BranchNotTakenHasNoEffect) {
  const SizeId k = size("K", 2);
  const ArrayId z = array("z", {5, 7}, {k});
  const ExprId y = scalar("y", -100);
  const ExprId valid = g.compare(Relation::not_equal, y, number(-100));
  EXPECT_EQ(value(g.select(valid, at(z, y), zero())), 0);
  EXPECT_EQ(slope(g.select(valid, at(z, y), zero()), 0, 1), 0);
  const std::string message = error(at(z, y));
  EXPECT_NE(message.find("`z`"), std::string::npos);
  EXPECT_NE(message.find("-100"), std::string::npos);
  // A false decides a conjunction, whatever the rest would do.
  const ExprId big = g.compare(Relation::less, zero(), at(z, y));
  const std::vector<ExprId> both{big, valid};
  EXPECT_EQ(value(g.conjunction(both)), 0);
}

TEST_F(Interpreter, KinksFollowTheConventions) {
  const ExprId x = scalar("x", 0);
  const ExprId y = scalar("y", 0);
  EXPECT_EQ(slope(g.call(Builtin::abs, {x})), 0);
  EXPECT_EQ(slope(g.call(Builtin::max, {x, zero()})), 0);
  EXPECT_EQ(slope(g.call(Builtin::max, {x, y})), 0.5);
  EXPECT_EQ(slope(g.call(Builtin::min, {x, y}), 1), 0.5);
  EXPECT_EQ(slope(g.power(g.power(x, Number(2)), Number(1) / Number(2))), 0);
  const ExprId clamped = g.select(g.compare(Relation::less, x, zero()), zero(),
                                  g.select(g.compare(Relation::less, number(1), x), number(1), x));
  EXPECT_EQ(slope(clamped), 1);
}

TEST_F(Interpreter, MaximumOverAnAxisSharesEqually) {
  const SizeId k = size("K", 3);
  const ArrayId z = array("z", {2, 2, -1}, {k});
  const Axis axis = g.fresh_axis(k);
  const ExprId most = g.reduce(ReduceOp::max, axis, at(z, g.index(axis)));
  EXPECT_EQ(value(most), 2);
  EXPECT_EQ(slope(most, 0, 0), 0.5);
  EXPECT_EQ(slope(most, 0, 1), 0.5);
  EXPECT_EQ(slope(most, 0, 2), 0);
}

TEST_F(Interpreter, SmoothFunctionOfKinkedPartsHasItsSmoothDerivative) {
  const ExprId x = scalar("x", 0);
  const ExprId rest = g.call(Builtin::exp, {g.negate(g.call(Builtin::abs, {x}))});
  const ExprId softplus =
      g.plus(g.call(Builtin::max, {x, zero()}), g.call(Builtin::log, {g.plus(number(1), rest)}));
  EXPECT_NEAR(slope(softplus), 0.5, 1e-30);
  EXPECT_NEAR(curvature(softplus), 0.25, 1e-30);
}

TEST_F(Interpreter, LargestFindsTheFirstOfATie) {
  const SizeId k = size("K", 4);
  const ArrayId z = array("z", {1, 3, 3, 0}, {k});
  const auto position = [&](ReduceOp op) {
    const Axis axis = g.fresh_axis(k);
    return g.reduce(op, axis, at(z, g.index(axis)));
  };
  EXPECT_EQ(value(position(ReduceOp::argmax)), 1);
  EXPECT_EQ(value(position(ReduceOp::argmin)), 3);
}

TEST_F(Interpreter, NestedAxesOfOneSizePairByName) {
  const SizeId n = size("N", 2);
  const SizeId d = size("D", 3);
  const ArrayId a = array("a", {1, 2, 3, 4, 5, 6}, {n, d});
  const Axis i = g.fresh_axis(n);
  const Axis j = g.fresh_axis(n);
  const Axis t = g.fresh_axis(d);
  const auto row = [&](Axis which) {
    return g.load(a, std::vector<ExprId>{g.index(which), g.index(t)});
  };
  // Σᵢ Σⱼ (i + 1) aᵢ·aⱼ: aᵢ·aⱼ = [[14, 32], [32, 77]]
  const ExprId dot = g.reduce(ReduceOp::sum, t, g.times(row(i), row(j)));
  const ExprId inner = g.reduce(ReduceOp::sum, j, dot);
  const ExprId outer = g.reduce(ReduceOp::sum, i, g.times(g.plus(g.index(i), number(1)), inner));
  EXPECT_EQ(value(outer), 46 + 2 * 109);
  // ∂/∂a₀₀ = Σⱼ aⱼ₀ + Σᵢ (i+1) aᵢ₀ = 5 + 9
  EXPECT_EQ(slope(outer, 0, 0), 14);
}

TEST_F(Interpreter, OutputsAreRowMajorOverTheirAxesAndRepeat) {
  const SizeId n = size("N", 2);
  const SizeId k = size("K", 3);
  const ArrayId z = array("z", {1, 2, 3}, {k});
  const Axis row{n, 0};
  const Axis column{k, 0};
  const ExprId root = at(z, g.index(column));
  auto result = interpret(function, output(root, {row, column}), example);
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(static_cast<double>((*result)[i]), static_cast<double>(i % 3 + 1));
  }
}

TEST_F(Interpreter, ExampleOfTheWrongShapeIsAnError) {
  const SizeId k = size("K", 3);
  const ArrayId z = array("z", {1, 2}, {k});
  EXPECT_NE(error(at(z, number(0))).find("`z` has 2 elements, not 3"), std::string::npos);
}

TEST_F(Interpreter, SizesComeFromTheirSymbols) {
  function.sizes = {{"K", 0}, {"K", -1}, {"", 4}};
  auto result = extents(function, {{"K", 3}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, (std::vector<std::int64_t>{3, 2, 4}));
  EXPECT_FALSE(extents(function, {}).ok());
  // An axis that only a range makes is empty; one that an array has cannot be.
  auto none = extents(function, {{"K", 0}});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(*none, (std::vector<std::int64_t>{0, 0, 4}));
  array("z", {}, {SizeId{1}});
  EXPECT_FALSE(extents(function, {{"K", 0}}).ok());
}

TEST_F(Interpreter, ConditionsAreBools) {
  const ExprId a = scalar("a", 2);
  EXPECT_TRUE(*interpret_condition(function, g.compare(Relation::less, zero(), a), example));
  EXPECT_FALSE(*interpret_condition(function, g.compare(Relation::less, a, zero()), example));
}

TEST_F(Interpreter, ConstantsAreCorrectlyRounded) {
  EXPECT_EQ(constant_value(g, g.over(number(1), number(3))), 1.0 / 3);
  EXPECT_EQ(constant_value(g, g.call(Builtin::exp, {number(1)})), std::exp(1.0));
  EXPECT_EQ(constant_value(g, g.power(g.pi(), Number(-1) / Number(2))), 0.56418958354775628695);
}

// Moderate time at the size of a vocabulary's slice: 1,000 classes at 256 bits.
TEST_F(Interpreter, LongRowsAreNotSlow) {
  const SizeId k = size("K", 1000);
  std::vector<double> logits;
  for (int i = 0; i < 1000; ++i) logits.push_back(std::sin(i) * 5);
  const ArrayId z = array("z", logits, {k});
  const ExprId loss = cross_entropy(z, number(7), k);
  const auto start = std::chrono::steady_clock::now();
  const double slope_at_label = slope(loss, 0, 7);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  EXPECT_LT(slope_at_label, 0);
  EXPECT_LT(taken.count(), 1.0);
}

}  // namespace
}  // namespace lossc::ir
