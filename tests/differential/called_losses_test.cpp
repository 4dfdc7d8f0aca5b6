// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls of losses that give their own derivatives. Compiled against the interpreter; and, because
// both read the same graph, against the same losses with what the chain rule says written out.
#include <gtest/gtest.h>

#include <cmath>

#include "compiler/driver/pipeline.h"
#include "compiler/lossc/evaluation.h"
#include "compiler/sema/check.h"
#include "tests/differential/second_derivatives.h"

namespace lossc::testing {
namespace {

constexpr const char* callees = R"(
loss own(pred x: real, pred u: real, target y: real) {
  let r = x - y
  grad[x] = 3 * r * u^2 + sin(x)
  r^2 * u^3
}
loss around(pred x: real, target y: real) {
  grad[x] = cos(x) * (x - y)
  own(x, 2, y) + x^2
}
loss rows(pred x: real[K], target y: class(K)) {
  let p = softmax(x)
  weight = 1 + y
  grad[x] = 2 * (p - onehot(y))
  -log(p[y])
}
loss repeated(pred x: real[K], target y: real) {
  grad[x] = mean(x) - y
  hess[x] = 1
  sum((x - y)^2)
}
loss poisson(pred x: real, target y: count) {
  hess[x] = exp(x + 0.7)
  exp(x) - y * x
}
loss both(pred x: real, target y: real) {
  grad[x] = x^3 - y
  hess[x] = 2 + x^2
  (x - y)^2
}
func twice(x, y) = 2 * own(x, 1, y)
)";

struct Case {
  const char* name;
  const char* caller;
  /// Derivatives of the caller by the chain rule, as clauses; empty: only the interpreter judges.
  const char* by_hand = "";
};

const Case cases[] = {
    {"scaled", R"(
loss f(pred z: real, target y: real, param s: real = 1) = exp(-s) * own(z, 2, y) + s / 2)",
     R"(
loss g(pred z: real, target y: real, param s: real = 1) {
  grad[z] = exp(-s) * (12 * (z - y) + sin(z))
  hess[z] = exp(-s) * (12 + cos(z))
  exp(-s) * 8 * (z - y)^2 + s / 2
})"},
    {"elements", R"(
loss f(pred z: real[K], target y: real[K]) = sum(own(z, 2, y)))",
     R"(
loss g(pred z: real[K], target y: real[K]) {
  grad[z] = 12 * (z - y) + sin(z)
  hess[z] = 12 + cos(z)
  sum(8 * (z - y)^2)
})"},
    {"chain", R"(
loss f(pred z: real, target y: real) = own(tanh(z) + z^2, exp(z), y))",
     R"(
loss g(pred z: real, target y: real) {
  let x = tanh(z) + z^2
  let x' = 1 - tanh(z)^2 + 2 * z
  let x'' = 2 - 2 * tanh(z) * (1 - tanh(z)^2)
  let u = exp(z)
  let r = x - y
  grad[z] = (3 * r * u^2 + sin(x)) * x' + 3 * r^2 * u^3
  hess[z] = (3 * u^2 + cos(x)) * x'^2 + 6 * r * u^2 * x' + (3 * r * u^2 + sin(x)) * x'' +
            6 * r * u^3 * x' + 9 * r^2 * u^3
  r^2 * u^3
})"},
    {"outer", R"(
loss f(pred z: real, target y: real) = log(1 + own(z, 1, y)))",
     R"(
loss g(pred z: real, target y: real) {
  let v = 1 + (z - y)^2
  let slope = 3 * (z - y) + sin(z)
  grad[z] = slope / v
  hess[z] = (3 + cos(z)) / v - 2 * (z - y) * slope / v^2
  log(v)
})"},
    {"nested", R"(
loss f(pred z: real, target y: real) = around(2 * z, y))",
     R"(
loss g(pred z: real, target y: real) {
  grad[z] = 2 * cos(2 * z) * (2 * z - y)
  hess[z] = 4 * (cos(2 * z) - sin(2 * z) * (2 * z - y))
  8 * (2 * z - y)^2 + 4 * z^2
})"},
    {"through_a_func", R"(
loss f(pred z: real, target y: real) = twice(z, y))",
     R"(
loss g(pred z: real, target y: real) {
  grad[z] = 6 * (z - y) + 2 * sin(z)
  hess[z] = 6 + 2 * cos(z)
  2 * (z - y)^2
})"},
    {"tempered", R"(
loss f(pred z: real[K], target y: class(K), param tau: positive = 2) = tau^2 * rows(z / tau, y))",
     R"(
loss g(pred z: real[K], target y: class(K), param tau: positive = 2) {
  let p = softmax(z / tau)
  grad[z] = (1 + y) * tau * 2 * (p - onehot(y))
  hess[z] = (1 + y) * 2 * p * (1 - p)
  -(1 + y) * tau^2 * log(p[y])
})"},
    {"curvature", R"(
loss f(pred z: real[K], target n: count[K], param s: positive = 3) =
  s * mean(poisson(z, n)) + sum(z^2))",
     R"(
loss g(pred z: real[K], target n: count[K], param s: positive = 3) {
  grad[z] = s * (exp(z) - n) / K + 2 * z
  hess[z] = s * exp(z + 0.7) / K + 2
  s * mean(exp(z) - n * z) + sum(z^2)
})"},
    {"both_clauses", R"(
loss f(pred z: real, target y: real) = if y > 0 then 3 * both(z, y) else z^2)",
     R"(
