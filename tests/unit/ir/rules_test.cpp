// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One rule each, as the mathematician would state it.
#include <gtest/gtest.h>

#include "compiler/ir/builtins.h"
#include "compiler/ir/function.h"

namespace lossc::ir {
namespace {

class Rules : public testing::Test {
 protected:
  ExprId number(long value) { return g.constant(Number(value)); }
  ExprId scalar(ArrayId array) { return g.load(array, {}); }
  ExprId at(ArrayId array, ExprId place) { return g.load(array, {&place, 1}); }
  ExprId equal(ExprId a, ExprId b) { return g.compare(Relation::equal, a, b); }
  ExprId less(ExprId a, ExprId b) { return g.compare(Relation::less, a, b); }
  ExprId both(ExprId a, ExprId b) {
    const ExprId pair[] = {a, b};
    return g.conjunction(pair);
  }
  ExprId either(ExprId a, ExprId b) {
    const ExprId pair[] = {a, b};
    return g.disjunction(pair);
  }
  ExprId sum(Axis axis, ExprId body) { return g.reduce(ReduceOp::sum, axis, body); }

  const SizeId K{0}, four{1}, one{2}, N{3};
  const ArrayId a_array{0}, b_array{1}, row{2}, label{3}, ignorable{4}, positive{5}, table{6};
  Graph g = described();
  const ExprId x = scalar(a_array), y = scalar(b_array), p = scalar(positive);
  const ExprId c = less(x, y), d = less(y, number(7));
  const Number half = Number::fraction(1, 2);

