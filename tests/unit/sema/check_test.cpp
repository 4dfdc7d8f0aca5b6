// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The meaning of what the checker accepts: its graphs, evaluated by the reference interpreter.
#include <cmath>
#include <filesystem>
#include <fstream>

#include "compiler/ir/interpreter.h"
#include "tests/unit/sema/checked.h"

namespace lossc::sema {
namespace {

/// The value of the first loss at these arrays (row-major) and sizes.
double value_of(const std::string& text, const std::vector<std::vector<double>>& arrays,
                const std::map<std::string, std::int64_t>& sizes = {},
                ir::OutputKind kind = ir::OutputKind::value) {
  const Checked result = checked(text);
  EXPECT_FALSE(result.diagnostics->has_errors()) << result.shown();
  if (result.module.own == 0) return NAN;
  const ir::Function& function = result.module.functions[result.module.own - 1];
  const ir::Precision precision(200);
  ir::Example example;
  example.sizes = *ir::extents(function, sizes);
  for (const std::vector<double>& array : arrays) {
    example.arrays.emplace_back(array.begin(), array.end());
  }
  const ir::Output* output = function.find(kind);
  EXPECT_NE(output, nullptr);
  const auto values = ir::interpret(function, *output, example);
  EXPECT_TRUE(values.ok()) << (values.ok() ? "" : values.error().message);
  return values.ok() ? (*values)[0].convert_to<double>() : NAN;
}

TEST(Check, Pointwise) {
  EXPECT_EQ(value_of("loss f(pred x: real, target y: real) = (x - y)^2", {{3}, {1}}), 4);
  EXPECT_EQ(value_of("loss f(pred x: real) = 2 * (1/3) * x", {{3}}), 2);
  EXPECT_EQ(value_of("loss f(pred x: real) = -x^2", {{3}}), -9);
  EXPECT_EQ(value_of("loss f(pred x: real) = 2^-1 + x", {{1}}), 1.5);
  EXPECT_EQ(value_of("loss f(pred x: real) = if x < 0 then -x else x", {{-3}}), 3);
  EXPECT_EQ(value_of("loss f(pred x: real) = max(x, 1, 2)", {{-3}}), 2);
  EXPECT_EQ(value_of("loss f(pred x: real) = clamp(x, 0, 1) + relu(x)", {{3}}), 4);
}

TEST(Check, ConstantsAreExact) {
  const Checked result = checked("loss f(pred x: real) = x * (0.1 + 1/3 + 12345678901234567890)");
  ASSERT_EQ(result.module.own, 1u);
  const ir::Function& function = result.module.functions[0];
  const ir::ExprId root = function.find(ir::OutputKind::value)->root;
  const ir::Number expected = ir::Number::of_double(0.1) + ir::Number::fraction(1, 3) +
                              ir::Number(1234567890123456789L) * ir::Number(10);
  EXPECT_TRUE(function.graph.constant_of(root) == expected);
}

TEST(Check, RowsPairByName) {
  const std::string row = "loss f(pred z: logit[K], target y: class(K)) = -log(softmax(z)[y])";
  EXPECT_NEAR(value_of(row, {{2, 0, -1}, {1}}, {{"K", 3}}), 2.169846, 1e-6);
  EXPECT_EQ(value_of("loss f(pred a: real[D], pred b: real[D]) = sum(a * b)", {{1, 2}, {3, 4}},
                     {{"D", 2}}),
            11);
  EXPECT_EQ(value_of("loss f(pred a: real[D], pred b: real[E]) = sum[D, E](a * b)",
                     {{1, 2}, {3, 4}}, {{"D", 2}, {"E", 2}}),
            21);
  EXPECT_EQ(value_of("loss f(pred a: real[D, E], pred b: real[D]) = mean(a - b)",
                     {{1, 2, 3, 4}, {1, 1}}, {{"D", 2}, {"E", 2}}),
            1.5);
  EXPECT_EQ(value_of("loss f(pred a: real[D]) = variance(a)", {{1, 3}}, {{"D", 2}}), 1);
  EXPECT_EQ(value_of("loss f(pred a: real[D]) = norm(a) + dot(a, a)", {{3, 4}}, {{"D", 2}}), 30);
  EXPECT_EQ(value_of("loss f(pred a: real[D]) = mean(a)", {{}}, {{"D", 0}}), 0);
  EXPECT_EQ(value_of("metric f(pred a: real[K], target y: class(K)) = argmax(a) == y",
                     {{1, 3}, {1}}, {{"K", 2}}),
            1);
}

TEST(Check, IgnoredLabels) {
  const std::string text = R"(
loss f(pred z: logit[K], target y: class(K, ignore = -100), param w: nonnegative[K] = 1) {
  weight = if valid(y) then w[y] else 0
  z[y] + sum(onehot(y))
})";
  EXPECT_EQ(value_of(text, {{2, 5}, {1}, {1, 3}}, {{"K", 2}}), 6);
  EXPECT_EQ(value_of(text, {{2, 5}, {-100}, {1, 3}}, {{"K", 2}}), 0);
  EXPECT_EQ(value_of(text, {{2, 5}, {1}, {1, 3}}, {{"K", 2}}, ir::OutputKind::weight), 3);
  EXPECT_EQ(value_of(text, {{2, 5}, {-100}, {1, 3}}, {{"K", 2}}, ir::OutputKind::weight), 0);
}

TEST(Check, CallsAreSubstitution) {
  const std::string element = R"(
loss huber(pred x: real, target y: real, param delta: positive = 1) {
  let d = abs(x - y)
  if d <= delta then d^2 / 2 else delta * (d - delta / 2)
}
loss f(pred box: real[4], target truth: real[4]) = sum(huber(box, truth, delta = 2)))";
  EXPECT_EQ(value_of(element, {{0, 1, 2, 5}, {0, 0, 0, 0}}), 0.5 + 2 + 8);
  const std::string sizes = R"(
func gram(a: real[N, D], b: real[M, D]) {
  let s[i, j] = dot(a[i], b[j])
  s
}
loss f(pred a: real[N, D]) = sum[i, j](gram(a, a)[i, j]) - sum[i](gram(a, a)[i, i]))";
  EXPECT_EQ(value_of(sizes, {{1, 2, 3, 4}}, {{"N", 2}, {"D", 2}}), 22);
  const std::string whole = R"(
