// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every equation of the stabiliser's table, both sides evaluated far beyond the digits of a double,
// all over its domain and at its ends. The check is tested too: a right side that is changed a
// little must be found out.
#include <gtest/gtest.h>

#include <random>

#include "compiler/ir/formula_functions.h"
#include "compiler/ir/interpreter.h"
#include "compiler/stabilise/rules.h"
#include "compiler/stabilise/stabilise.h"

namespace lossc::stabilise {
namespace {

using ir::Formula;
using ir::Function;
using ir::Number;
using ir::Real;

// The left sides cancel: 1 − erf(40) alone loses 2,300 bits.
constexpr unsigned bits = 4096;

/// Equal to 200 bits.
bool agree(const Real& a, const Real& b) {
  if (a == b) return true;
  if (!isfinite(a) || !isfinite(b)) return false;
  const Real difference = abs(a - b);
  const Real size = abs(a) < abs(b) ? abs(b) : abs(a);
  return difference <= ldexp(size, -200) ||
         difference <= ldexp(Real(1), -static_cast<int>(bits) + 500);
}

Function function_of(const std::vector<std::pair<std::string, ir::Domain>>& scalars) {
  Function function;
  function.name = "both_sides";
  for (const auto& [name, domain] : scalars) {
    ir::Array array;
    array.name = name;
    array.domain = domain;
    function.arrays.push_back(array);
  }
  return function;
}

Real value_of(const Function& function, ir::ExprId root, const ir::Example& example) {
  const auto values = interpret(function, {ir::OutputKind::value, {}, {}, root}, example);
  EXPECT_TRUE(values.ok()) << values.error().message;
  return values.ok() ? values.value().at(0) : Real(0);
}

std::vector<double> points(const Samples& samples) {
  const double low = std::max(samples.bounds.low, -40.0);
  const double high = std::min(samples.bounds.high, 40.0);
  std::vector<double> result;
  for (const double x : {-40.0, -9.5, -2.0, -1.0, -0.75, -1e-3, -1e-30, 0.0, 1e-30, 1e-3, 0.25, 0.5,
                         0.999, 1.0, 1.5, 3.0, 11.25, 40.0}) {
    const bool inside = x >= low && x <= high;
    const bool open_end = x == 0 && (samples.bounds.low == 0) != (samples.bounds.high == 1);
    const bool whole = x == 0 || x == 1;
    const bool line = samples.bounds.low < 0 && samples.bounds.high > 0;
    if (!inside || (samples.integer && !whole) || (x == 0 && open_end && !line)) continue;
    result.push_back(x);
  }
  return result;
}

/// The point at which the sides differ, or nothing.
std::optional<std::string> difference(const Rule& rule, const Formula& right) {
  Function function = function_of({{"x", ir::Domain::real}, {"y", ir::Domain::real}});
  const std::vector<ir::ExprId> arguments{function.graph.load({0}, {}),
                                          function.graph.load({1}, {})};
  const ir::ExprId a = instantiated(function.graph, rule.left, arguments);
  const ir::ExprId b = instantiated(function.graph, right, arguments);
  std::optional<ir::ExprId> where;
  if (rule.where) {
    Formula as_number = choose(rule.where, Formula(1), Formula(0));
    where = instantiated(function.graph, as_number, arguments);
  }
  const bool two = rule.domains.size() > 1;
  std::size_t count = 0;
  for (const double x : points(rule.domains[0])) {
    for (const double y : two ? points(rule.domains[1]) : std::vector<double>{1}) {
      const ir::Example example{{}, {{Real(x)}, {Real(y)}}};
      if (where && value_of(function, *where, example) == 0) continue;
      ++count;
      const Real left_value = value_of(function, a, example);
      const Real right_value = value_of(function, b, example);
      if (agree(left_value, right_value)) continue;
      return "at x = " + std::to_string(x) + ", y = " + std::to_string(y) + ": " +
             left_value.str(20) + " and " + right_value.str(20);
    }
  }
  EXPECT_GE(count, 2u) << rule.name << ": too few points";
  return std::nullopt;
}

TEST(Rules, BothSidesAgree) {
  const ir::Precision precision(bits);
  for (const Rule& rule : formula_rules()) {
    const auto found = difference(rule, rule.right);
    EXPECT_FALSE(found) << rule.name << ": " << rule.left.text() << " = " << rule.right.text()
                        << " " << found.value_or("");
  }
}

TEST(Rules, AChangedRowIsFoundOut) {
  const ir::Precision precision(bits);
  const Formula x = Formula::variable(0);
  const Formula small = ir::ratio(1, 1'000'000'000);
  for (const Rule& rule : formula_rules()) {
    for (const Formula& changed :
         {-rule.right, rule.right * (1 + small), rule.right + small * x, rule.right + small}) {
      EXPECT_TRUE(difference(rule, changed)) << rule.name << " with " << changed.text();
    }
  }
}

TEST(Rules, NamesAreDifferentAndIdsInOrder) {
  std::vector<std::string> names;
  for (const RuleInfo& rule : rules()) {
    EXPECT_EQ(std::count(names.begin(), names.end(), rule.name), 0) << rule.name;
    names.push_back(rule.name);
  }
  for (const Rule& row : formula_rules()) EXPECT_EQ(rule(row.id).name, row.name);
  for (const Shape& shape : shapes()) EXPECT_EQ(name_of(shape.id), shape.name);
  EXPECT_EQ(names.size(), formula_rules().size() + shapes().size());
}

TEST(Rules, ShapesAgree) {
  const ir::Precision precision(1024);
  std::mt19937 random(5);
  std::normal_distribution<double> normal(0, 8);
  for (const Shape& shape : shapes()) {
    Function function =
        function_of({{"z", ir::Domain::real}, {"t", ir::Domain::real}, {"y", ir::Domain::class_}});
    const ir::SizeId size = function.size_id({"K", 0});
    function.arrays[0].shape = {size};
    function.arrays[1].shape = {size};
    function.arrays[2].classes = size;
    const auto [left, right] = shape.sides(function);
    for (const std::int64_t count : {1, 2, 3, 6}) {
      for (std::int64_t label = 0; label < count; ++label) {
        ir::Example example{{count}, {{}, {}, {Real(static_cast<double>(label))}}};
        for (std::int64_t k = 0; k < count; ++k) {
          example.arrays[0].push_back(Real(k == label ? 40 : normal(random)));
          example.arrays[1].push_back(Real(normal(random)));
        }
        const Real a = value_of(function, left, example);
        const Real b = value_of(function, right, example);
        EXPECT_TRUE(agree(a, b)) << shape.name << ": " << a << " and " << b;
        EXPECT_FALSE(count > 1 && agree(a, b * Real(1.000001)) && a != 0) << shape.name;
      }
    }
  }
}

}  // namespace
}  // namespace lossc::stabilise
