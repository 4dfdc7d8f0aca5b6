// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Infix and LaTeX of small losses, as an author should see them; and their size on graphs whose
// tree would be exponential.
#include <gtest/gtest.h>

#include "compiler/ir/builtins.h"
#include "compiler/ir/latex_names.h"
#include "compiler/ir/text.h"

namespace lossc::ir {
namespace {

class Shown : public testing::Test {
 protected:
  ExprId input(const std::string& name, Role role = Role::pred, Domain domain = Domain::real) {
    Array array;
    array.name = name;
    array.role = role;
    array.domain = domain;
    function.arrays.push_back(array);
    return g.load({static_cast<std::uint16_t>(function.arrays.size() - 1)}, {});
  }

  ExprId number(long value) { return g.constant(Number(value)); }
  std::string line(ExprId id) { return infix(function, id); }

  /// The right-hand side of the only output, without its frame.
  std::string formula(ExprId id) {
    function.outputs = {{OutputKind::value, {}, {}, id}};
    const std::string text = latex(function);
    const std::size_t start = text.find("&= ") + 3;
    return text.substr(start, text.find('\n', start) - start);
  }

  Function function;
  Graph& g = function.graph;
};

TEST_F(Shown, SumsAndSigns) {
  const ExprId x = input("x");
  const ExprId y = input("y", Role::target);
  EXPECT_EQ(line(g.minus(x, y)), "x - y");
  EXPECT_EQ(line(g.minus(number(1), x)), "1 - x");
  EXPECT_EQ(line(g.negate(g.plus(x, y))), "-(x + y)");
  EXPECT_EQ(line(g.over(x, g.times(y, x))), "x / (y * x)");
  EXPECT_EQ(line(g.power(g.minus(x, y), Number(2))), "(x - y)^2");
  EXPECT_EQ(line(g.power(x, Number(1) / Number(2))), "sqrt(x)");
  EXPECT_EQ(formula(g.minus(x, y)), "x - y");
  EXPECT_EQ(formula(g.minus(number(1), x)), "1 - x");
  EXPECT_EQ(formula(g.scaled(Number(1) / Number(2), g.power(g.minus(x, y), Number(2)))),
            "\\frac{1}{2} (x - y)^{2}");
  EXPECT_EQ(formula(g.over(x, g.plus(x, y))), "\\frac{x}{x + y}");
}

TEST_F(Shown, BinaryCrossEntropy) {
  const ExprId p = input("p");
  const ExprId y = input("y", Role::target, Domain::binary);
  const ExprId loss = g.negate(
      g.plus(g.times(y, g.call(Builtin::log, {p})),
             g.times(g.minus(number(1), y), g.call(Builtin::log, {g.minus(number(1), p)}))));
  EXPECT_EQ(line(loss), "-(y * log(p) + (1 - y) * log(1 - p))");
  EXPECT_EQ(formula(loss), "-(y \\log p + (1 - y) \\log(1 - p))");
}

TEST_F(Shown, ReductionsAndSoftmax) {
  function.sizes.push_back({"K", 0});
  Array logits;
  logits.name = "z";
  logits.shape = {{0}};
  function.arrays.push_back(logits);
  const Axis k = g.fresh_axis({0});
  const ExprId zk = g.load({0}, std::vector<ExprId>{g.index(k)});
  const ExprId total = g.reduce(ReduceOp::lse, k, zk);
  const ExprId y = input("y", Role::target);
  const ExprId zy = g.load({0}, std::vector<ExprId>{y});
  EXPECT_EQ(line(total), "logsumexp(z)");
  EXPECT_EQ(line(g.weight(zy, total)), "softmax(z)[y]");
  EXPECT_EQ(formula(g.negate(g.call(Builtin::log, {g.weight(zy, total)}))),
            "-\\log \\operatorname{softmax}(z)_{y}");
  EXPECT_EQ(formula(g.minus(total, zy)), "\\log \\sum_{k} e^{z_{k}} - z_{y}");
  const ExprId sum = g.reduce(ReduceOp::sum, k, g.power(zk, Number(2)));
  EXPECT_EQ(line(sum), "sum[k](z[k]^2)");
  EXPECT_EQ(formula(g.over(sum, g.size({0}))), "\\frac{1}{K} \\sum_{k} z_{k}^{2}");
}

TEST_F(Shown, CasesAndBrackets) {
  const ExprId x = input("x");
  const ExprId below = g.compare(Relation::less, x, number(0));
  EXPECT_EQ(line(g.select(below, g.negate(x), x)), "if x < 0 then -x else x");
  EXPECT_EQ(formula(g.select(below, g.negate(x), x)),
            "\\begin{cases} -x & \\text{if } x < 0 \\\\ x & \\text{otherwise} \\end{cases}");
  EXPECT_EQ(formula(g.guard(below, x)), "\\left[x < 0\\right] x");
}

TEST_F(Shown, ProductsAreOneProduct) {
  const ExprId x = input("x");
  const ExprId y = input("y");
  const ExprId w = input("weight");
  EXPECT_EQ(formula(g.times(g.negate(g.plus(x, y)), y)), "-(x + y) y");
  EXPECT_EQ(formula(g.scaled(Number(1) / Number(2), g.over(x, y))), "\\frac{x}{2 y}");
  EXPECT_EQ(formula(g.times(x, w)), "x \\, \\mathrm{weight}");
  // −100 ≠ y is y ≠ −100, and a fraction stands behind its bracket.
  const ExprId known = g.compare(Relation::less, number(0), y);
  EXPECT_EQ(formula(g.guard(known, g.over(x, y))), "\\left[y > 0\\right] \\frac{x}{y}");
  // max(x, 0) in its two spellings keeps its bound.
  EXPECT_EQ(formula(g.call(Builtin::max, {x, number(0)})), "\\max(x, 0)");
}

TEST_F(Shown, CasesInsideAnOperationAreNamed) {
  const ExprId x = input("x");
  const ExprId below = g.compare(Relation::less, x, number(0));
  const ExprId cases = g.select(below, g.negate(x), x);
  EXPECT_EQ(formula(g.call(Builtin::sin, {cases})), "\\sin(u) \\\\");
  // Else-if is one more line of the same cases.
  const ExprId above = g.compare(Relation::less, number(1), x);
  EXPECT_EQ(formula(g.select(above, number(1), cases)),
            "\\begin{cases} 1 & \\text{if } x > 1 \\\\ -x & \\text{if } x < 0 \\\\ "
            "x & \\text{otherwise} \\end{cases}");
}

TEST_F(Shown, OptionsByTheirWords) {
  const ExprId option = input("dist", Role::param, Domain::one_of);
  function.arrays[0].options = {"normal", "logistic"};
  const ExprId test = g.compare(Relation::equal, option, number(1));
  EXPECT_EQ(line(test), "dist == logistic");
}

TEST_F(Shown, SharedTermsAreNamed) {
  const ExprId z = input("z");
  const ExprId t = input("tau", Role::param);
  const ExprId p = g.call(Builtin::sigmoid, {g.over(g.plus(z, number(1)), t)});
  function.outputs = {{OutputKind::value, {}, {}, g.times(p, g.minus(number(1), p))}};
  const std::string text = latex(function);
  EXPECT_NE(text.find("\\mathcal{L}(z; \\tau) &= p (1 - p)"), std::string::npos) << text;
  EXPECT_NE(text.find("\\text{where}\\quad p &= \\sigma\\left(\\frac{z + 1}{\\tau}\\right)"),
            std::string::npos)
      << text;
}

// x ↦ x + x·x, 2,000 times: a tree of 3^2000 leaves.
TEST_F(Shown, SharingDoesNotExplode) {
  ExprId x = input("x");
  for (int i = 0; i < 2000; ++i) x = g.plus(x, g.times(x, g.call(Builtin::sin, {x})));
  EXPECT_LE(line(x).size(), 410u);
  function.outputs = {{OutputKind::value, {}, {}, x}};
  EXPECT_LT(latex(function).size(), 400'000u);
}

TEST_F(Shown, LongChainsDoNotOverflowTheStack) {
  ExprId x = input("x");
  for (int i = 0; i < 50000; ++i) x = g.call(i % 2 == 0 ? Builtin::tanh : Builtin::sin, {x});
  EXPECT_LE(line(x).size(), 410u);
  function.outputs = {{OutputKind::value, {}, {}, x}};
  EXPECT_LT(latex(function).size(), 4'000'000u);
}

TEST(LatexNames, AreSetAsAMathematicianWould) {
  EXPECT_EQ(latex_name("gamma"), "\\gamma");
  EXPECT_EQ(latex_name("σ"), "\\sigma");
  EXPECT_EQ(latex_name("y_hat"), "\\hat{y}");
  EXPECT_EQ(latex_name("ŷ"), "\\hat{y}");
  EXPECT_EQ(latex_name("s1"), "s_{1}");
  EXPECT_EQ(latex_name("box"), "\\mathrm{box}");
  EXPECT_EQ(latex_name("x′"), "x'");
  EXPECT_EQ(latex_name("w_max"), "w_{\\mathrm{max}}");
  EXPECT_EQ(latex_name("_"), "\\_");
  EXPECT_EQ(latex_number(Number(1) / Number(3)), "\\frac{1}{3}");
  EXPECT_EQ(latex_number(Number::of_double(0.1)), "0.1");
}

}  // namespace
}  // namespace lossc::ir