func centred(x) = x - mean(x)
loss f(pred a: real[D]) = sum(centred(a)^2))";
  EXPECT_EQ(value_of(whole, {{1, 3}}, {{"D", 2}}), 2);
  const std::string weighted = R"(
loss inner(pred x: real, target y: binary) {
  weight = 2 * y
  x
}
loss f(pred x: real, target y: binary) = 10 * inner(x, y))";
  EXPECT_EQ(value_of(weighted, {{3}, {1}}), 60);
  EXPECT_EQ(value_of(weighted, {{INFINITY}, {0}}), 0);
}

TEST(Check, IndexNotation) {
  EXPECT_EQ(value_of("loss f(pred a: real[N]) = sum[i, j where i < j](a[i] * a[j])", {{1, 2, 3}},
                     {{"N", 3}}),
            11);
  const std::string cumulative = R"(
loss f(pred p: real[K]) {
  let c[k in K] = sum[j where j <= k](p[j])
  sum(c)
})";
  EXPECT_EQ(value_of(cumulative, {{1, 2, 3}}, {{"K", 3}}), 1 + 3 + 6);
  EXPECT_EQ(value_of("loss f(pred a: real[T]) = sum[t in 1 .. T - 1]((a[t] - a[t - 1])^2)",
                     {{1, 2, 4}}, {{"T", 3}}),
            5);
  EXPECT_EQ(value_of("loss f(pred a: real[N]) = count[i where a[i] > 1] + 0 * a[0]", {{1, 2, 3}},
                     {{"N", 3}}),
            2);
  EXPECT_EQ(value_of("loss f(pred a: real[T, K], target y: class(K)[T]) = sum[t](a[t, y[t]])",
                     {{1, 2, 3, 4}, {1, 0}}, {{"T", 2}, {"K", 2}}),
            5);
  EXPECT_EQ(
      value_of("loss f(pred a: real[T, K]) = sum(a[_, 1])", {{1, 2, 3, 4}}, {{"T", 2}, {"K", 2}}),
      6);
  EXPECT_EQ(
      value_of("loss f(pred a: real[N]) = mean[i where a[i] > 9](a[i])", {{1, 2}}, {{"N", 2}}), 0);
  const std::string pairs = R"(
