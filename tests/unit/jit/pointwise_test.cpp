// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses without axes, vectorised along the batch, against the interpreter.

#include "compiler/ir/builtins.h"
#include "tests/unit/jit/compiled_loss.h"

namespace lossc::testing {
namespace {

using ir::Domain;
using ir::OutputKind;
using ir::Role;

ir::Function squared_error() {
  Builder b;
  auto z = b.array("z", Role::pred, Domain::real);
  auto y = b.array("y", Role::target, Domain::real);
  ir::ExprId difference = b.g().minus(b.load(z), b.load(y));
  b.output(OutputKind::value, b.g().power(difference, 2));
  b.output(OutputKind::gradient, b.g().scaled(2, difference), z);
  return b.f;
}

ir::Function logistic() {
  Builder b;
  auto z = b.array("z", Role::pred, Domain::logit);
  auto y = b.array("y", Role::target, Domain::binary);
  auto t = b.array("t", Role::param, Domain::positive);
  ir::Graph& g = b.g();
  ir::ExprId scaled = g.over(b.load(z), b.load(t));
  ir::ExprId soft = g.call(ir::Builtin::softplus, {scaled});
  b.output(OutputKind::value, g.minus(soft, g.times(b.load(y), scaled)));
  ir::ExprId by_scaled = g.minus(g.call(ir::Builtin::sigmoid, {scaled}), b.load(y));
  b.output(OutputKind::gradient, g.over(by_scaled, b.load(t)), z);
  b.output(OutputKind::gradient,
           g.negate(g.over(g.times(by_scaled, b.load(z)), g.power(b.load(t), 2))), t);
  return b.f;
}

TEST(Pointwise, AgreesAtEveryTargetAndBatch) {
  for (const ir::Function& function : {squared_error(), logistic()}) {
    for (const auto& options : targets()) {
      for (std::int64_t batch : {0, 1, 2, 15, 16, 17, 100}) {
        Setting setting{options, batch, {}, batch % 2 == 1};
        expect_agreement(function, setting);
      }
    }
  }
}

TEST(Pointwise, StridedDataAreGathered) {
  for (auto options : targets()) {
    options.contiguous = false;
    for (std::int64_t batch : {1, 17, 33}) {
      Setting setting{options, batch, {}, true};
      expect_agreement(logistic(), setting);
    }
  }
}

TEST(Pointwise, UnoptimisedCodeMeansTheSame) {
  Setting setting;
  setting.options.optimisation = 0;
  setting.batch = 37;
  expect_agreement(logistic(), setting);
}

// The language's 0 · log 0: an infinite factor beside an exact 0, and NaN, which stays.
TEST(Pointwise, ProductWithExactZeroIsZero) {
  Builder b;
  auto x = b.array("x", Role::pred, Domain::real);
  auto y = b.array("y", Role::target, Domain::real);
  b.output(OutputKind::value, b.g().times(b.load(x), b.g().call(ir::Builtin::log, {b.load(y)})));
  Setting setting;
  setting.batch = 5;
  setting.adjust = [](std::size_t array, std::vector<double>& values) {
    if (array == 0) values = {0, 2, 0, NAN, 0};
    if (array == 1) values = {0, 0, 3, 0, NAN};
  };
  expect_agreement(b.f, setting);
}

// Skipped: weight 0 where value and gradient are NaN.
TEST(Pointwise, WeightZeroSkips) {
  Builder b;
  auto z = b.array("z", Role::pred, Domain::real);
  auto w = b.array("w", Role::target, Domain::nonnegative);
  b.output(OutputKind::value, b.g().power(b.load(z), 2));
  b.output(OutputKind::weight, b.load(w));
  b.output(OutputKind::divisor, b.number(1));
  b.output(OutputKind::gradient, b.g().scaled(2, b.load(z)), z);
  for (const auto& options : targets()) {
    Setting setting{options, 20, {}};
    setting.adjust = [](std::size_t array, std::vector<double>& values) {
      for (std::size_t i = 0; i < values.size(); i += 3) values[i] = array == 0 ? NAN : 0;
      if (array == 1) values[1] = 2;
      for (std::size_t i = 0; array == 1 && i < values.size(); ++i)
        values[i] = std::fabs(values[i]);
    };
    expect_agreement(b.f, setting);
  }
}

TEST(Pointwise, WholePowersRootsAndQuotients) {
  Builder b;
  auto x = b.array("x", Role::pred, Domain::positive);
  ir::Graph& g = b.g();
  ir::ExprId z = b.load(x);
  std::vector<std::pair<ir::ExprId, ir::Number>> terms;
  for (long numerator : {-3, -2, -1, 1, 3, 4, 5}) {
    ir::Number exponent = ir::Number(numerator) / ir::Number(2);
    terms.push_back({g.power(g.plus(z, b.number(1)), exponent), ir::Number(numerator)});
  }
  b.output(OutputKind::value, g.add(ir::Number(7), terms));
  b.output(OutputKind::gradient, g.power(z, ir::Number(1) / ir::Number(3)), x);
  for (const auto& options : targets()) {
    Setting setting{options, 40, {}};
    Comparison(b.f, setting).run(options.float_type == FloatType::f32 ? 1e-5 : 1e-13);
  }
}

// 2^24 + 1 examples' worth of the same small number: an f32 accumulator would stop growing.
TEST(Pointwise, SumsDoNotLoseDigits) {
  Builder b;
  auto z = b.array("z", Role::pred, Domain::real);
  b.output(OutputKind::value, b.load(z));
  for (FloatType type : {FloatType::f32, FloatType::f64}) {
    Setting setting;
    setting.options.float_type = type;
    setting.batch = 1000;
    setting.adjust = [](std::size_t, std::vector<double>& values) {
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = i == 0 ? 1e20 : 1;
      values.back() = -1e20;
    };
    Comparison comparison(b.f, setting);
    comparison.run(1);
    if (type == FloatType::f64) {
      EXPECT_EQ(comparison.sum(), 998);
    }
  }
}

}  // namespace
}  // namespace lossc::testing
