// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random terms: the rules change no value, and they are confluent, i.e. a term built with its
// operands in another order and under other temporary axes is the same node.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/ir/random_terms.h"
#include "tests/unit/ir/small_evaluator.h"

namespace lossc::ir {
namespace {

void describe_all(Graph& graph) {
  graph.describe_size(k_size, std::nullopt);
  graph.describe_size(n_size, std::nullopt);
  graph.describe_size(two_size, 2);
  graph.describe_array(y_array, {true, false, false, k_size, -100});
  graph.describe_array(p_array, {false, true, true, std::nullopt, std::nullopt});
  graph.describe_array(t_array, {true, false, false, k_size, std::nullopt});
}

SmallEvaluator evaluator(const Graph& graph, std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto real = [&random] {
    return static_cast<double>(static_cast<int>(random() % 9) - 4) / 2;
  };
  SmallEvaluator result{graph, {3, 4, 2}, {{}, {}, {}, {}, {}}, {{0}, {}, {1}, {0, 1}, {}}};
  for (int i = 0; i < 3; ++i) result.arrays[0].push_back(real());
  result.arrays[1] = {random() % 3 == 0 ? -100.0 : static_cast<double>(random() % 3)};
  for (int i = 0; i < 4; ++i) result.arrays[2].push_back(std::fabs(real()) + 0.25);
  for (int i = 0; i < 12; ++i) result.arrays[3].push_back(real());
  result.arrays[4] = {static_cast<double>(random() % 3)};
  return result;
}

/// For the message of a failure.
std::string text(const Graph& graph, std::vector<ExprId> roots) {
  Function function;
  function.sizes = {{"K", 0}, {"N", 0}, {"", 2}};
  for (const char* name : {"x", "y", "p", "s", "t"}) function.arrays.emplace_back().name = name;
  function.graph = graph;
  for (ExprId root : roots) function.outputs.push_back({OutputKind::value, {}, {}, root});
  return print(function);
}

TEST(RandomTerms, RulesKeepValues) {
  int compared = 0;
  for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
    const Tree tree = Generator(seed).term(1 + static_cast<int>(seed % 5));
    Graph literal(Graph::Mode::literal);
    Graph normalising(Graph::Mode::normalising);
    describe_all(normalising);
    const ExprId exact = Builder(literal, seed).build(tree);
    const ExprId rewritten = Builder(normalising, seed).build(tree);
    ASSERT_TRUE(normalising.free_axes(rewritten).empty()) << "seed " << seed;
    for (std::uint32_t data = 1; data <= 3; ++data) {
      const double expected = evaluator(literal, data * 7919 + seed).value(exact);
      const double found = evaluator(normalising, data * 7919 + seed).value(rewritten);
      if (std::isnan(expected) || std::fabs(expected) > 1e12) continue;
      ++compared;
      ASSERT_NEAR(found, expected, 1e-9 * std::max(1.0, std::fabs(expected)))
          << "seed " << seed << "\n"
          << text(literal, {exact}) << text(normalising, {rewritten});
    }
  }
  EXPECT_GT(compared, 6000);
}

TEST(RandomTerms, RulesAreConfluent) {
  for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
    const Tree tree = Generator(seed).term(1 + static_cast<int>(seed % 5));
    Graph graph(Graph::Mode::normalising);
    describe_all(graph);
    const ExprId first = Builder(graph, seed).build(tree);
    for (std::uint32_t again = 1; again <= 3; ++again) {
      Builder builder(graph, seed + again * 10007);
      builder.permute = true;
      const ExprId second = builder.build(tree);
      ASSERT_EQ(second, first) << "seed " << seed << "\n" << text(graph, {first, second});
    }
  }
}

}  // namespace
}  // namespace lossc::ir
