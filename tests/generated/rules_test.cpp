// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every equation of the stabiliser's table, both sides evaluated far beyond the digits of a double,
// all over its domain and at its ends.
#include <gtest/gtest.h>

#include <random>

#include "compiler/stabilise/rules.h"
#include "compiler/stabilise/stabilise.h"
#include "tests/generated/rule_check.h"

namespace lossc::stabilise {
namespace {

using ir::Function;
using ir::Real;

class EveryEquation : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryEquation, HasSidesThatAgree) {
  const Rule& rule = formula_rules()[GetParam()];
  const RuleCheck check = check_rule(rule);
  EXPECT_FALSE(check.difference) << rule.name << ": " << rule.left.text() << " = "
                                 << rule.right.text() << " " << check.difference.value_or("");
  EXPECT_GE(check.points, 2u) << rule.name << ": too few points";
}

INSTANTIATE_TEST_SUITE_P(Table, EveryEquation,
                         testing::Range<std::size_t>(0, formula_rules().size()));

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
  constexpr unsigned bits = 1024;
  const ir::Precision precision(bits);
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
        EXPECT_TRUE(agree(a, b, bits)) << shape.name << ": " << a << " and " << b;
        EXPECT_FALSE(count > 1 && agree(a, b * Real(1.000001), bits) && a != 0) << shape.name;
      }
    }
  }
}

}  // namespace
}  // namespace lossc::stabilise