batch loss f(pred a: real[N, D], pred b: real[N, D], param tau: positive = 1) {
  let s[i, j] = dot(a[i], b[j]) / tau
  mean[i](logsumexp[j](s[i, j]) - s[i, i])
})";
  EXPECT_NEAR(value_of(pairs, {{1, 0}, {1, 0}, {1}}, {{"N", 2}, {"D", 1}}),
              (std::log(std::exp(1) + 1) - 1 + std::log(2)) / 2, 1e-12);
}

TEST(Check, OptionsAndClauses) {
  const std::string options = R"(
loss f(pred x: real, param form: one_of(square, cube) = square, param twice: bool = false) {
  let base = if form == square then x^2 else abs(x)^3
  if twice then 2 * base else base
})";
  EXPECT_EQ(value_of(options, {{2}, {0}, {0}}), 4);
  EXPECT_EQ(value_of(options, {{2}, {1}, {1}}), 16);
  const Checked given = checked(R"(
loss f(pred x: real[K]) {
  grad[x] = 2 * x
  hess[x] = 2
  sum(x^2)
})");
  ASSERT_EQ(given.module.own, 1u) << given.shown();
  const ir::Function& function = given.module.functions[0];
  ASSERT_NE(function.find(ir::OutputKind::given_gradient), nullptr);
  EXPECT_EQ(function.find(ir::OutputKind::given_hessian)->axes.size(), 1u);
}

TEST(Check, TextbookLossesAreQuiet) {
  for (const char* text : {
           "loss f(pred z: logit[K], target y: class(K)) = -log(softmax(z)[y])",
           "loss f(pred p: probability, target y: binary) = -(y*log(p) + (1 - y)*log(1 - p))",
           "loss f(pred z: logit, target y: binary) {\n  let p = sigmoid(z)\n"
           "  -(y * log(p) + (1 - y) * log(1 - p))\n}",
           "loss f(pred z: logit, target y: binary, param alpha: probability = 0.25,\n"
           "       param gamma: nonnegative = 2) {\n  let p = sigmoid(z)\n"
           "  let pt = if y == 1 then p else 1 - p\n"
           "  let at = if y == 1 then alpha else 1 - alpha\n"
           "  -at * (1 - pt)^gamma * log(pt)\n}",
           "loss f(pred p: probability[N], target t: binary[N], param s: nonnegative = 1) =\n"
           "  1 - (2 * sum(p * t) + s) / (sum(p) + sum(t) + s)",
           "loss f(pred m: real, pred v: positive, target y: real) =\n"
           "  (log(2 * pi * v) + (y - m)^2 / v) / 2",
           "loss f(pred p: simplex[K], target q: simplex[K]) = sum(q * (log(q) - log(p)))",
           "loss f(pred x: real, target y: real) = sqrt(1 + (x - y)^2) - 1",
       }) {
    const Checked result = checked(text);
    EXPECT_EQ(result.codes(), "") << result.shown();
  }
}

