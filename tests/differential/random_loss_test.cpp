// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random losses: compiled = interpreted within the rounding bound, symbolic gradients = dual
// numbers. LOSSC_RANDOM_LOSSES and LOSSC_SEED change how many and which; a failure prints its
// source, which then becomes a test of its own.
#include <gtest/gtest.h>

#include <cstdlib>

#include "compiler/driver/request.h"
#include "compiler/sema/check.h"
#include "tests/differential/random_loss.h"
#include "tests/differential/second_derivatives.h"

namespace lossc::testing {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Empty if compiled and interpreted agree.
std::string problem(const RandomLoss& loss, std::uint64_t seed, const lossc::Engine& engine,
                    Tally& tally) {
  const std::string& source = loss.source;
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const sema::Module checked = sema::check(sources.add("random.loss", source), "", {}, diagnostics);
  if (diagnostics.has_errors()) return "not accepted:\n" + render_text(diagnostics);
  const ir::Function& core = checked.functions[checked.own - 1];
  auto prepared = subject(core, seed % 3 == 0, loss.options);
  if (!prepared) return "not lowered: " + prepared.error().message;
  auto module = engine.load_text(source, "random.loss");
  if (!module) return "not loaded: " + module.error().message;
  std::mt19937_64 random(seed);
  const std::int64_t batch = driver::is_batch(core) ? 1 : 5;
  BatchData data = random_data(core, batch, 1 + static_cast<std::int64_t>(seed % 19), random);
  for (const auto& [name, value] : loss.options) {
    data.arrays[core.find_array(name)->index] = {static_cast<double>(value)};
  }
  std::string result = compare_derivatives(*prepared, data, 3);
  // At 2048 bits, so of few.
  if (seed % 16 == 0) result += compare_products(core, data, random);
  // f64 for a quarter: the code is the same but for the type.
  const bool f64 = seed % 4 == 0;
  auto compiled = kernel(*module, *prepared, f64 ? lossc::DataType::f64 : lossc::DataType::f32);
  if (!compiled) return result + "not compiled: " + compiled.error().message;
  return result + compare_compiled(*prepared, *compiled, data, 1, tally);
}

/// A quarter of the losses, so that the parts run side by side.
void run_part(std::uint64_t part) {
  const std::uint64_t count = setting("LOSSC_RANDOM_LOSSES", 400) / 4;
  const std::uint64_t seed = setting("LOSSC_SEED", 1) * 1'000'003 + part * 100'000'007;
  std::printf("%llu random losses from seed %llu\n", static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(seed));
  const lossc::Engine engine({.threads = 1});
  Tally tally;
  int failures = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const RandomLoss loss = LossGenerator(seed + i).loss();
    // An internal error stops the program: this says by what.
    if (std::getenv("LOSSC_TELL") != nullptr) std::fprintf(stderr, "%s", loss.source.c_str());
    const std::string text = problem(loss, seed + i, engine, tally);
    EXPECT_EQ("", text) << "seed " << seed + i << "\n" << loss.source;
    if (!text.empty() && ++failures == 5) return;
  }
  EXPECT_LE(tally.undecided * 6, tally.compared);
  std::printf("%zu numbers compared, %zu undecided, worst error %.2f of its bound\n",
              tally.compared, tally.undecided, tally.worst);
}

TEST(RandomLoss, Part0) { run_part(0); }
TEST(RandomLoss, Part1) { run_part(1); }
TEST(RandomLoss, Part2) { run_part(2); }
TEST(RandomLoss, Part3) { run_part(3); }

}  // namespace
}  // namespace lossc::testing
