// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ranges: what they promise of particular formulas, what conditions add, and their soundness on
// random terms, whose values at random points of the domains must lie in them.
#include "compiler/analysis/ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter.h"
#include "compiler/ir/text.h"

namespace lossc::analysis {
namespace {

using ir::Builtin;
using ir::Domain;
using ir::ExprId;
using ir::Number;
using ir::Relation;

constexpr double inf = std::numeric_limits<double>::infinity();

class RangesTest : public testing::Test {
 protected:
  ExprId input(const std::string& name, Domain domain) {
    ir::Array array;
    array.name = name;
    array.domain = domain;
    function.arrays.push_back(array);
    return g.load({static_cast<std::uint16_t>(function.arrays.size() - 1)}, {});
  }

  /// An array over K, at the axis.
  ExprId row(const std::string& name, Domain domain, ir::Axis axis) {
    ir::Array array;
    array.name = name;
    array.domain = domain;
    array.shape = {axis.size};
    function.arrays.push_back(array);
    return g.load({static_cast<std::uint16_t>(function.arrays.size() - 1)},
                  std::vector<ExprId>{g.index(axis)});
  }

  Range of(ExprId id) { return Ranges(function)[id]; }
  Range under(ExprId id, std::vector<ExprId> facts) { return Ranges(function).under(id, facts); }
  ExprId number(long value) { return g.constant(Number(value)); }
  ExprId call(Builtin builtin, ExprId x) { return g.call(builtin, {x}); }
  ExprId less(ExprId a, ExprId b) { return g.compare(Relation::less, a, b); }