loss g(pred z: real, target y: real) {
  grad[z] = if y > 0 then 3 * (z^3 - y) else 2 * z
  hess[z] = if y > 0 then 3 * (2 + z^2) else 2
  if y > 0 then 3 * (z - y)^2 else z^2
})"},
    {"repeated_along_rows", R"(
loss f(pred z: real[K], target y: real) = repeated(z, y))",
     R"(
loss g(pred z: real[K], target y: real) {
  grad[z] = mean(z) - y
  hess[z] = 1
  sum((z - y)^2)
})"},
    {"stopped", R"(
loss f(pred z: real, target y: real) = z^2 * stop_gradient(own(z, 1, y)))",
     R"(
loss g(pred z: real, target y: real) {
  grad[z] = 2 * z * (z - y)^2
  hess[z] = 2 * (z - y)^2
  z^2 * (z - y)^2
})"},
    {"of_a_batch", R"(
batch loss f(pred z: real[N], target y: real[N]) =
  mean[i, j where i != j](own(z[i] - z[j], 1, y[i])))"},
    {"in_the_gradient_of_another", R"(
loss f(pred z: real, target y: real) {
  grad[z] = own(z, 1, y)
  z^2
})"},
};

sema::Module checked(const std::string& text, SourceManager& sources, Diagnostics& diagnostics) {
  return sema::check(sources.add("called.loss", text), "", {}, diagnostics);
}

const ir::Function& declared(const sema::Module& module, const std::string& name) {
  for (const ir::Function& function : module.functions) {
    if (function.name == name) return function;
  }
  ADD_FAILURE() << "no " << name;
  return module.functions.front();
}

class CalledLosses : public ::testing::TestWithParam<Case> {};

TEST_P(CalledLosses, CompiledAreInterpreted) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const auto module =
      checked(callees + std::string(GetParam().caller) + "\n", sources, diagnostics);
  ASSERT_TRUE(diagnostics.reports().empty()) << render_text(diagnostics);
  std::mt19937_64 random(3);
  for (const auto& [batch, extent] : {std::pair(1, 1), std::pair(3, 4), std::pair(2, 17)}) {
    const ir::Function& f = declared(module, "f");
    expect_derivatives_of_dual_numbers(f, random_data(f, batch, extent, random), random);
  }
}

TEST_P(CalledLosses, FollowTheChainRule) {
  if (*GetParam().by_hand == 0) GTEST_SKIP() << "not written out";
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const std::string text = std::string(GetParam().caller) + "\n" + GetParam().by_hand + "\n";
  const auto module = checked(callees + text, sources, diagnostics);
  ASSERT_TRUE(diagnostics.reports().empty()) << render_text(diagnostics);
  std::mt19937_64 random(4);
  cli::EvaluationResult results[2];
  const BatchData data = random_data(declared(module, "f"), 3, 5, random);
  for (const bool by_hand : {false, true}) {
    const ir::Function& function = declared(module, by_hand ? "g" : "f");
    cli::EvaluationRequest request = request_of(function, data, random);
    request.dtype = FloatType::f64;
    request.directions.clear();
    std::erase_if(request.gradients, [&](const std::string& name) {
      return function.arrays[function.find_array(name)->index].role == ir::Role::param;
    });
    auto result = cli::evaluated_natively(request);
    ASSERT_TRUE(result) << result.error().message;
    results[by_hand] = *result;
  }
  EXPECT_NEAR(results[0].value, results[1].value, 1e-12 * std::abs(results[1].value));
  expect_close(results[0].gradients, results[1].gradients, 1e-12, "gradient");
  expect_close(results[0].hessians, results[1].hessians, 1e-12, "hessian");
}

INSTANTIATE_TEST_SUITE_P(Given, CalledLosses, ::testing::ValuesIn(cases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(CalledLosses, HessClausesAreRefusedWhereTheyDoNotHold) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const auto module = checked(std::string(callees) + R"(
loss scaled_argument(pred z: real, target n: count) = poisson(2 * z, n)
loss squared(pred z: real, target n: count) = poisson(z, n)^2
loss multiplied(pred z: real, target n: count) = z * poisson(z, n)
loss of_another(pred z: real, pred x: real, target n: count) = z^2 * poisson(x, n)
)",
                              sources, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors()) << render_text(diagnostics);
  const auto refused = [&](const char* name, autodiff::Curvature curvature = {}) {
    driver::KernelRequest request;
    request.hessians = {"z"};
    request.curvature = curvature;
    const auto lowered = driver::lowered(declared(module, name), request, {});
    return lowered ? std::string() : lowered.error().message;
  };
  EXPECT_NE(refused("scaled_argument").find("not the pred itself"), std::string::npos);
  EXPECT_NE(refused("squared").find("not affine"), std::string::npos);
  EXPECT_NE(refused("multiplied").find("not affine"), std::string::npos);
  EXPECT_EQ(refused("of_another"), "");
  EXPECT_NE(refused("squared", {autodiff::Curvature::Kind::gauss_newton}).find("formula"),
            std::string::npos);
}

}  // namespace
}  // namespace lossc::testing
