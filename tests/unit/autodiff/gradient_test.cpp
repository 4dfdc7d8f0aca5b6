// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Derived gradients and Hessian diagonals against the interpreter's dual numbers, which know
// nothing of them, on the construct that each row of the table of reverse mode is about.
#include "compiler/autodiff/gradient.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>

#include "compiler/ir/builtins.h"
#include "compiler/ir/formula_functions.h"
#include "compiler/ir/interpreter.h"
#include "compiler/ir/text.h"

namespace lossc::autodiff {
namespace {

using ir::ArrayId;
using ir::Axis;
using ir::Builtin;
using ir::Domain;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::OutputKind;
using ir::Real;
using ir::ReduceOp;
using ir::Relation;
using ir::Role;

constexpr ArrayId x_id{0};
constexpr ArrayId w_id{1};
constexpr ArrayId y_id{2};
constexpr ArrayId s_id{3};
constexpr std::int64_t classes = 4;

void add_array(Function& function, const std::string& name, Role role, Domain domain,
               std::vector<ir::SizeId> shape) {
  ir::Array array;
  array.name = name;
  array.role = role;
  array.domain = domain;
  array.shape = std::move(shape);
  function.arrays.push_back(array);
}

/// x: real[K], w: real[K, K], y: class(K), s: real.
Function blank() {
  Function function;
  function.name = "f";
  function.module = "test";
  const ir::SizeId size = function.size_id({"K", 0});
  add_array(function, "x", Role::pred, Domain::real, {size});
  add_array(function, "w", Role::param, Domain::real, {size, size});
  add_array(function, "y", Role::target, Domain::class_, {});
  function.arrays[2].classes = size;
  add_array(function, "s", Role::pred, Domain::real, {});
  return function;
}

struct Maker {
  Function& f;
  Graph& g = f.graph;
  Axis axis() { return g.fresh_axis({0}); }
  ExprId at(Axis a) { return g.index(a); }
  ExprId x(ExprId i) { return g.load(x_id, std::array{i}); }
  ExprId w(ExprId i, ExprId j) { return g.load(w_id, std::array{i, j}); }
  ExprId y() { return g.load(y_id, {}); }
  ExprId s() { return g.load(s_id, {}); }
  ExprId number(long value) { return g.constant(Number(value)); }
  ExprId sum(Axis a, ExprId body) { return g.reduce(ReduceOp::sum, a, body); }
  ExprId exp(ExprId e) { return g.call(Builtin::exp, {e}); }
};

using Loss = ExprId (*)(Maker&);

ir::Example example(unsigned seed, bool ties) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-2, 2);
  ir::Example result{{classes}, {{}, {}, {Real(static_cast<double>(seed % classes))}, {}}};
  const auto draw = [&] { return Real(ties ? std::round(uniform(random)) : uniform(random)); };
  for (int i = 0; i < classes; ++i) result.arrays[0].push_back(draw());
  for (int i = 0; i < classes * classes; ++i) result.arrays[1].push_back(draw());
  result.arrays[3].push_back(draw());
  return result;
}

void expect_equal(const std::vector<Real>& got, const std::vector<Real>& wanted,
                  const std::string& what) {
  ASSERT_EQ(got.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Real difference = abs(got[i] - wanted[i]);
    EXPECT_TRUE(difference <= ldexp(Real(1) + abs(wanted[i]), -150))
        << what << " element " << i << ": " << got[i] << ", by dual numbers " << wanted[i];
  }
}

void check(const char* name, Loss loss, bool ties, bool second) {
  const ir::Precision precision(256);
  Function literal = blank();
  Maker maker{literal};
  const ExprId root = loss(maker);
  literal.outputs.push_back({OutputKind::value, {}, {}, root});
  const std::array wanted{x_id, w_id, s_id};
  Function derived = with_gradients(literal, wanted);
  if (second) derived = with_hessian_diagonals(derived, wanted);
  ASSERT_EQ(violation(derived).value_or(""), "") << name << "\n" << print(derived);
  for (unsigned seed = 0; seed < 6; ++seed) {
    const ir::Example in = example(seed, ties);
    for (const ArrayId array : wanted) {
      const std::string what = std::string(name) + " by " + literal.arrays[array.index].name;
      const auto got = interpret(derived, *derived.find(OutputKind::gradient, array), in);
      const auto dual = derivatives(literal, literal.outputs[0], in, array);
      ASSERT_TRUE(got.ok() && dual.ok()) << what;
      expect_equal(got.value(), dual.value(), what);
      if (!second) continue;
      const auto diagonal = interpret(derived, *derived.find(OutputKind::hessian, array), in);
      const auto dual_second = second_derivatives(literal, literal.outputs[0], in, array);
      ASSERT_TRUE(diagonal.ok() && dual_second.ok()) << what;
      expect_equal(diagonal.value(), dual_second.value(), "hessian of " + what);
    }
  }
}