  ir::Function function;
  ir::Graph& g = function.graph;
};

TEST_F(RangesTest, ComplementOfAProbabilityIsOne) {
  const ExprId p = input("p", Domain::probability);
  const Range complement = of(g.minus(number(1), p));
  EXPECT_EQ(complement.low, 0);
  EXPECT_EQ(complement.high, 1);
  EXPECT_FALSE(complement.may_be_infinite);
  EXPECT_TRUE(of(g.times(p, g.minus(number(1), p))).within(0, 1));
}

TEST_F(RangesTest, SquaresAreNotNegative) {
  const ExprId x = input("x", Domain::real);
  EXPECT_TRUE(of(g.times(x, x)).nonnegative());
  EXPECT_TRUE(of(g.power(x, Number(2))).nonnegative());
  EXPECT_FALSE(of(g.power(x, Number(3))).nonnegative());
  EXPECT_TRUE(of(g.plus(number(1), g.power(x, Number(2)))).positive());
  EXPECT_FALSE(of(g.power(x, Number(2))).may_be_infinite);
}

TEST_F(RangesTest, SigmoidIsOpenAtItsEnds) {
  const Range p = of(call(Builtin::sigmoid, input("x", Domain::real)));
  EXPECT_TRUE(p.positive());
  EXPECT_TRUE(p.high == 1 && p.high_open);
  EXPECT_FALSE(p.may_be_infinite);
  // A logit may be -inf, and then it is 0.
  EXPECT_TRUE(of(call(Builtin::sigmoid, input("z", Domain::logit))).may_be_zero());
}

TEST_F(RangesTest, HalfOfASignPlusOneIsBinary) {
  const ExprId y = input("y", Domain::sign);
  const Range binary = of(g.over(g.plus(y, number(1)), number(2)));
  EXPECT_TRUE(binary.integer);
  EXPECT_TRUE(binary.within(0, 1));
  const Range other = of(g.over(g.plus(y, number(2)), number(2)));
  EXPECT_FALSE(other.integer);
}

TEST_F(RangesTest, InfinityComesFromPolesAndMaskedClasses) {
  const ExprId x = input("x", Domain::real);
  EXPECT_FALSE(of(x).may_be_infinite);
  EXPECT_TRUE(of(input("z", Domain::logit)).may_be_infinite);
  EXPECT_TRUE(of(call(Builtin::exp, x)).may_be_infinite);
  EXPECT_FALSE(of(call(Builtin::exp, g.negate(g.power(x, Number(2))))).may_be_infinite);
  EXPECT_TRUE(of(g.over(number(1), x)).may_be_infinite);
  EXPECT_FALSE(of(g.over(number(1), g.plus(number(1), g.power(x, Number(2))))).may_be_infinite);
  EXPECT_TRUE(of(call(Builtin::log, input("p", Domain::probability))).may_be_infinite);
  EXPECT_FALSE(of(call(Builtin::softplus, x)).may_be_infinite);
}

TEST_F(RangesTest, MeanOfProbabilitiesIsAProbability) {
  function.sizes.push_back({"K", 0});
  const ir::Axis axis = g.fresh_axis({0});
  const ExprId p = row("p", Domain::probability, axis);
  const ExprId mean = g.over(g.reduce(ir::ReduceOp::sum, axis, p), g.size({0}));
  EXPECT_TRUE(of(mean).within(0, 1));
  EXPECT_EQ(of(g.reduce(ir::ReduceOp::sum, axis, p)).high, inf);
}

TEST_F(RangesTest, ConditionsRefine) {
  const ExprId x = input("x", Domain::real);
  const ExprId y = input("y", Domain::binary);
  const ExprId p = input("p", Domain::probability);
  EXPECT_TRUE(under(x, {less(number(0), x)}).positive());
  EXPECT_FALSE(under(x, {less(number(0), x)}).negative());
  const ExprId is_one = g.compare(Relation::equal, y, number(1));
  EXPECT_EQ(under(y, {is_one}).low, 1);
  EXPECT_EQ(under(y, {g.negation(is_one)}).high, 0);
  EXPECT_TRUE(under(p, {less(number(0), g.minus(number(1), p))}).high_open);
  const ExprId bounded = less(call(Builtin::abs, x), number(3));
  EXPECT_TRUE(under(x, {bounded}).within(-3, 3));
  EXPECT_FALSE(under(x, {bounded}).may_be_infinite);
  EXPECT_TRUE(under(call(Builtin::exp, x), {bounded}).within(0.04, 21));
}

TEST_F(RangesTest, SelectionRefinesItsBranches) {
  const ExprId x = input("x", Domain::real);
  const ExprId magnitude = g.select(less(x, number(0)), g.negate(x), x);
  EXPECT_TRUE(of(magnitude).nonnegative());
  const ExprId clamped =
      g.select(less(x, number(0)), number(0), g.select(less(number(1), x), number(1), x));
  EXPECT_TRUE(of(clamped).within(0, 1));
}

// What is known of x[i] says nothing of x[i] inside a sum over i, which is another i.
TEST_F(RangesTest, FactsEndWhereAnAxisIsBoundAgain) {
  function.sizes.push_back({"K", 0});
  const ir::Axis axis{{0}, 0};
  const ExprId x = row("x", Domain::real, axis);
  const ExprId total = g.reduce(ir::ReduceOp::sum, axis, x);
  const ExprId fact = less(number(0), x);
  EXPECT_TRUE(under(x, {fact}).positive());
  EXPECT_FALSE(under(total, {fact}).nonnegative());
}

TEST_F(RangesTest, DeepChainsAreWalkedWithoutRecursion) {
  ExprId x = input("x", Domain::real);
  for (int i = 0; i < 50000; ++i) x = call(i % 2 == 0 ? Builtin::tanh : Builtin::sin, x);
  EXPECT_TRUE(of(x).within(-1, 1));
}

/// Random terms over arrays of every domain.
class RandomTerms {
 public:
  RandomTerms(ir::Function& function, unsigned seed) : function_(function), random_(seed) {
    for (const Domain domain : {Domain::real, Domain::positive, Domain::probability, Domain::logit,
                                Domain::binary, Domain::sign, Domain::count}) {
      ir::Array array;
      array.name = "x" + std::to_string(function_.arrays.size());
      array.domain = domain;
      function_.arrays.push_back(array);
      pool_.push_back(
          function_.graph.load({static_cast<std::uint16_t>(function_.arrays.size() - 1)}, {}));
    }
    for (const double c : {-1.0, 0.0, 0.5, 2.0, 3.0}) {
      pool_.push_back(function_.graph.constant(Number::of_double(c)));
    }
  }

  void grow() {
    ir::Graph& g = function_.graph;
    const ExprId a = pick();
    const ExprId b = pick();
    const int kind = below(8);
    if (kind == 0) {
      pool_.push_back(g.plus(a, b));
    } else if (kind == 1) {
      pool_.push_back(g.minus(a, b));
    } else if (kind == 2) {
      pool_.push_back(g.times(a, b));
    } else if (kind == 3) {
      static const Number exponents[] = {
          -2, -1, 2, 3, Number(1) / Number(2), Number(-1) / Number(2)};
      pool_.push_back(g.power(a, exponents[below(6)]));
    } else if (kind == 4) {
      const auto relation = static_cast<Relation>(below(4));
      pool_.push_back(g.select(g.compare(relation, a, b), pick(), below(2) == 0 ? a : b));
    } else {
      const auto count = static_cast<int>(ir::all_builtins().size());
      const auto builtin = static_cast<Builtin>(below(count));
      const ir::BuiltinInfo& row = ir::info(builtin);
      if (row.composed) return;
      if (row.arity == 1) pool_.push_back(g.call(builtin, {a}));
      if (row.arity == 2) pool_.push_back(g.call(builtin, {a, b}));
    }
  }

  ExprId fact() { return function_.graph.compare(static_cast<Relation>(below(4)), pick(), pick()); }

