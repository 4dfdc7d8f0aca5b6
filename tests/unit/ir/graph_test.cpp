// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sharing, names of axes, substitution, limits, and that nothing takes more than linear time.
#include "compiler/ir/graph.h"
#include "compiler/ir/builtins.h"

#include <gtest/gtest.h>

#include <chrono>

#include "compiler/ir/function.h"

namespace lossc::ir {
namespace {

constexpr SizeId N{0};
constexpr SizeId D{1};
constexpr ArrayId x{0};

ExprId load(Graph& g, Axis i, Axis j) {
  const ExprId at[] = {g.index(i), g.index(j)};
  return g.load(x, at);
}

class GraphModes : public testing::TestWithParam<Graph::Mode> {};
INSTANTIATE_TEST_SUITE_P(Both, GraphModes,
                         testing::Values(Graph::Mode::literal, Graph::Mode::normalising));

TEST_P(GraphModes, EqualNodesAreOneNode) {
  Graph g(GetParam());
  const Axis i{N, 0}, j{N, 1};
  EXPECT_EQ(load(g, i, j), load(g, i, j));
  EXPECT_NE(load(g, i, j), load(g, j, i));
  const std::size_t before = g.size();
  load(g, i, j);
  EXPECT_EQ(g.size(), before);
}

TEST_P(GraphModes, AlphaEqualReductionsAreOneNode) {
  Graph g(GetParam());
  const Axis i{N, 0};
  const Axis s = g.fresh_axis(N), t = g.fresh_axis(N), d = g.fresh_axis(D);
  const ExprId first = g.reduce(ReduceOp::max, s, load(g, i, s));
  EXPECT_EQ(first, g.reduce(ReduceOp::max, t, load(g, i, t)));
  EXPECT_EQ(g.axis(first), (Axis{N, 1})) << "0 is free";
  EXPECT_EQ(g.free_axes(first), AxisSet{i});
  const ExprId closed = g.reduce(ReduceOp::max, d, g.reduce(ReduceOp::lse, s, load(g, s, d)));
  EXPECT_EQ(g.axis(closed), (Axis{D, 0}));
  EXPECT_TRUE(g.free_axes(closed).empty());
}

TEST_P(GraphModes, SubstitutionDoesNotCapture) {
  Graph g(GetParam());
  const Axis i{N, 0}, j{N, 1}, k{N, 2};
  const Axis s = g.fresh_axis(N);
  const ExprId row = g.reduce(ReduceOp::max, s, load(g, i, s));  // max over j of x[i, j]
  const ExprId moved = g.substitute(row, {{i, g.index(j)}});     // now j is free
  EXPECT_EQ(g.free_axes(moved), AxisSet{j});
  EXPECT_EQ(g.axis(moved), i);
  EXPECT_EQ(moved, g.reduce(ReduceOp::max, s, load(g, j, s)));
  const ExprId swapped = g.substitute(load(g, i, j), {{i, g.index(j)}, {j, g.index(i)}});
  EXPECT_EQ(swapped, load(g, j, i)) << "all at once";
  EXPECT_EQ(g.substitute(row, {{k, g.index(j)}}), row);
}

TEST_P(GraphModes, NestedReductionsStayLinear) {
  Graph g(GetParam());
  // pₙ₊₁[i] = maxⱼ (x[i, j] + pₙ[j]): each level binds the axis that the level below has free.
  const Axis i{N, 0};
  ExprId p = g.index(i);
  for (int level = 0; level < 60; ++level) {
    const Axis j = g.fresh_axis(N);
    p = g.reduce(ReduceOp::max, j, g.plus(load(g, i, j), g.substitute(p, {{i, g.index(j)}})));
    ASSERT_LT(g.size(), 40'000u) << "at level " << level;
  }
  EXPECT_EQ(g.free_axes(p), AxisSet{i});
}

TEST_P(GraphModes, ADeepChainDoesNotHurt) {
  Graph g(GetParam());
  const Axis i{N, 0};
  ExprId chain = g.index(i);
  for (int level = 0; level < 20'000; ++level) chain = g.call(Builtin::sin, {chain});
  const ExprId total = g.reduce(ReduceOp::max, i, chain);
  const ExprId moved = g.substitute(chain, {{i, g.constant(Number(3))}});
  EXPECT_TRUE(g.free_axes(total).empty());
  EXPECT_TRUE(g.free_axes(moved).empty());
  const ExprId roots[] = {total};
  EXPECT_EQ(g.reachable(roots).size(), 20'002u);
}

TEST_P(GraphModes, TheLimitEndsEveryConstructor) {
  Graph g(GetParam());
  g.set_limit(1000);
  const Axis i{N, 0};
  ExprId value = g.index(i);
  ExprId condition = g.truth(true);
  for (int step = 0; step < 2000; ++step) {
    value = g.call(Builtin::sin, {g.plus(value, g.constant(Number(1)))});
    condition = g.compare(Relation::less, value, g.index({D, 0}));
    value = g.select(condition, value, g.power(value, Number(-1)));
    value = g.reduce(ReduceOp::sum, {D, 0}, value);
    EXPECT_FALSE(g.is_bool(value));
    EXPECT_TRUE(g.is_bool(condition));
  }
  EXPECT_TRUE(g.exhausted());
  EXPECT_LT(g.size(), 1100u);
}

TEST_P(GraphModes, SpansSurviveGrowth) {
  Graph g(GetParam());
  const Axis i{N, 0};
  const ExprId first = load(g, i, Axis{N, 1});
  const auto operands = g.operands(first);
  const ExprId second = operands[1];
  for (long n = 0; n < 50'000; ++n) g.call(Builtin::sin, {g.constant(Number(n + 7))});
  EXPECT_EQ(operands[1], second);
  const Graph copy = g;
  EXPECT_EQ(copy.operands(first)[1], second);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST(Graph, ASumOf100000TermsIsLinear) {
  const auto start = std::chrono::steady_clock::now();
  Graph g(Graph::Mode::normalising);
  std::vector<std::pair<ExprId, Number>> terms;
  for (long n = 0; n < 100'000; ++n) {
    const ExprId at = g.constant(Number(n));
    terms.emplace_back(g.load(x, {&at, 1}), Number(1));
  }
  const ExprId all = g.add(Number(0), terms);
  EXPECT_EQ(g.operands(all).size(), 100'000u);
  EXPECT_LT(seconds_since(start), 20.0);
}

TEST(Normalised, AChainOfAdditionsIsOneSum) {
  Function f;
  f.name = "chain";
  f.sizes = {{"K", 0}};
  f.arrays.emplace_back().name = "x";
  f.arrays[0].shape = {N};
  ExprId total = f.graph.constant(Number(0));
  for (long n = 1; n <= 50'000; ++n) {
    const ExprId at = f.graph.constant(Number(n));
    total = f.graph.plus(total, f.graph.load(x, {&at, 1}));
  }
  f.outputs.push_back({OutputKind::value, {}, {}, total});
  ASSERT_EQ(violation(f), std::nullopt);
  const Function result = normalised(f);
  EXPECT_EQ(result.graph.operands(result.outputs[0].root).size(), 50'000u);
  EXPECT_EQ(violation(result), std::nullopt);
}

TEST(Normalised, OriginsAreCarriedOver) {
  Function f;
  f.arrays.emplace_back().name = "x";
  const ExprId z = f.graph.load(x, {});
  const ExprId root = f.graph.call(Builtin::exp, {f.graph.plus(z, z)});
  const SourceRange place{FileId{0}, 3, 9};
  f.graph.set_origin(root, place);
  f.outputs.push_back({OutputKind::value, {}, {}, root});
  const Function result = normalised(f);
  EXPECT_EQ(result.graph.origin(result.outputs[0].root), place);
}

TEST(Graph, OperandOrderDoesNotDependOnAxisNames) {
  Graph g(Graph::Mode::normalising);
  const Axis i{N, 0}, j{N, 1};
  const ExprId one = g.plus(g.plus(load(g, i, j), g.index(i)), g.call(Builtin::sin, {g.index(j)}));
  // Renamed the other way round, with fresh nodes made in another order.
  const ExprId wave = g.call(Builtin::sin, {g.index(i)});
  const ExprId two = g.plus(wave, g.plus(g.index(j), load(g, j, i)));
  ASSERT_EQ(g.operands(one).size(), 3u);
  for (std::size_t n = 0; n < 3; ++n) EXPECT_EQ(g.op(g.operands(one)[n]), g.op(g.operands(two)[n]));
  EXPECT_EQ(g.substitute(one, {{i, g.index(j)}, {j, g.index(i)}}), two);
}

}  // namespace
}  // namespace lossc::ir