ExprId squares(Maker& m) {
  const Axis k = m.axis();
  return m.sum(k, m.g.power(m.x(m.at(k)), Number(2)));
}
ExprId quadratic_form(Maker& m) {
  const Axis i = m.axis();
  const Axis j = m.axis();
  const ExprId term = m.g.times(m.w(m.at(i), m.at(j)), m.g.times(m.x(m.at(i)), m.x(m.at(j))));
  return m.sum(i, m.sum(j, term));
}
ExprId transposed(Maker& m) {
  const Axis i = m.axis();
  const Axis j = m.axis();
  const ExprId difference = m.g.minus(m.w(m.at(i), m.at(j)), m.w(m.at(j), m.at(i)));
  return m.sum(i, m.sum(j, m.exp(m.g.times(difference, m.x(m.at(i))))));
}
ExprId trace_of_squares(Maker& m) {
  const Axis i = m.axis();
  return m.sum(i, m.g.power(m.w(m.at(i), m.at(i)), Number(3)));
}
ExprId broadcast(Maker& m) {
  const Axis k = m.axis();
  return m.sum(k, m.exp(m.g.times(m.s(), m.x(m.at(k)))));
}
ExprId constant_along_axis(Maker& m) { return m.sum(m.axis(), m.exp(m.s())); }
ExprId cross_entropy(Maker& m) {
  const Axis k = m.axis();
  return m.g.minus(m.g.reduce(ReduceOp::lse, k, m.x(m.at(k))), m.x(m.y()));
}
ExprId softmax_power(Maker& m) {
  const Axis k = m.axis();
  const ExprId lse = m.g.reduce(ReduceOp::lse, k, m.x(m.at(k)));
  const ExprId p = m.g.weight(m.x(m.y()), lse);
  return m.g.times(m.g.power(m.g.minus(m.number(1), p), Number(2)), m.g.call(Builtin::log, {p}));
}
ExprId gathered_row(Maker& m) {
  const Axis k = m.axis();
  return m.sum(k, m.exp(m.g.times(m.w(m.y(), m.at(k)), m.x(m.at(k)))));
}
ExprId product(Maker& m) {
  const Axis k = m.axis();
  return m.g.reduce(ReduceOp::prod, k, m.x(m.at(k)));
}
ExprId largest(Maker& m) {
  const Axis k = m.axis();
  return m.exp(m.g.reduce(ReduceOp::max, k, m.x(m.at(k))));
}
ExprId smallest(Maker& m) {
  const Axis k = m.axis();
  return m.g.power(m.g.reduce(ReduceOp::min, k, m.g.times(m.x(m.at(k)), m.s())), Number(2));
}
ExprId hinge(Maker& m) {
  const Axis k = m.axis();
  const ExprId margin = m.g.minus(m.number(1), m.x(m.at(k)));
  return m.sum(k, m.g.call(Builtin::max, {margin, m.number(0)}));
}
ExprId two_expressions(Maker& m) {
  const Axis k = m.axis();
  return m.sum(k, m.g.call(Builtin::max, {m.x(m.at(k)), m.s()}));
}
ExprId cases(Maker& m) {
  const Axis k = m.axis();
  const ExprId x = m.x(m.at(k));
  const ExprId small = m.g.compare(Relation::less, x, m.s());
  return m.sum(k, m.g.select(small, m.g.power(x, Number(2)), m.exp(m.g.times(x, m.s()))));
}
ExprId filtered(Maker& m) {
  const Axis k = m.axis();
  const ExprId apart = m.g.compare(Relation::not_equal, m.at(k), m.y());
  return m.sum(k, m.g.select(apart, m.exp(m.x(m.at(k))), m.number(0)));
}
ExprId shifted(Maker& m) {
  const Axis k = m.axis();
  const ExprId inside = m.g.compare(Relation::less, m.number(0), m.at(k));
  const ExprId step = m.g.minus(m.x(m.at(k)), m.x(m.g.minus(m.at(k), m.number(1))));
  return m.sum(k, m.g.select(inside, m.g.power(step, Number(2)), m.number(0)));
}
ExprId quotient(Maker& m) {
  const Axis k = m.axis();
  const ExprId total = m.sum(k, m.g.power(m.x(m.at(k)), Number(2)));
  return m.g.over(m.exp(m.s()), m.g.plus(m.number(1), total));
}
ExprId stopped(Maker& m) {
  return m.g.times(m.s(), m.g.call(Builtin::stop_gradient, {m.exp(m.s())}));
}
ExprId factors(Maker& m) {
  ExprId value = m.number(1);
  for (long i = 0; i < 6; ++i) {
    value = m.g.times(value, m.g.plus(m.x(m.number(i % classes)), m.number(i)));
  }
  return value;
}