  double sample(Domain domain) {
    std::normal_distribution<double> normal(0, 2);
    std::uniform_real_distribution<double> uniform(0, 1);
    switch (domain) {
      case Domain::positive:
        return std::exp(normal(random_));
      case Domain::probability:
        return below(6) == 0 ? below(2) : uniform(random_);
      case Domain::logit:
        return below(8) == 0 ? -inf : normal(random_) * 3;
      case Domain::binary:
        return below(2);
      case Domain::sign:
        return below(2) * 2 - 1;
      case Domain::count:
        return below(6);
      default:
        return below(6) == 0 ? 0 : normal(random_);
    }
  }

  const std::vector<ExprId>& pool() const { return pool_; }

 private:
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  ExprId pick() { return pool_[static_cast<std::size_t>(below(static_cast<int>(pool_.size())))]; }

  ir::Function& function_;
  std::mt19937 random_;
  std::vector<ExprId> pool_;
};

class Soundness : public testing::TestWithParam<int> {};

TEST_P(Soundness, ValuesOfRandomTermsLieInTheirRanges) {
  const ir::Precision precision(400);
  ir::Function function;
  RandomTerms terms(function, static_cast<unsigned>(GetParam()));
  for (int i = 0; i < 60; ++i) terms.grow();
  Ranges ranges(function);
  for (int point = 0; point < 12; ++point) {
    ir::Example example;
    for (const ir::Array& array : function.arrays) {
      example.arrays.push_back({ir::Real(terms.sample(array.domain))});
    }
    // Ranges speak of true values: what has met a NaN, even in a condition, has none.
    std::vector<bool> without_value(function.graph.size(), false);
    for (const ExprId id : function.graph.reachable(terms.pool())) {
      for (const ExprId operand : function.graph.operands(id)) {
        if (without_value[operand.index]) without_value[id.index] = true;
      }
      auto result = ir::interpret(function, {ir::OutputKind::value, {}, {}, id}, example);
      ASSERT_TRUE(result.ok());
      const ir::Real& value = (*result)[0];
      if (isnan(value)) without_value[id.index] = true;
      if (without_value[id.index]) continue;
      const Range& range = ranges[id];
      const auto shown = static_cast<double>(value);
      EXPECT_FALSE(value < range.low || value > range.high)
          << "node " << id.index << ", " << ir::infix(function, id) << ": " << shown
          << " is not in [" << range.low << ", " << range.high << "]";
      // tanh(1000) rounds to 1 at any precision; an end at 0 is never met by rounding.
      if (range.low_open && range.low == 0) {
        EXPECT_NE(value, 0) << ir::infix(function, id);
      }
      if (range.high_open && range.high == 0) {
        EXPECT_NE(value, 0) << ir::infix(function, id);
      }
      if (range.integer && !isinf(value)) {
        EXPECT_EQ(floor(value), value) << ir::infix(function, id);
      }
      if (!range.may_be_infinite) {
        EXPECT_FALSE(isinf(value)) << ir::infix(function, id);
      }
    }
  }
}

TEST_P(Soundness, ValuesLieInTheirRangesUnderConditionsThatHold) {
  const ir::Precision precision(400);
  ir::Function function;
  RandomTerms terms(function, static_cast<unsigned>(GetParam()) + 1000);
  for (int i = 0; i < 30; ++i) terms.grow();
  std::vector<ExprId> facts;
  for (int i = 0; i < 8; ++i) facts.push_back(terms.fact());
  Ranges ranges(function);
  for (int point = 0; point < 12; ++point) {
    ir::Example example;
    for (const ir::Array& array : function.arrays) {
      example.arrays.push_back({ir::Real(terms.sample(array.domain))});
    }
    std::vector<double> values(function.graph.size(), std::nan(""));
    for (const ExprId id : function.graph.reachable(facts)) {
      auto result = ir::interpret(function, {ir::OutputKind::value, {}, {}, id}, example);
      ASSERT_TRUE(result.ok());
      values[id.index] = static_cast<double>((*result)[0]);
    }
    for (const ExprId fact : facts) {
      const std::vector<ExprId> cone = function.graph.reachable(std::vector<ExprId>{fact});
      // Without a NaN every comparison means what it says.
      const bool complete = std::none_of(cone.begin(), cone.end(),
                                         [&](ExprId id) { return std::isnan(values[id.index]); });
      if (!complete || values[fact.index] == 0) continue;
      for (const ExprId id : cone) {
        const Range range = ranges.under(id, {fact});
        EXPECT_TRUE(range.low <= values[id.index] && values[id.index] <= range.high)
            << ir::infix(function, id) << " = " << values[id.index] << " under "
            << ir::infix(function, fact) << " is not in [" << range.low << ", " << range.high
            << "]";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Soundness, testing::Range(0, 60));

}  // namespace
}  // namespace lossc::analysis
