// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// measure_kernels [--exhaustive [--part I/N]] [--level v2|v3|v4] [--width N] [--points N] [--speed]
// [name…]
//
// --exhaustive: every float, about a minute a function, and no doubles; --part I/N: the I-th of N
// equal parts of them, from 0, to go on where a run was stopped.
// Otherwise prints the table of docs/numerics.md: the greatest error of every kernel in units in
// the last place and where it occurs, in f32 over every 1021st float (or all of them), in f64 over
// random points, and with --speed the time per element on arrays in L1.

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "tests/numerics/kernels_jit.h"
#include "tests/numerics/kernels_points.h"
#include "tests/numerics/kernels_reference.h"
#include "tests/numerics/kernels_sweep.h"

namespace lossc::codegen::testing {
namespace {

struct Options {
  bool exhaustive = false;
  std::uint64_t part = 0;
  std::uint64_t parts = 1;
  bool speed = false;
  const Level* level = nullptr;
  unsigned width = 16;
  std::size_t points = 100000;
  std::vector<std::string> names;
};

struct Worst {
  double error = 0;
  double x = 0;
  double y = 0;

  void add(double candidate, double at_x, double at_y) {
    if (candidate <= error) return;
    *this = {candidate, at_x, at_y};
  }
};

void progress(const char* name, double fraction) {
  static const bool shown = isatty(2) != 0;
  if (shown)
    std::fprintf(stderr, "\r%-20s %3.0f %%\033[K%s", name, 100 * fraction,
                 fraction < 1 ? "" : "\r\033[K");
}

template <typename T>
Worst compare(const CompiledKernel& kernel, const Reference& reference, std::vector<T>& x,
              std::vector<T>& y, unsigned width) {
  const std::size_t count = x.size();
  const bool quick = sizeof(T) == 4 && reference.quick != nullptr;
  const Function function = quick ? reference.quick : reference.exact;
  while (x.size() % width != 0) x.push_back(x.front());
  while (y.size() < x.size()) y.push_back(y.front());
  std::vector<T> out(x.size());
  kernel(x.data(), y.data(), out.data(), x.size());
  Worst worst;
  for (std::size_t i = 0; i < count; ++i) {
    const double a = static_cast<double>(x[i]), b = static_cast<double>(y[i]);
    double error = ulp_error(static_cast<double>(out[i]), function(a, b), sizeof(T) == 4 ? 24 : 53);
    if (error > 1 && reference.conditions > 0) {
      error = std::max(1.0, error - reference.conditions * condition(reference, a, b));
    }
    worst.add(error, a, b);
  }
  return worst;
}

// Some of all floats: the step is prime, so every exponent is met with many fractions.
Worst measure_floats(const Kernel& kernel, const Reference& reference, const Options& options) {
  CompiledKernel compiled(kernel, FloatType::f32, options.width, *options.level);
  std::uint64_t step = 1021;
  if (reference.quick == nullptr) step *= 256;
  constexpr std::uint64_t all = std::uint64_t{1} << 32;
  Worst worst;
  std::vector<float> x, y(1, 0.0f);
  for (std::uint64_t pattern = 0; pattern < all;) {
    x.clear();
    for (; pattern < all && x.size() < 65536; pattern += step) {
      x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(pattern)));
    }
    Worst part = compare(compiled, reference, x, y, options.width);
    worst.add(part.error, part.x, part.y);
    progress(kernel.name.data(), 0.99 * static_cast<double>(pattern) / static_cast<double>(all));
  }
  progress(kernel.name.data(), 1);
  return worst;
}

template <typename T>
Worst measure_points(const Kernel& kernel, const Reference& reference, const Options& options) {
  const bool is_f32 = sizeof(T) == 4;
  CompiledKernel compiled(kernel, is_f32 ? FloatType::f32 : FloatType::f64, options.width,
                          *options.level);
  Worst worst;
  for (std::size_t done = 0; done < options.points;) {
    std::vector<T> x, y;
    points(kernel.arity, std::min<std::size_t>(20000, options.points - done), done + 1, x, y);
    done += x.size();
    if (reference.whole) {
      for (T& value : x) value = std::round(value);
      for (T& value : y) value = std::round(value);
    }
    Worst part = compare(compiled, reference, x, y, options.width);
    worst.add(part.error, part.x, part.y);
    progress(kernel.name.data(),
             0.99 * static_cast<double>(done) / static_cast<double>(options.points));
  }
  progress(kernel.name.data(), 1);
  return worst;
}

