// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The short form of `measure_kernels --exhaustive`: every 4099th float, a million of them, for the
// functions that promise 1 ULP in f32, at the highest level of this machine.
#include "tests/numerics/kernels_sweep.h"

#include <gtest/gtest.h>

namespace lossc::codegen::testing {
namespace {

class KernelSweep : public ::testing::TestWithParam<const char*> {};

TEST_P(KernelSweep, StaysWithinOneUlp) {
  const Level* level = nullptr;
  for (const Level& candidate : levels) {
    if (candidate.host_runs()) level = &candidate;
  }
  ASSERT_NE(level, nullptr);
  for (const Kernel& kernel : all_kernels()) {
    if (kernel.name != GetParam()) continue;
    Sweep sweep;
    sweep.step = 4099;
    const Swept found = swept(kernel, *find_reference(kernel.name), *level, sweep);
    EXPECT_GT(found.floats, 1'000'000u);
    EXPECT_LE(found.error, 1.0) << "at " << found.at;
    EXPECT_LE(found.reference_error, 1e-6);
    return;
  }
  FAIL() << "no such kernel";
}

INSTANTIATE_TEST_SUITE_P(Promised, KernelSweep,
                         ::testing::Values("exp", "log", "log1p", "expm1", "sigmoid", "tanh"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace lossc::codegen::testing
