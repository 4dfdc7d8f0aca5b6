// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses that contain products of matrices, beside OpenBLAS: the time of a call (f32, one thread,
// least of several) over that of the sgemm products of the same shape which the loss cannot do
// without, one for the scores and one for each gradient. Values and gradients are compared with
// plain loops in f64 before anything is timed. Prints a Markdown table.
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "lossc/lossc.h"

extern "C" void openblas_set_num_threads(int);

namespace {

using Clock = std::chrono::steady_clock;
using Floats = std::vector<float>;

constexpr const char* source = R"(
batch loss infonce(pred a: real[N, D], pred b: real[N, D], param tau: positive = 1) {
  let s[i, j] = dot(a[i], b[j]) / tau
  -mean[i](log(exp(s[i, i]) / sum[j](exp(s[i, j]))))
}

loss linear_cross_entropy(pred h: real[D], target y: class(K), param w: real[K, D]) {
  let z[k] = dot(w[k], h)
  -log(softmax(z)[y])
}
)";

double least_ms(const std::function<void()>& body) {
  double least = 1e300, total = 0;
  for (int round = 0; round < 3 || (round < 30 && total < 300); ++round) {
    const auto start = Clock::now();
    body();
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    least = std::min(least, ms);
    total += ms;
  }
  return least;
}

Floats random_matrix(std::int64_t rows, std::int64_t columns) {
  static std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(columns)));
  Floats matrix(static_cast<std::size_t>(rows * columns));
  for (float& x : matrix) x = 3 * normal(random);
  return matrix;
}

/// rows × columns scores of inner products of length `terms`.
double product_ms(const Floats& a, const Floats& b, int rows, int columns, int terms) {
  Floats scores(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  return least_ms([&] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, terms, 1, a.data(), terms,
                b.data(), terms, 0, scores.data(), columns);
  });
}

double dot(const float* a, const float* b, std::int64_t length) {
  double sum = 0;
  for (std::int64_t d = 0; d < length; ++d) sum += double{a[d]} * double{b[d]};
  return sum;
}

/// Mean cross-entropy of a[i]·b[j] with label y[i], and its gradient by a.
struct Reference {
  double value = 0;
  std::vector<double> gradient;

  Reference(const Floats& a, const Floats& b, std::int64_t rows, std::int64_t columns,
            std::int64_t terms, const std::function<std::int64_t(std::int64_t)>& label)
      : gradient(a.size()) {
    std::vector<double> scores(static_cast<std::size_t>(columns));
    for (std::int64_t i = 0; i < rows; ++i) {
      const float* row = a.data() + i * terms;
      for (std::int64_t j = 0; j < columns; ++j) {
        scores[static_cast<std::size_t>(j)] = dot(row, b.data() + j * terms, terms);
      }
      const double most = *std::max_element(scores.begin(), scores.end());
      double sum = 0;
      for (const double s : scores) sum += std::exp(s - most);
      const double n = static_cast<double>(rows);
      value += (most + std::log(sum) - scores[static_cast<std::size_t>(label(i))]) / n;
      for (std::int64_t j = 0; j < columns; ++j) {
        const double g =
            std::exp(scores[static_cast<std::size_t>(j)] - most) / sum - (j == label(i) ? 1 : 0);
        for (std::int64_t d = 0; d < terms; ++d) {
          gradient[static_cast<std::size_t>(i * terms + d)] +=
              g / n * double{b[static_cast<std::size_t>(j * terms + d)]};
        }
      }
    }
  }

  bool agrees(double got, const Floats& by_a) const {
    double size = 0, error = 0;
    for (std::size_t i = 0; i < by_a.size(); ++i) {
      size = std::max(size, std::fabs(gradient[i]));
      error = std::max(error, std::fabs(gradient[i] - double{by_a[i]}));
    }
    return std::fabs(got - value) <= 1e-5 * std::fabs(value) && error <= 1e-5 * size;
  }
};

struct Problem {
  std::string name;
  std::vector<lossc::Input> inputs;
  std::vector<lossc::Output> outputs;  ///< gradients, the one by the rows first
  const Floats* by_rows;
  const Reference* reference;
  std::string shape;
  double product_ms;
};

