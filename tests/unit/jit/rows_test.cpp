// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses with axes, vectorised along the innermost, against the interpreter.

#include "tests/unit/jit/compiled_loss.h"

namespace lossc::testing {
namespace {

using ir::Axis;
using ir::Domain;
using ir::ExprId;
using ir::Number;
using ir::OutputKind;
using ir::ReduceOp;
using ir::Role;

ExprId matches(ir::Graph& g, Axis k, ExprId label) {
  return g.compare(ir::Relation::equal, g.index(k), label);
}

// −log softmax(z)[y] with class weights in the body, so that the param has a gradient.
ir::Function cross_entropy() {
  Builder b;
  ir::Graph& g = b.g();
  auto K = b.size("K");
  auto z = b.array("z", Role::pred, Domain::logit, {K});
  auto y = b.array("y", Role::target, Domain::class_);
  b.f.arrays[y.index].classes = K;
  auto w = b.array("w", Role::param, Domain::positive, {K});
  Axis t = g.fresh_axis(K), k{K, 0};
  ExprId R = g.reduce(ReduceOp::lse, t, b.load(z, {g.index(t)}));
  ExprId label = b.load(y);
  ExprId own = g.minus(R, b.load(z, {label}));
  b.output(OutputKind::value, g.times(b.load(w, {label}), own));
  ExprId probability = g.weight(b.load(z, {g.index(k)}), R);
  ExprId hit = g.guard(matches(g, k, label), b.number(1));
  b.output(OutputKind::gradient, g.times(b.load(w, {label}), g.minus(probability, hit)), z, {k});
  b.output(OutputKind::gradient, g.guard(matches(g, k, label), own), w, {k});
  return b.f;
}

TEST(Rows, CrossEntropyAtEveryTargetAndSize) {
  ir::Function function = cross_entropy();
  for (const auto& options : targets()) {
    for (std::int64_t classes : {1, 3, 10, 17, 100}) {
      Setting setting{options, 7, {{"K", classes}}, classes % 2 == 0};
      expect_agreement(function, setting);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Rows, StridesAndWideLabels) {
  ir::Function function = cross_entropy();
  for (auto options : targets()) {
    options.contiguous = false;
    options.wide_labels = {false, true, false};
    Setting setting{options, 3, {{"K", 21}}};
    expect_agreement(function, setting);
  }
}

TEST(Rows, MaskedClassesAndEmptyRows) {
  ir::Function function = cross_entropy();
  for (const auto& options : targets()) {
    Setting setting{options, 4, {{"K", 20}}};
    setting.adjust = [](std::size_t array, std::vector<double>& values) {
      if (array != 0) return;
      for (std::size_t i = 0; i < values.size(); i += 3) values[i] = -INFINITY;
      values[45] = NAN;
      for (std::size_t i = 60; i < 80; ++i) values[i] = 100;  // all equal
    };
    setting.adjust = [adjust = setting.adjust](std::size_t array, std::vector<double>& values) {
      adjust(array, values);
      if (array == 1) values = {1, 2, 4, 5};
    };
    expect_agreement(function, setting);
  }
}

// A confidently right class: 1 − p and −log p are tiny, and exact to the last digits.
TEST(Rows, ConfidentRowsKeepTheirDigits) {
  Builder b;
  ir::Graph& g = b.g();
  auto K = b.size("K");
  auto z = b.array("z", Role::pred, Domain::logit, {K});
  auto y = b.array("y", Role::target, Domain::class_);
  b.f.arrays[y.index].classes = K;
  Axis t = g.fresh_axis(K), k{K, 0};
  ExprId R = g.reduce(ReduceOp::lse, t, b.load(z, {g.index(t)}));
  b.output(OutputKind::value, g.minus(R, b.load(z, {b.load(y)})));
  b.output(
      OutputKind::gradient,
      g.minus(g.weight(b.load(z, {g.index(k)}), R), g.guard(matches(g, k, b.load(y)), b.number(1))),
      z, {k});
  for (const auto& options : targets()) {
    Setting setting{options, 1, {{"K", 3}}};
    setting.adjust = [](std::size_t array, std::vector<double>& values) {
      if (array == 0) values = {70, 0, 10};
      if (array == 1) values = {0};
    };
    Comparison comparison(b.f, setting);
    comparison.run(1e-15);
    double exact = std::exp(-60) + std::exp(-70);
    EXPECT_NEAR(comparison.sum() / exact, 1, 1e-6);
    EXPECT_NEAR(comparison.gradient(0)[0] / (-0.5 * exact), 1, 1e-6);
  }
}

// mean over T of ignorable cross-entropies: sweeps in sweeps, labels without a class.
TEST(Rows, TokensWithIgnoredLabels) {
  Builder b;
  ir::Graph& g = b.g();
  auto T = b.size("T"), K = b.size("K");
  auto z = b.array("z", Role::pred, Domain::logit, {T, K});
  auto y = b.array("y", Role::target, Domain::class_, {T});
  b.f.arrays[y.index].classes = K;
  b.f.arrays[y.index].ignore = -100;
  Axis t{T, 0}, k = g.fresh_axis(K), out{K, 0}, s = g.fresh_axis(T);
  auto label = [&](Axis axis) { return b.load(y, {g.index(axis)}); };
  auto valid = [&](Axis axis) {
    return g.compare(ir::Relation::not_equal, label(axis), b.number(-100));
  };
  auto row = [&](Axis axis) {
    return g.reduce(ReduceOp::lse, k, b.load(z, {g.index(axis), g.index(k)}));
  };
  ExprId own = g.minus(row(s), b.load(z, {g.index(s), label(s)}));
  ExprId total = g.reduce(ReduceOp::sum, s, g.guard(valid(s), own));
  ExprId count = g.reduce(ReduceOp::sum, s, g.guard(valid(s), b.number(1)));
  b.output(OutputKind::value, g.over(total, count));
  ExprId probability = g.weight(b.load(z, {g.index(t), g.index(out)}), row(t));
  ExprId hit = g.guard(matches(g, out, label(t)), b.number(1));
  b.output(OutputKind::gradient, g.over(g.guard(valid(t), g.minus(probability, hit)), count), z,
           {t, out});
  for (const auto& options : targets()) {
    for (std::int64_t classes : {3, 18}) {
      Setting setting{options, 3, {{"T", 6}, {"K", classes}}};
      setting.adjust = [](std::size_t array, std::vector<double>& values) {
        if (array == 1) values[1] = values[4] = values[6] = -100;
      };
      expect_agreement(b.f, setting);
    }
  }
}

TEST(Rows, EveryReduction) {
  Builder b(ir::Graph::Mode::literal);
  ir::Graph& g = b.g();
  auto K = b.size("K");
  auto x = b.array("x", Role::pred, Domain::real, {K});
  Axis k{K, 0};
  ExprId element = b.load(x, {g.index(k)});
  auto reduced = [&](ReduceOp op) { return g.reduce(op, k, element); };
  ExprId above = g.compare(ir::Relation::less, b.number(1), element);
  std::vector<std::pair<ExprId, Number>> terms{
      {reduced(ReduceOp::sum), 1},
      {reduced(ReduceOp::prod), 3},
      {reduced(ReduceOp::max), 5},
      {reduced(ReduceOp::min), 7},
      {reduced(ReduceOp::lse), 11},
      {reduced(ReduceOp::argmax), 13},
      {reduced(ReduceOp::argmin), 17},
      {g.select(g.reduce(ReduceOp::any, k, above), b.number(1), b.number(2)), 19},
      {g.select(g.reduce(ReduceOp::all, k, above), b.number(1), b.number(2)), 23}};
  b.output(OutputKind::value, g.add(0, terms));
  for (const auto& options : targets()) {
    for (std::int64_t size : {1, 2, 15, 16, 17, 40}) {
      Setting setting{options, 3, {{"K", size}}};
      Comparison(b.f, setting).run(options.float_type == FloatType::f32 ? 1e-5 : 1e-13);
    }
  }
}

// A batch loss: contractions inside a logarithm of a sum of exponentials.
TEST(Rows, ContrastiveLossOfAWholeBatch) {
  Builder b;
  ir::Graph& g = b.g();
  b.f.kind = ir::FunctionKind::batch_loss;
  auto N = b.size("N"), D = b.size("D");
  auto a = b.array("a", Role::pred, Domain::real, {N, D});
  auto c = b.array("c", Role::pred, Domain::real, {N, D});
  Axis i = g.fresh_axis(N), j = g.fresh_axis(N), d = g.fresh_axis(D);
  auto similarity = [&](Axis row, Axis column) {
    return g.scaled(Number(1) / Number(2),
                    g.reduce(ReduceOp::sum, d,
                             g.times(b.load(a, {g.index(row), g.index(d)}),
                                     b.load(c, {g.index(column), g.index(d)}))));
  };
  ExprId row = g.reduce(ReduceOp::lse, j, similarity(i, j));
  b.output(OutputKind::value,
           g.over(g.reduce(ReduceOp::sum, i, g.minus(row, similarity(i, i))), g.size(N)));
  for (const auto& options : targets()) {
    Setting setting{options, 1, {{"N", 9}, {"D", 5}}};
    Comparison(b.f, setting).run(options.float_type == FloatType::f32 ? 1e-5 : 1e-13);
  }
}

// Neighbours and filters: subscripts with an offset are clamped, what a filter leaves out is not
// read.
TEST(Rows, ShiftedSubscriptsStayInside) {
  Builder b;
  ir::Graph& g = b.g();
  auto K = b.size("K");
  auto x = b.array("x", Role::pred, Domain::real, {K});
  Axis k = g.fresh_axis(K);
  ExprId before = g.plus(g.index(k), b.number(-1));
  ExprId step = g.power(g.minus(b.load(x, {g.index(k)}), b.load(x, {before})), 2);
  ExprId inside = g.compare(ir::Relation::less, b.number(0), g.index(k));
  b.output(OutputKind::value, g.reduce(ReduceOp::sum, k, g.guard(inside, step)));
  for (const auto& options : targets()) {
    for (std::int64_t size : {1, 2, 16, 19}) {
      Setting setting{options, 4, {{"K", size}}};
      expect_agreement(b.f, setting);
    }
  }
}

TEST(Rows, NothingToReduce) {
  Builder b;
  ir::Graph& g = b.g();
  auto K = b.size("K");
  auto x = b.array("x", Role::pred, Domain::real, {K});
  auto y = b.array("y", Role::target, Domain::count);
  Axis k{K, 0};
  ExprId element = b.load(x, {g.index(k)});
  ExprId wild = b.load(x, {b.load(y)});
  ExprId empty = g.compare(ir::Relation::equal, g.size(K), b.number(0));
  b.output(OutputKind::value, g.select(empty, g.reduce(ReduceOp::lse, k, element), wild));
  b.output(OutputKind::gradient, element, x, {k});
  for (const auto& options : targets()) {
    Setting setting{options, 2, {{"K", 0}}};
    Comparison comparison(b.f, setting);
    auto kernel = jit::compiled(b.f, options);
    ASSERT_TRUE(kernel.ok()) << kernel.error().message;
    comparison.run(0);
  }
}

}  // namespace
}  // namespace lossc::testing
