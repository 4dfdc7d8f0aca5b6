// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How long it takes from text to a callable kernel, and what a call costs: for every loss of the
// standard library, value and all gradients in f32. Prints a Markdown table; medians of several
// runs in one process. The results are checked elsewhere (tests/differential); this program only
// asks that every call succeeds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "lossc/lossc.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t extent = 10;  // of every size that a loss has

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

struct Buffers {
  std::vector<std::vector<float>> numbers;
  std::vector<std::vector<std::int32_t>> labels;
  std::vector<lossc::Input> inputs;
  lossc::CallOptions options;
};

/// Halves everywhere, labels 0: in every domain.
void fill(const lossc::Signature& signature, const std::vector<std::string>& gradients,
          std::int64_t batch, Buffers& buffers) {
  buffers.numbers.reserve(2 * signature.arguments.size());
  buffers.labels.reserve(signature.arguments.size());
  for (const lossc::Argument& argument : signature.arguments) {
    std::vector<std::int64_t> sizes;
    if (argument.role != lossc::Argument::Role::param) sizes.push_back(batch);
    for (std::size_t i = 0; i < argument.shape.size(); ++i) sizes.push_back(extent);
    std::size_t count = 1;
    for (const std::int64_t size : sizes) count *= static_cast<std::size_t>(size);
    if (argument.is_label) {
      auto& data = buffers.labels.emplace_back(count, 0);
      buffers.inputs.push_back({argument.name, {data.data(), lossc::DataType::i32, sizes}});
      continue;
    }
    const bool whole = argument.domain == "binary" || argument.domain == "sign";
    auto& data = buffers.numbers.emplace_back(count, whole ? 1.0f : 0.5f);
    buffers.inputs.push_back({argument.name, {data.data(), lossc::DataType::f32, sizes}});
    if (std::find(gradients.begin(), gradients.end(), argument.name) == gradients.end()) continue;
    auto& output = buffers.numbers.emplace_back(count, 0.0f);
    buffers.options.gradients.push_back(
        {argument.name, {output.data(), lossc::DataType::f32, sizes}});
  }
  for (const std::string& size : signature.sizes) buffers.options.sizes.emplace_back(size, extent);
  buffers.options.threads = 1;
}

/// Nanoseconds of one prepared call; negative if it failed.
double call_time(const lossc::Kernel& kernel, const std::vector<std::string>& gradients,
                 std::int64_t batch, int repeats) {
  Buffers buffers;
  fill(kernel.signature(), gradients, batch, buffers);
  auto call = kernel.prepare(buffers.inputs, buffers.options);
  if (!call) {
    std::fprintf(stderr, "%s\n", call.error().message.c_str());
    return -1;
  }
  std::vector<double> times;
  for (int round = 0; round < 9; ++round) {
    const auto start = Clock::now();
    for (int i = 0; i < repeats; ++i) {
      if (!call->run().ok()) return -1;
    }
    times.push_back(1e6 * milliseconds_since(start) / repeats);
  }
  return median(times);
}

/// The preds: what a training step needs.
std::vector<std::string> preds(const lossc::Signature& signature) {
  std::vector<std::string> names;
  if (signature.is_metric) return names;
  for (const lossc::Argument& argument : signature.arguments) {
    if (argument.role == lossc::Argument::Role::pred) names.push_back(argument.name);
  }
  return names;
}

bool measure(const std::string& module_name) {
  auto module = lossc::Engine().load_library(module_name);
  if (!module) return false;
  for (const std::string& loss : module->losses()) {
    const auto gradients = preds(*module->signature(loss));
    std::vector<double> compile;
    for (int round = 0; round < 5; ++round) {
      // A new engine: nothing is cached.
      const lossc::Engine engine;
      const auto start = Clock::now();
      auto fresh = engine.load_library(module_name);
      auto kernel = fresh->kernel(loss, {.gradients = gradients});
      // The first call compiles the variant that the arrays need.
      if (!kernel || call_time(*kernel, gradients, 1, 1) < 0) return false;
      compile.push_back(milliseconds_since(start));
    }
    auto kernel = module->kernel(loss, {.gradients = gradients});
    const double small = call_time(*kernel, gradients, 16, 1000);
    const double large = call_time(*kernel, gradients, 4096, 20);
    std::printf("| %s.%s | %.1f | %.0f | %.2f |\n", module_name.c_str(), loss.c_str(),
                median(compile), small, large / 4096);
  }
  return true;
}

}  // namespace

int main() {
  std::printf("| loss | text to first result, ms | 16 examples, ns | 4,096 examples, ns each |\n");
  std::printf("|---|---|---|---|\n");
  for (const char* module :
       {"std.regression", "std.classification", "std.divergence", "std.embedding", "std.preference",
        "std.segmentation", "std.penalty", "std.multitask", "std.metrics"}) {
    if (!measure(module)) {
      std::fprintf(stderr, "%s failed\n", module);
      return 1;
    }
  }
}
