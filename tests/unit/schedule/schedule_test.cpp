// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which loops a loss gets, and what is computed where.

#include "compiler/schedule/schedule.h"
#include "compiler/ir/builtins.h"

#include <gtest/gtest.h>

#include "compiler/ir/text.h"

namespace lossc::schedule {
namespace {

using ir::Axis;
using ir::ExprId;

struct Built {
  ir::Function f;
  ir::SizeId K, T;
  ir::ArrayId z, w;
  Built() {
    f.name = "scheduled";
    f.module = "test";
    f.graph = ir::Graph(ir::Graph::Mode::normalising);
    K = f.size_id({"K", 0});
    T = f.size_id({"T", 0});
    z = array("z", ir::Role::pred, {T, K});
    w = array("w", ir::Role::param, {K});
  }
  ir::Graph& g() { return f.graph; }
  ir::ArrayId array(const char* name, ir::Role role, std::vector<ir::SizeId> shape) {
    ir::Array array;
    array.name = name;
    array.role = role;
    array.domain = ir::Domain::real;
    array.shape = std::move(shape);
    f.arrays.push_back(std::move(array));
    return {static_cast<std::uint16_t>(f.arrays.size() - 1)};
  }
  ExprId load(ir::ArrayId array, std::vector<Axis> axes) {
    std::vector<ExprId> subscripts;
    for (Axis axis : axes) subscripts.push_back(g().index(axis));
    return g().load(array, subscripts);
  }
  void output(ir::OutputKind kind, ExprId root, ir::ArrayId array = {},
              std::vector<Axis> axes = {}) {
    f.outputs.push_back({kind, array, std::move(axes), root});
  }
};

std::vector<const Sweep*> sweeps(const Region& region) {
  std::vector<const Sweep*> found;
  for (const Region::Step& step : region.steps) {
    if (step.sweep != nullptr) found.push_back(step.sweep.get());
  }
  return found;
}

TEST(Schedule, ALossWithoutAxesIsVectorisedAlongTheBatch) {
  Built b;
  auto x = b.array("x", ir::Role::pred, {});
  b.output(ir::OutputKind::value, b.g().power(b.load(x, {}), 2));
  Schedule schedule = scheduled(b.f);
  EXPECT_TRUE(schedule.batch().vectorised);
  EXPECT_EQ(schedule.call.steps.size(), 1u);
}

TEST(Schedule, WhatHasNoExampleInItIsComputedOncePerCall) {
  Built b;
  Axis k = b.g().fresh_axis(b.K);
  auto x = b.array("x", ir::Role::pred, {});
  ExprId norm = b.g().reduce(ir::ReduceOp::sum, k, b.g().power(b.load(b.w, {k}), 2));
  b.output(ir::OutputKind::value, b.g().times(norm, b.load(x, {})));
  Schedule schedule = scheduled(b.f);
  EXPECT_TRUE(schedule.batch().vectorised);
  ASSERT_EQ(sweeps(schedule.call).size(), 2u);
  EXPECT_TRUE(sweeps(schedule.call)[0]->vectorised);
  EXPECT_EQ(sweeps(schedule.call)[0]->axis.size, b.K);
}

// Maximum, exponentials, gradient: three sweeps over the classes, and the mean shares the first.
TEST(Schedule, LogSumExpTakesTwoVectorSweepsAndOthersShareThem) {
  Built b;
  Axis t = b.g().fresh_axis(b.K), u = b.g().fresh_axis(b.K), k{b.K, 0};
  auto x = b.array("x", ir::Role::pred, {b.K});
  ExprId R = b.g().reduce(ir::ReduceOp::lse, t, b.load(x, {t}));
  ExprId mean = b.g().reduce(ir::ReduceOp::sum, u, b.load(x, {u}));
  b.output(ir::OutputKind::value, b.g().minus(R, mean));
  b.output(ir::OutputKind::gradient, b.g().weight(b.load(x, {k}), R), x, {k});
  Schedule schedule = scheduled(b.f);
  EXPECT_FALSE(schedule.batch().vectorised);
  auto loops = sweeps(schedule.batch().body);
  ASSERT_EQ(loops.size(), 3u);
  EXPECT_EQ(loops[0]->folds.size(), 2u);
  EXPECT_EQ(loops[1]->folds.size(), 1u);
  EXPECT_EQ(loops[1]->folds[0].part, Part::exponentials);
  EXPECT_EQ(loops[2]->stores, std::vector<std::size_t>{1});
  for (const Sweep* loop : loops) EXPECT_TRUE(loop->vectorised);
}

TEST(Schedule, ALoopWithLoopsInsideRunsItsMaximumAlong) {
  Built b;
  Axis t = b.g().fresh_axis(b.T), k = b.g().fresh_axis(b.K);
  ExprId row = b.g().reduce(ir::ReduceOp::sum, k, b.load(b.z, {t, k}));
  b.output(ir::OutputKind::value, b.g().reduce(ir::ReduceOp::lse, t, row));
  Schedule schedule = scheduled(b.f);
  auto loops = sweeps(schedule.batch().body);
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_EQ(loops[0]->folds[0].part, Part::online);
  EXPECT_FALSE(loops[0]->vectorised);
  ASSERT_EQ(sweeps(loops[0]->body).size(), 1u);
  EXPECT_TRUE(sweeps(loops[0]->body)[0]->vectorised);
}

TEST(Schedule, DeepChainsDoNotHurt) {
  Built b;
  auto x = b.array("x", ir::Role::pred, {});
  ExprId chain = b.load(x, {});
  for (int i = 0; i < 20000; ++i) chain = b.g().call(ir::Builtin::sin, {chain});
  b.output(ir::OutputKind::value, chain);
  Schedule schedule = scheduled(b.f);
  EXPECT_EQ(schedule.batch().body.steps.size(), 20001u);
  EXPECT_FALSE(print(b.f, schedule).empty());
}

TEST(Schedule, IsPrinted) {
  Built b;
  Axis k = b.g().fresh_axis(b.K);
  auto x = b.array("x", ir::Role::pred, {b.K});
  b.output(ir::OutputKind::value, b.g().reduce(ir::ReduceOp::max, k, b.load(x, {k})));
  std::string text = print(b.f, scheduled(b.f));
  EXPECT_NE(text.find("vector sweep over K.0"), std::string::npos) << text;
  EXPECT_NE(text.find("sweep over the batch"), std::string::npos) << text;
}

}  // namespace
}  // namespace lossc::schedule