TEST(Check, DomainsAreProved) {
  const std::string needs = "func f(p: probability) = p^2\nfunc g(y: binary) = y\n";
  for (const char* argument :
       {"f(1 - p)", "f(p * p)", "f(clamp(x, 0, 1))", "f(sigmoid(x))", "g((s + 1) / 2)",
        "g(if x > 0 then 1 else 0)", "f(if x >= 0 and x <= 1 then x else 0)",
        "f(assume(x, probability))", "g(x > 1)"}) {
    const Checked result =
        checked(needs + "loss h(pred x: real, pred p: probability, target s: sign) = " + argument +
                " + 0 * (x + p + s)");
    EXPECT_EQ(result.codes(), "") << argument << "\n" << result.shown();
  }
}

TEST(Check, TestsBecomeCalls) {
  const Checked result = checked(R"(
import std.classification
loss f(pred z: logit[K], target y: class(K), param t: positive = 1) = -log(softmax(z / t)[y])
func twice(x) = 2 * x
test "rows" {
  let z = [2, 0, -1]
  f(z, y = 1) == 2.17 +- 0.01
  grad[z](f(z = z, y = 1, t = 2)) == [0.1, 0.2, log(2)] +- 1e-4
  twice(f(z, 1)) - f(z, 0) >= 0 == true
}
)");
  EXPECT_EQ(result.module.own, 1u) << result.shown();
  ASSERT_EQ(result.module.tests.size(), 1u);
  const std::vector<TestCheck>& checks = result.module.tests[0].checks;
  ASSERT_GE(checks.size(), 2u) << result.shown();
  const TestCall& call = checks[1].left.calls.at(0);
  EXPECT_EQ(call.kind, ir::OutputKind::gradient);
  EXPECT_EQ(call.subject, "z");
  EXPECT_EQ(call.sizes.at("K"), 3);
  EXPECT_EQ(call.arguments[0].values, (std::vector<double>{2, 0, -1}));
  EXPECT_EQ(call.arguments[2].values, std::vector<double>{2});
  EXPECT_EQ(checks[1].tolerance, 1e-4);
}

TEST(Check, Imports) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "lossc_imports_test";
  fs::remove_all(folder);
  fs::create_directories(folder / "inside" / "sub");
  const auto write = [&](const fs::path& path, const std::string& text) {
    std::ofstream(folder / path) << text;
  };
  write("secret.loss", "loss secret(pred x: real) = x");
  write("inside/a.loss", "import sub.b\nfunc a(x) = b(x)\nfunc _hidden(x) = x\n");
  write("inside/sub/b.loss", "func b(x) = x^2\n");
  write("inside/loop.loss", "import main\nfunc l(x) = x\n");
  fs::create_symlink(folder / "secret.loss", folder / "inside" / "out.loss");
  fs::create_directories(folder / "inside" / "folder.loss");
  const std::string main = (folder / "inside" / "main.loss").string();
  const auto codes = [&](const std::string& text) {
    std::ofstream(main) << text;
    return checked(text, {}, main).codes();
  };
  const std::string use = "loss f(pred x: real) = ";
  EXPECT_EQ(codes("import a\n" + use + "a(x)"), "");
  EXPECT_EQ(codes("import a\n" + use + "a.a(x)"), "");
  EXPECT_EQ(codes("import a\n" + use + "b(x)"), "E0302");
  EXPECT_EQ(codes("import a\n" + use + "_hidden(x)"), "E0302");
  EXPECT_EQ(codes("import out\n" + use + "secret(x)"), "E0310");
  EXPECT_EQ(codes("import folder\n" + use + "x"), "E0311");
  EXPECT_EQ(codes("import missing\n" + use + "missing(x)"), "E0306");
  EXPECT_EQ(codes("import loop\n" + use + "l(x)"), "E0309");
  EXPECT_EQ(codes("import std.regression\n" + use + "huber(x, 1)"), "");
  fs::remove_all(folder);
}

}  // namespace
}  // namespace lossc::sema
