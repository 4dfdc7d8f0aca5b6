// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What simplify makes of small graphs, by their infix text, and binding of parameters.
#include "compiler/simplify/simplify.h"
#include "compiler/ir/builtins.h"

#include <gtest/gtest.h>

#include <array>

#include "compiler/ir/text.h"

namespace lossc::simplify {
namespace {

using ir::Builtin;
using ir::Domain;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::OutputKind;
using ir::Relation;
using ir::Role;

void add_array(Function& function, const std::string& name, Role role, Domain domain,
               std::vector<ir::SizeId> shape = {}) {
  ir::Array array;
  array.name = name;
  array.role = role;
  array.domain = domain;
  array.shape = std::move(shape);
  function.arrays.push_back(array);
}

/// x, a, b: real, y: class(K, ignore), p: positive param, v: real[3] param, kind: one_of.
Function blank(std::optional<std::int64_t> ignore = std::nullopt, bool literal_classes = false) {
  Function function;
  function.name = "f";
  function.module = "test";
  const ir::SizeId size = function.size_id(literal_classes ? ir::Size{"", 10} : ir::Size{"K", 0});
  for (const char* name : {"x", "a", "b"}) add_array(function, name, Role::pred, Domain::real);
  add_array(function, "y", Role::target, Domain::class_);
  function.arrays[3].classes = size;
  function.arrays[3].ignore = ignore;
  add_array(function, "p", Role::param, Domain::positive);
  add_array(function, "v", Role::param, Domain::real, {function.size_id({"", 3})});
  add_array(function, "kind", Role::param, Domain::one_of);
  function.arrays[6].options = {"normal", "logistic"};
  return function;
}

ExprId load(Function& function, std::uint16_t array) { return function.graph.load({array}, {}); }

std::string simplified_text(Function function, ExprId root, Purpose purpose = Purpose::passes) {
  function.outputs.push_back({OutputKind::value, {}, {}, root});
  const Function result = simplified(function, purpose);
  EXPECT_EQ(violation(result).value_or(""), "");
  return infix(result, result.find(OutputKind::value)->root);
}

TEST(Simplify, FactorsACommonBase) {
  Function f = blank();
  const ExprId x = load(f, 0);
  const ExprId w = f.graph.call(Builtin::sigmoid, {x});
  const ExprId difference = f.graph.minus(w, f.graph.power(w, Number(2)));
  Function g = f;
  const ExprId product = g.graph.times(w, g.graph.minus(g.graph.constant(1), w));
  EXPECT_EQ(simplified_text(f, difference), simplified_text(g, product));
}

TEST(Simplify, OppositeSumsAreOne) {
  Function f = blank();
  const ExprId x = load(f, 0);
  const ExprId forth = f.graph.minus(x, load(f, 1));
  const ExprId back = f.graph.minus(load(f, 1), x);
  const ExprId w = f.graph.call(Builtin::sigmoid, {load(f, 2)});
  const ExprId both =
      f.graph.plus(f.graph.call(Builtin::exp, {f.graph.times(w, forth)}), f.graph.times(w, back));
  Function g = f;
  const ExprId product = g.graph.times(w, forth);
  const ExprId expected = g.graph.minus(g.graph.call(Builtin::exp, {product}), product);
  EXPECT_EQ(simplified_text(f, both, Purpose::code), simplified_text(g, expected, Purpose::code));
}

TEST(Simplify, LeavesASumWithoutCommonBase) {
  Function f = blank();
  const ExprId sum = f.graph.plus(f.graph.times(load(f, 0), load(f, 1)), load(f, 2));
  Function normal = f;
  normal.outputs.push_back({OutputKind::value, {}, {}, sum});
  const Function expected = ir::normalised(normal);
  EXPECT_EQ(simplified_text(f, sum), infix(expected, expected.outputs[0].root));
}

TEST(Simplify, GathersCasesOfOneCondition) {
  Function f = blank();
  Graph& g = f.graph;
  const ExprId c = g.compare(Relation::less, load(f, 0), g.constant(0));
  const ExprId one = g.select(c, g.call(Builtin::exp, {load(f, 1)}), load(f, 2));
  const ExprId two = g.select(g.negation(c), g.call(Builtin::sin, {load(f, 1)}), load(f, 2));
  const std::string text = simplified_text(f, g.plus(one, two));
  EXPECT_EQ(text.find("if"), text.rfind("if")) << text;
}

ExprId in_range(Function& f) {
  Graph& g = f.graph;
  const ExprId y = load(f, 3);
  const std::array both{g.compare(Relation::less_equal, g.constant(0), y),
                        g.compare(Relation::less, y, g.size(f.arrays[3].classes))};
  return g.guard(g.conjunction(both), load(f, 0));
}

TEST(Simplify, RangeGuardsOfLabelsGo) {
  Function plain = blank();
  EXPECT_EQ(simplified_text(plain, in_range(plain)), "x");
  Function below = blank(-100);
  const std::string ignored = simplified_text(below, in_range(below));
  EXPECT_NE(ignored.find("-100"), std::string::npos) << ignored;
  EXPECT_EQ(ignored.find("<"), std::string::npos) << ignored;
  Function inside = blank(3, true);
  EXPECT_EQ(simplified_text(inside, in_range(inside)), "x");
  Function beyond = blank(255, true);
  const std::string guarded = simplified_text(beyond, in_range(beyond));
  EXPECT_NE(guarded.find("255"), std::string::npos) << guarded;
  Function unknown = blank(255);
  EXPECT_NE(simplified_text(unknown, in_range(unknown)), "x");
}

TEST(Simplify, RangesDecideComparisons) {
  Function f = blank();
  Graph& g = f.graph;
  const ExprId never =
      g.compare(Relation::less, g.call(Builtin::exp, {load(f, 0)}), g.constant(-1));
  EXPECT_EQ(simplified_text(f, g.select(never, load(f, 1), load(f, 2))), "b");
}

Function with_value(Function function, ExprId root) {
  function.outputs.push_back({OutputKind::value, {}, {}, root});
  return function;
}

TEST(Bind, AValueReplacesItsLoads) {
  Function f = blank();
  const ExprId root = f.graph.times(load(f, 0), load(f, 4));
  const auto result = bound(with_value(f, root), {{{"p", {Number(3)}}}, {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(infix(simplified(*result), simplified(*result).outputs[0].root), "3 * x");
  EXPECT_FALSE(result->arrays[4].has_default);
}

TEST(Bind, AnOptionChoosesItsBranch) {
  Function f = blank();
  Graph& g = f.graph;
  const ExprId logistic = g.compare(Relation::equal, load(f, 6), g.constant(1));
  const ExprId root = g.select(logistic, load(f, 1), load(f, 2));
  const auto result = bound(with_value(f, root), {{{"kind", {Number(1)}}}, {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(infix(simplified(*result), simplified(*result).outputs[0].root), "a");
}

TEST(Bind, ElementsOfAnArray) {
  Function f = blank();
  Graph& g = f.graph;
  const ir::ArrayId v{5};
  const ExprId root = g.times(load(f, 0), g.load(v, std::array{g.constant(2)}));
  const auto result = bound(with_value(f, root), {{{"v", {Number(5), Number(6), Number(7)}}}, {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(infix(simplified(*result), simplified(*result).outputs[0].root), "7 * x");
  const ExprId chosen = g.load(v, std::array{load(f, 3)});
  const auto choice =
      bound(with_value(f, chosen), {{{"v", {Number(5), Number(6), Number(7)}}}, {}});
  ASSERT_TRUE(choice.ok());
  for (const ExprId node : choice->graph.reachable(choice->roots())) {
    const bool of_v = choice->graph.op(node) == ir::Op::load && choice->graph.array(node) == v;
    EXPECT_FALSE(of_v);
  }
}

TEST(Bind, ASizeBecomesItsNumber) {
  Function f = blank();
  const ExprId root = f.graph.times(load(f, 0), f.graph.size({0}));
  const auto result = bound(with_value(f, root), {{}, {{"K", 12}}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(infix(simplified(*result), simplified(*result).outputs[0].root), "12 * x");
}

std::string error_of(const Binding& binding) {
  Function f = blank();
  const ExprId root = f.graph.times(load(f, 0), load(f, 4));
  f.requirements.push_back(
      {f.graph.compare(Relation::less, load(f, 4), f.graph.constant(100)), "p is moderate", {}});
  const auto result = bound(with_value(f, root), binding);
  return result.ok() ? "" : result.error().message;
}

TEST(Bind, ErrorsNameWhatIsWrong) {
  EXPECT_EQ(error_of({{{"p", {Number(1)}}}, {}}), "");
  EXPECT_EQ(error_of({{{"p", {Number(0)}}}, {}}),
            "parameter `p` is positive, and 0 is not in that domain");
  EXPECT_EQ(error_of({{{"kind", {Number(2)}}}, {}}),
            "parameter `kind` is one_of(normal, logistic), and 2 is not in that domain");
  EXPECT_EQ(error_of({{{"p", {Number::nan()}}}, {}}),
            "parameter `p` is positive, and nan is not in that domain");
  EXPECT_EQ(error_of({{{"p", {Number(200)}}}, {}}), "`f` requires: p is moderate");
  EXPECT_EQ(error_of({{{"q", {Number(1)}}}, {}}), "`f` has no parameter called `q`");
  EXPECT_EQ(error_of({{{"x", {Number(1)}}}, {}}),
            "`x` is given per example and cannot be bound; only a param can");
  EXPECT_EQ(error_of({{{"v", {Number(1), Number(2)}}}, {}}),
            "parameter `v` has 3 elements, but is bound to 2 values");
  EXPECT_EQ(error_of({{}, {{"K", -1}}}), "size `K` is negative where `K` is -1");
  EXPECT_EQ(error_of({{}, {{"M", 1}}}), "`f` has no size called `M`");
}

}  // namespace
}  // namespace lossc::simplify