template <typename T>
double nanoseconds(const Kernel& kernel, const Options& options) {
  CompiledKernel compiled(kernel, sizeof(T) == 4 ? FloatType::f32 : FloatType::f64, options.width,
                          *options.level);
  constexpr std::size_t count = 1024;
  std::vector<T> x(count), y(count), out(count);
  std::mt19937 random(1);
  std::uniform_real_distribution<T> distribution(T(0.1), T(3));
  for (T& value : x) value = distribution(random);
  for (T& value : y) value = distribution(random);
  double best = HUGE_VAL;
  for (int round = 0; round < 20; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i) compiled(x.data(), y.data(), out.data(), count);
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count() / (100.0 * count));
  }
  return best;
}

std::string where(const Kernel& kernel, const Worst& worst) {
  char text[80];
  if (kernel.arity == 1)
    std::snprintf(text, sizeof text, "%.9g", worst.x);
  else
    std::snprintf(text, sizeof text, "%.9g, %.9g", worst.x, worst.y);
  return text;
}

bool wanted(const Kernel& kernel, const Options& options) {
  return options.names.empty() ||
         std::ranges::find(options.names, kernel.name) != options.names.end();
}

int sweep_all(const Options& options) {
  std::printf("| function | floats | f32 | at | reference |\n|---|---|---|---|---|\n");
  for (const Kernel& kernel : all_kernels()) {
    const Reference* reference = find_reference(kernel.name);
    if (!wanted(kernel, options) || kernel.arity != 1 || reference == nullptr) continue;
    constexpr std::uint64_t all = std::uint64_t{1} << 32;
    Sweep sweep;
    sweep.first = all / options.parts * options.part;
    sweep.last = all / options.parts * (options.part + 1);
    sweep.width = options.width;
    sweep.progress = [&](double share) { progress(kernel.name.data(), 0.99 * share); };
    const Swept found = swept(kernel, *reference, *options.level, sweep);
    progress(kernel.name.data(), 1);
    std::printf("| %s | %llu | %.4f | %.9g | %.1e |\n", kernel.name.data(),
                static_cast<unsigned long long>(found.floats), found.error,
                static_cast<double>(found.at), found.reference_error);
    std::fflush(stdout);
  }
  return 0;
}

int measure(const Options& options) {
  std::printf("| function | f32 | at | f64 | at |%s\n", options.speed ? " ns f32 | ns f64 |" : "");
  std::printf("|---|---|---|---|---|%s\n", options.speed ? "---|---|" : "");
  for (const Kernel& kernel : all_kernels()) {
    if (!wanted(kernel, options)) continue;
    const Reference* reference = find_reference(kernel.name);
    if (reference == nullptr) {
      std::fprintf(stderr, "no reference for %s\n", kernel.name.data());
      return 1;
    }
    Worst f32 = kernel.arity == 1 ? measure_floats(kernel, *reference, options)
                                  : measure_points<float>(kernel, *reference, options);
    Worst f64 = measure_points<double>(kernel, *reference, options);
    std::printf("| %s | %.3f | %s | %.3f | %s |", kernel.name.data(), f32.error,
                where(kernel, f32).c_str(), f64.error, where(kernel, f64).c_str());
    if (options.speed) {
      std::printf(" %.3f | %.3f |", nanoseconds<float>(kernel, options),
                  nanoseconds<double>(kernel, options));
    }
    std::printf("\n");
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace lossc::codegen::testing

int main(int count, char** arguments) {
  using namespace lossc::codegen::testing;
  Options options;
  for (const Level& level : levels) {
    if (level.host_runs()) options.level = &level;
  }
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    auto value = [&]() -> std::string { return i + 1 < count ? arguments[++i] : ""; };
    if (argument == "--exhaustive")
      options.exhaustive = true;
    else if (argument == "--part") {
      if (std::sscanf(value().c_str(), "%lu/%lu", &options.part, &options.parts) != 2 ||
          options.part >= options.parts) {
        std::fprintf(stderr, "--part I/N, I from 0 to N - 1\n");
        return 2;
      }
    } else if (argument == "--speed")
      options.speed = true;
    else if (argument == "--width")
      options.width = static_cast<unsigned>(std::stoul(value()));
    else if (argument == "--points")
      options.points = std::stoul(value());
    else if (argument == "--level") {
      const std::string name = value();
      for (const Level& level : levels) {
        if (std::string_view(level.cpu).ends_with(name)) options.level = &level;
      }
    } else
      options.names.push_back(argument);
  }
  return options.exhaustive ? sweep_all(options) : measure(options);
}