bool measure(const lossc::Module& module, const Problem& problem) {
  for (std::size_t gradients = 0; gradients <= problem.outputs.size(); ++gradients) {
    lossc::CallOptions options;
    options.threads = 1;
    lossc::KernelOptions wanted;
    std::string what = "value";
    for (std::size_t i = 0; i < gradients; ++i) {
      options.gradients.push_back(problem.outputs[i]);
      wanted.gradients.emplace_back(problem.outputs[i].name);
      what += ", d" + std::string(problem.outputs[i].name);
    }
    auto kernel = module.kernel(problem.name, wanted);
    if (!kernel) return std::fprintf(stderr, "%s\n", kernel.error().message.c_str()), false;
    auto call = kernel->prepare(problem.inputs, options);
    if (!call) return std::fprintf(stderr, "%s\n", call.error().message.c_str()), false;
    const auto result = call->run();
    if (!result.ok()) return false;
    const bool right = gradients == 0 ? std::fabs(result->value - problem.reference->value) <=
                                            1e-5 * std::fabs(problem.reference->value)
                                      : problem.reference->agrees(result->value, *problem.by_rows);
    if (!right) return std::fprintf(stderr, "%s: wrong result\n", problem.name.c_str()), false;
    const double ours = least_ms([&] { (void)call->run(); });
    const double theirs = problem.product_ms * static_cast<double>(1 + gradients);
    std::printf("| %s | %s | %s | %.2f | %zu × %.2f | %.2f |\n", problem.name.c_str(),
                problem.shape.c_str(), what.c_str(), ours, 1 + gradients, problem.product_ms,
                ours / theirs);
    std::fflush(stdout);
  }
  return true;
}

bool infonce(const lossc::Module& module, std::int64_t n, std::int64_t d) {
  const Floats a = random_matrix(n, d), b = random_matrix(n, d);
  const Reference reference(a, b, n, n, d, [](std::int64_t i) { return i; });
  Floats by_a(a.size()), by_b(b.size());
  const std::vector<std::int64_t> shape{n, d};
  const auto type = lossc::DataType::f32;
  return measure(module,
                 {"infonce",
                  {{"a", {a.data(), type, shape}}, {"b", {b.data(), type, shape}}},
                  {{"a", {by_a.data(), type, shape}}, {"b", {by_b.data(), type, shape}}},
                  &by_a,
                  &reference,
                  "N = " + std::to_string(n) + ", D = " + std::to_string(d),
                  product_ms(a, b, static_cast<int>(n), static_cast<int>(n), static_cast<int>(d))});
}

bool linear(const lossc::Module& module, std::int64_t n, std::int64_t k, std::int64_t d) {
  const Floats h = random_matrix(n, d), w = random_matrix(k, d);
  std::vector<std::int32_t> y(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < y.size(); ++i) {
    y[i] = static_cast<std::int32_t>(i * 97 % static_cast<std::size_t>(k));
  }
  const Reference reference(h, w, n, k, d,
                            [&](std::int64_t i) { return y[static_cast<std::size_t>(i)]; });
  Floats by_h(h.size());
  const std::vector<std::int64_t> rows{n, d}, labels{n}, weights{k, d};
  const auto type = lossc::DataType::f32;
  return measure(
      module,
      {"linear_cross_entropy",
       {{"h", {h.data(), type, rows}},
        {"y", {y.data(), lossc::DataType::i32, labels}},
        {"w", {w.data(), type, weights}}},
       {{"h", {by_h.data(), type, rows}}},
       &by_h,
       &reference,
       "N = " + std::to_string(n) + ", K = " + std::to_string(k) + ", D = " + std::to_string(d),
       product_ms(h, w, static_cast<int>(n), static_cast<int>(k), static_cast<int>(d))});
}

}  // namespace

int main(int argc, char**) {
  openblas_set_num_threads(1);
  auto module = lossc::Engine().load_text(source, "contractions.loss");
  if (!module) return std::fprintf(stderr, "%s\n", module.error().message.c_str()), 1;
  std::printf(
      "| loss | shape | asked for | ms | OpenBLAS, ms | ratio |\n|---|---|---|---|---|---|\n");
  const bool quick = argc > 1;  // any argument: the small shapes only
  bool right = true;
  for (const std::int64_t n : {256, 512, 1024}) {
    for (const std::int64_t d : {64, 128, 512}) {
      if (!quick || n == 256) right = right && infonce(*module, n, d);
    }
  }
  for (const std::int64_t k : {1000, 8000, 32000}) {
    for (const std::int64_t d : {64, 512}) {
      if (!quick || k == 1000) right = right && linear(*module, k == 1000 ? 256 : 64, k, d);
    }
  }
  return right ? 0 : 1;
}