struct Row {
  const char* name;
  Loss loss;
};
const std::vector<Row> smooth_losses = {
    {"squares", squares},
    {"quadratic form", quadratic_form},
    {"transposed", transposed},
    {"trace", trace_of_squares},
    {"broadcast", broadcast},
    {"constant along an axis", constant_along_axis},
    {"cross-entropy", cross_entropy},
    {"softmax power", softmax_power},
    {"gathered row", gathered_row},
    {"product", product},
    {"filtered", filtered},
    {"shifted", shifted},
    {"quotient", quotient},
    {"factors", factors},
};
const std::vector<Row> kinked_losses = {
    {"max over an axis", largest},
    {"min over an axis", smallest},
    {"hinge", hinge},
    {"max of two", two_expressions},
    {"cases", cases},
};

TEST(Gradient, AgreesWithDualNumbers) {
  for (const Row& row : smooth_losses) check(row.name, row.loss, false, false);
  for (const Row& row : kinked_losses) check(row.name, row.loss, false, false);
}

TEST(Gradient, AtTiesAndZeros) {
  for (const Row& row : smooth_losses) check(row.name, row.loss, true, false);
  for (const Row& row : kinked_losses) {
    if (row.loss != cases) check(row.name, row.loss, true, false);
  }
}

TEST(Hessian, AgreesWithDualNumbers) {
  for (const Row& row : smooth_losses) check(row.name, row.loss, false, true);
  for (const Row& row : kinked_losses) check(row.name, row.loss, false, true);
}

TEST(Gradient, StopGradientIsConstant) {
  const ir::Precision precision(256);
  Function literal = blank();
  Maker maker{literal};
  const ExprId root = stopped(maker);
  literal.outputs.push_back({OutputKind::value, {}, {}, root});
  const Function derived = with_gradients(literal, std::array{s_id});
  const auto got = interpret(derived, *derived.find(OutputKind::gradient, s_id), example(1, false));
  ASSERT_TRUE(got.ok());
  expect_equal(got.value(), {exp(example(1, false).arrays[3][0])}, "s * stop_gradient(exp(s))");
}

TEST(Gradient, GivenGradientReplacesTheDerivedOne) {
  Function literal = blank();
  Maker maker{literal};
  const ExprId root = squares(maker);
  literal.outputs.push_back({OutputKind::value, {}, {}, root});
  const Axis axis{{0}, 0};
  literal.outputs.push_back({OutputKind::given_gradient,
                             x_id,
                             {axis},
                             maker.g.times(maker.x(maker.at(axis)), maker.s())});
  const Function derived = with_gradients(literal, std::array{x_id});
  EXPECT_EQ(infix(derived, derived.find(OutputKind::gradient, x_id)->root),
            infix(derived, derived.find(OutputKind::given_gradient, x_id)->root));
}

TEST(Gradient, OfAnUnusedArrayIsZero) {
  Function literal = blank();
  Maker maker{literal};
  const ExprId root = squares(maker);
  literal.outputs.push_back({OutputKind::value, {}, {}, root});
  const Function derived = with_gradients(literal, std::array{w_id});
  EXPECT_TRUE(derived.graph.is_constant(derived.find(OutputKind::gradient, w_id)->root, 0));
}

/// The gradient of a product of n factors, of a sum of n terms and of a chain n deep is O(n).
TEST(Gradient, SizeIsLinear) {
  const auto nodes_of = [](const std::function<ExprId(Maker&)>& loss) {
    Function literal = blank();
    Maker maker{literal};
    const ExprId root = loss(maker);
    literal.outputs.push_back({OutputKind::value, {}, {}, root});
    const Function derived = with_gradients(literal, std::array{s_id});
    EXPECT_FALSE(derived.graph.exhausted());
    std::size_t edges = 0;
    for (const ExprId node : derived.graph.reachable(derived.roots())) {
      edges += 1 + derived.graph.operands(node).size();
    }
    return edges;
  };
  const auto product_of = [](long count) {
    return [count](Maker& m) {
      std::vector<std::pair<ExprId, Number>> powers;
      for (long i = 0; i < count; ++i) {
        powers.emplace_back(m.exp(m.g.times(m.s(), m.g.call(Builtin::sin, {m.number(i)}))), 1);
        powers.back().first = m.g.plus(powers.back().first, m.number(1));
      }
      return m.g.mul(Number(1), powers);
    };
  };
  const auto chain_of = [](long count) {
    return [count](Maker& m) {
      ExprId value = m.s();
      for (long i = 0; i < count; ++i) value = m.g.call(Builtin::sin, {value});
      return value;
    };
  };
  EXPECT_LT(nodes_of(product_of(1000)), 14 * nodes_of(product_of(100)));
  EXPECT_LT(nodes_of(chain_of(20000)), 21 * nodes_of(chain_of(1000)));
}

}  // namespace
}  // namespace lossc::autodiff