 private:
  Graph described() const {
    Graph graph(Graph::Mode::normalising);
    graph.describe_size(K, std::nullopt);
    graph.describe_size(four, 4);
    graph.describe_size(one, 1);
    graph.describe_array(label, {true, false, false, K, std::nullopt});
    graph.describe_array(ignorable, {true, false, false, K, -100});
    graph.describe_array(positive, {false, true, true, std::nullopt, std::nullopt});
    return graph;
  }
};

TEST_F(Rules, SumsAreFlatSortedAndMerged) {
  EXPECT_EQ(g.plus(x, g.plus(y, x)), g.plus(g.scaled(Number(2), x), y));
  EXPECT_EQ(g.minus(g.plus(x, y), g.plus(y, x)), number(0));
  EXPECT_EQ(g.plus(number(2), g.plus(x, number(-2))), x);
  EXPECT_EQ(g.scaled(Number(3), g.plus(x, number(1))), g.plus(g.scaled(Number(3), x), number(3)));
  EXPECT_EQ(g.negate(g.minus(x, y)), g.minus(y, x));
  EXPECT_EQ(g.op(g.scaled(Number(2), x)), Op::mul);
}

TEST_F(Rules, ConstantsFoldExactly) {
  const ExprId third = g.over(number(1), number(3));
  EXPECT_EQ(g.times(third, number(3)), number(1));
  EXPECT_EQ(g.call(Builtin::exp, {number(0)}), number(1));
  EXPECT_EQ(g.call(Builtin::sigmoid, {number(0)}), g.constant(half));
  EXPECT_EQ(g.op(g.call(Builtin::exp, {number(1)})), Op::call);
  EXPECT_EQ(g.call(Builtin::pow, {x, number(2)}), g.power(x, Number(2)));
  EXPECT_EQ(g.call(Builtin::round, {g.constant(Number::fraction(5, 2))}), number(2));
  EXPECT_EQ(g.call(Builtin::floor, {g.constant(Number::fraction(-1, 2))}), number(-1));
  EXPECT_EQ(g.call(Builtin::log2, {g.constant(Number::fraction(1, 8))}), number(-3));
  EXPECT_EQ(g.op(g.call(Builtin::log2, {number(6)})), Op::call);
}

TEST_F(Rules, SquaringStopsBeforeConstantsBlowUp) {
  ExprId value = g.constant(Number::fraction(3, 7));
  for (int i = 0; i < 60; ++i) value = g.times(value, value);
  EXPECT_LT(g.size(), 400u);
}

TEST_F(Rules, PowersAreSoundOverTheReals) {
  EXPECT_EQ(g.times(x, g.power(x, Number(2))), g.power(x, Number(3)));
  EXPECT_EQ(g.power(g.power(x, half), Number(2)), x);
  const ExprId root_of_square = g.power(g.power(x, Number(2)), half);
  EXPECT_NE(root_of_square, x) << "it is |x|";
  EXPECT_EQ(g.power(g.power(p, Number(2)), half), p);
  EXPECT_EQ(g.over(p, p), number(1));
  EXPECT_NE(g.over(x, x), number(1)) << "0/0 is 0";
  EXPECT_EQ(g.over(g.power(x, Number(3)), x), g.power(x, Number(2)));
  EXPECT_EQ(g.over(g.times(g.over(x, x), x), x), g.over(x, x));
  EXPECT_EQ(g.power(x, Number(0)), number(1));
  const ExprId e = g.call(Builtin::exp, {x});
  EXPECT_EQ(g.over(e, e), number(1));
  EXPECT_EQ(g.power(g.scaled(Number(4), p), half), g.scaled(Number(2), g.power(p, half)));
}

TEST_F(Rules, GuardsFloatOutward) {
  EXPECT_EQ(g.times(g.guard(c, x), y), g.guard(c, g.times(x, y)));
  EXPECT_EQ(g.guard(c, g.guard(d, x)), g.guard(both(d, c), x));
  EXPECT_EQ(g.scaled(Number(3), g.guard(c, x)), g.guard(c, g.scaled(Number(3), x)));
  EXPECT_EQ(g.plus(g.guard(c, x), g.plus(g.guard(c, y), y)), g.plus(g.guard(c, g.plus(x, y)), y));
  EXPECT_EQ(g.minus(g.guard(c, x), g.guard(c, x)), number(0));
  EXPECT_NE(g.power(g.guard(c, x), Number(-1)), g.guard(c, g.power(x, Number(-1))));
}

TEST_F(Rules, ConditionsAreKnownInside) {
  EXPECT_EQ(g.select(c, g.select(c, x, y), y), g.select(c, x, y));
  EXPECT_EQ(g.select(c, x, g.select(c, y, p)), g.select(c, x, p));
  EXPECT_EQ(g.guard(c, g.plus(y, g.guard(both(c, d), x))), g.guard(c, g.plus(y, g.guard(d, x))));
  EXPECT_EQ(g.select(g.negation(c), x, y), g.select(c, y, x));
  EXPECT_EQ(g.select(c, number(0), x), g.guard(g.negation(c), x));
  EXPECT_EQ(g.select(c, x, x), x);
  EXPECT_EQ(g.guard(c, number(0)), number(0));
  EXPECT_EQ(g.compare(Relation::equal, g.guard(c, number(1)), number(1)), c);
}

TEST_F(Rules, Conditions) {
  const ExprId no = g.truth(false), yes = g.truth(true);
  EXPECT_EQ(both(c, g.negation(c)), no);
  EXPECT_EQ(either(c, g.negation(c)), yes);
  EXPECT_EQ(both(c, both(d, c)), both(d, c));
  EXPECT_EQ(both(c, either(c, d)), c);
  EXPECT_EQ(either(c, both(c, d)), c);
  EXPECT_EQ(both(equal(x, y), g.compare(Relation::not_equal, y, x)), no);
  EXPECT_EQ(g.negation(g.negation(c)), c);
  EXPECT_EQ(g.op(g.negation(c)), Op::negation) << "not y <= x: they may be NaN";
  EXPECT_EQ(g.relation(g.negation(equal(x, y))), Relation::not_equal);
  EXPECT_EQ(less(number(1), number(2)), yes);
  EXPECT_EQ(less(x, x), no);
}

TEST_F(Rules, SumsLetGoOfWhatIsFree) {
  const Axis k = g.fresh_axis(K);
  const ExprId r = at(row, g.index(k));
  const ExprId total = sum(k, r);
  EXPECT_EQ(sum(k, g.scaled(Number(3), g.times(x, r))), g.scaled(Number(3), g.times(x, total)));
  EXPECT_EQ(sum(k, x), g.times(g.size(K), x));
  EXPECT_EQ(sum(k, g.guard(c, r)), g.guard(c, total));
  const ExprId inverse = g.power(x, Number(-1));
  EXPECT_EQ(sum(k, g.times(inverse, r)), g.times(inverse, total));
  const ExprId chosen = less(r, y);
  const ExprId guarded = sum(k, g.guard(chosen, g.times(inverse, r)));
  EXPECT_EQ(g.op(guarded), Op::reduce) << "1/x may be infinite where nothing is chosen";
  EXPECT_EQ(sum(k, g.guard(chosen, g.times(x, r))), g.times(x, sum(k, g.guard(chosen, r))));
  const Axis only = g.fresh_axis(one);
  EXPECT_EQ(g.reduce(ReduceOp::lse, only, at(row, g.index(only))), at(row, number(0)));
}

TEST_F(Rules, ASumOverADeltaIsASubstitution) {
  const Axis k = g.fresh_axis(K);
  const ExprId r = at(row, g.index(k));
  const ExprId t = scalar(label);
  const ExprId z = at(row, t);
  const auto delta = [&](ExprId e, ExprId value) { return g.guard(equal(g.index(k), e), value); };
  EXPECT_EQ(sum(k, delta(t, r)), z);
  EXPECT_EQ(sum(k, g.times(r, g.plus(x, delta(t, number(1))))), g.plus(z, g.times(x, sum(k, r))));
  const ExprId ignored = scalar(ignorable);
  EXPECT_EQ(sum(k, delta(ignored, r)),
            g.guard(g.compare(Relation::not_equal, ignored, number(-100)), at(row, ignored)));
  EXPECT_EQ(sum(k, delta(number(-1), r)), number(0));
  EXPECT_EQ(sum(k, delta(number(2), r)), g.guard(less(number(2), g.size(K)), at(row, number(2))));
  EXPECT_EQ(g.op(sum(k, delta(x, r))), Op::reduce) << "x may not be whole";
  const ExprId shifted = equal(g.plus(g.index(k), number(1)), t);
  const ExprId before = g.plus(t, number(-1));
  EXPECT_EQ(
      sum(k, g.guard(shifted, r)),
      g.guard(both(g.compare(Relation::less_equal, number(0), before), less(before, g.size(K))),
              at(row, before)));
  const Axis f = g.fresh_axis(four);
  EXPECT_EQ(sum(f, g.guard(equal(g.index(f), number(3)), at(row, g.index(f)))), at(row, number(3)));
}

TEST_F(Rules, DeltasAreFoundThroughInnerSums) {
  const Axis i = g.fresh_axis(K), j = g.fresh_axis(K);
  const ExprId s[] = {g.index(i), g.index(j)};
  const ExprId element = g.load(table, s);
  // Σᵢ xᵢ Σⱼ [i = j] sᵢⱼ = Σⱼ xⱼ sⱼⱼ
  const ExprId inner = sum(j, g.guard(equal(g.index(i), g.index(j)), element));
  const ExprId found = sum(i, g.times(at(row, g.index(i)), inner));
  const Axis m = g.fresh_axis(K);
  const ExprId diagonal[] = {g.index(m), g.index(m)};
  EXPECT_EQ(found, sum(m, g.times(at(row, g.index(m)), g.load(table, diagonal))));
  // Over another size the range guard stays: Σᵢ Σₙ [i = n] xₙ = Σᵢ [i < N] xᵢ.
  const Axis n = g.fresh_axis(N);
  const ExprId across = sum(i, sum(n, g.guard(equal(g.index(i), g.index(n)), at(row, g.index(n)))));
  const ExprId expected = sum(i, g.guard(less(g.index(i), g.size(N)), at(row, g.index(i))));
  EXPECT_EQ(across, expected);
}

TEST_F(Rules, SharedDeltasAreNotDistributedWithoutEnd) {
  const Axis k = g.fresh_axis(K);
  ExprId body = g.guard(equal(g.index(k), scalar(label)), at(row, g.index(k)));
  for (long level = 0; level < 60; ++level) {
    body = g.times(g.plus(body, g.scaled(Number(level + 2), x)), g.plus(body, y));
  }
  EXPECT_FALSE(g.is_free(sum(k, body), k));
  EXPECT_LT(g.size(), 20'000u);
}

}  // namespace
}  // namespace lossc::ir
