// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A loss of your own: LINEX, which punishes one direction of error exponentially and the other only
// linearly. The program finds the best single order quantity for a list of past demands by Newton's
// method; gradient and second derivative come from the compiler.
#include <lossc/lossc.h>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

namespace {

const std::vector<double> demands = {2.1, 3.4, 1.8, 2.9, 4.2, 2.5, 3.1, 2.2, 5.0, 2.7, 3.3, 1.9};

/// The x that minimises the mean loss, by Newton steps from x; NaN if a call fails.
double best_quantity(const lossc::Kernel& kernel, double x) {
  for (int step = 0; step < 50; ++step) {
    const std::vector<double> prediction(demands.size(), x);
    std::vector<double> gradient(demands.size()), curvature(demands.size());
    const auto result =
        kernel.call({{"x", prediction}, {"t", demands}},
                    {.gradients = {{"x", gradient}}, .hessians = {{"x", curvature}}});
    if (!result) {
      std::cerr << result.error().message << '\n';
      return std::nan("");
    }
    const double slope = std::accumulate(gradient.begin(), gradient.end(), 0.0);
    const double bend = std::accumulate(curvature.begin(), curvature.end(), 0.0);
    const double move = slope / bend;
    x -= move;
    std::printf("  step %2d: x = %.6f, mean loss %.6f\n", step + 1, x, result->value);
    if (std::fabs(move) < 1e-9) break;
  }
  return x;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "examples/02-own-loss/asymmetric.loss";
  lossc::Engine engine;
  const auto module = engine.load_file(path);
  if (!module) {
    std::cerr << module.error().message;
    return 1;
  }
  const double mean =
      std::accumulate(demands.begin(), demands.end(), 0.0) / static_cast<double>(demands.size());
  std::printf("Mean demand: %.4f\n", mean);
  for (const double a : {-1.5, 1.5}) {
    std::printf("a = %+.1f: ordering too %s is dear\n", a, a > 0 ? "much" : "little");
    const auto kernel = module->kernel(
        "asymmetric",
        {.gradients = {"x"}, .hessians = {"x"}, .bind = {{"a", a}}, .dtype = lossc::DataType::f64});
    if (!kernel) {
      std::cerr << kernel.error().message << '\n';
      return 1;
    }
    const double x = best_quantity(*kernel, mean);
    if (std::isnan(x)) return 1;
    std::printf("  best order: %.4f (%+.4f against the mean)\n", x, x - mean);
  }
  return 0;
}
