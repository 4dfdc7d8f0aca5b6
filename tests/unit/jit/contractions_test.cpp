// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products of matrices inside losses: extents around tiles, blocks and vectors, every width, and
// elements whose product with an exact 0 must be 0. The workspace ends where memory does.
#include "compiler/ir/builtins.h"
#include "compiler/schedule/schedule.h"
#include "tests/unit/jit/compiled_loss.h"

namespace lossc::testing {
namespace {

/// Σ_i lse_j Σ_d a[i, d]·b[j, d] / 8, and Σ_j softmax_j·b[j, d] as what is stored by a.
ir::Function pairs() {
  Builder build;
  const ir::SizeId n = build.size("N"), d = build.size("D");
  const ir::ArrayId a = build.array("a", ir::Role::pred, ir::Domain::real, {n, d});
  const ir::ArrayId b = build.array("b", ir::Role::target, ir::Domain::real, {n, d});
  const ir::Axis row{n, 0}, column{n, 1}, term{d, 0};
  ir::Graph& g = build.g();
  const auto element = [&](ir::ArrayId array, ir::Axis along) {
    return build.load(array, {g.index(along), g.index(term)});
  };
  const ir::ExprId of_column = element(b, column);
  const ir::ExprId product = g.reduce(ir::ReduceOp::sum, term, g.times(element(a, row), of_column));
  const ir::ExprId score = g.scaled(ir::Number(1) / ir::Number(8), product);
  const ir::ExprId total = g.reduce(ir::ReduceOp::lse, column, score);
  build.output(ir::OutputKind::value, g.reduce(ir::ReduceOp::sum, row, total));
  const ir::ExprId gradient =
      g.reduce(ir::ReduceOp::sum, column, g.times(g.weight(score, total), of_column));
  build.output(ir::OutputKind::gradient, gradient, a, {row, term});
  return build.f;
}

Setting setting(FloatType type, std::int64_t n, std::int64_t d) {
  Setting result;
  result.options.float_type = type;
  result.batch = 1;
  result.sizes = {{"N", n}, {"D", d}};
  return result;
}

TEST(Contractions, AreInTheSchedule) {
  const std::string text = schedule::print(pairs(), schedule::scheduled(pairs()));
  EXPECT_NE(text.find("as a product of matrices"), std::string::npos) << text;
}

TEST(Contractions, AroundTilesBlocksAndVectors) {
  for (const FloatType type : {FloatType::f32, FloatType::f64}) {
    const double tolerance = type == FloatType::f32 ? 1e-5 : 1e-13;
    for (const auto& [n, d] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {0, 3}, {1, 1}, {3, 0}, {5, 63}, {47, 2}, {48, 64}, {49, 65}, {65, 17}, {97, 130}}) {
      SCOPED_TRACE(::testing::Message() << "N = " << n << ", D = " << d);
      Comparison(pairs(), setting(type, n, d)).run(tolerance);
    }
  }
}

TEST(Contractions, AtEveryWidthAndLevel) {
  for (const unsigned width : {1u, 2u, 4u, 8u, 16u, 32u}) {
    SCOPED_TRACE(width);
    Setting narrow = setting(FloatType::f32, 53, 19);
    narrow.options.width = width;
    Comparison(pairs(), narrow).run(1e-5);
  }
  for (const char* cpu : {"x86-64-v2", "x86-64-v3"}) {
    SCOPED_TRACE(cpu);
    Setting old = setting(FloatType::f32, 53, 19);
    old.options.cpu = cpu;
    Comparison(pairs(), old).run(1e-5);
  }
}

/// Σ_j [i ≠ j] exp(e[i]·e[j])·b[j, d] as what is stored by a.
ir::Function others() {
  Builder build;
  const ir::SizeId n = build.size("N"), d = build.size("D");
  const ir::ArrayId a = build.array("a", ir::Role::pred, ir::Domain::real, {n, d});
  const ir::ArrayId b = build.array("b", ir::Role::target, ir::Domain::real, {n, d});
  const ir::ArrayId e = build.array("e", ir::Role::target, ir::Domain::real, {n});
  const ir::Axis row{n, 0}, column{n, 1}, term{d, 0};
  ir::Graph& g = build.g();
  const ir::ExprId both = g.times(build.load(e, {g.index(row)}), build.load(e, {g.index(column)}));
  const ir::ExprId product =
      g.times(g.call(ir::Builtin::exp, {both}), build.load(b, {g.index(column), g.index(term)}));
  const ir::ExprId differ = g.compare(ir::Relation::not_equal, g.index(row), g.index(column));
  build.output(ir::OutputKind::gradient,
               g.reduce(ir::ReduceOp::sum, column, g.guard(differ, product)), a, {row, term});
  return build.f;
}

// What is left out does not count, even if it is infinite: the product of matrices alone gives NaN.
TEST(Contractions, LeftOutInfinitiesDoNotCount) {
  const std::string text = schedule::print(others(), schedule::scheduled(others()));
  EXPECT_NE(text.find("as a product of matrices"), std::string::npos) << text;
  Setting infinite = setting(FloatType::f32, 50, 3);
  infinite.adjust = [](std::size_t array, std::vector<double>& values) {
    if (array == 1) values[7 * 3] = INFINITY;
  };
  Comparison(others(), infinite).run(1e-5);
}

}  // namespace
}  // namespace lossc::testing
