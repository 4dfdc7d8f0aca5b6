// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running the `test` blocks of a module by native code, in one floating type at one vector width.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/lossc/evaluation.h"
#include "compiler/sema/check.h"

namespace lossc::cli {

struct TestConfiguration {
  FloatType dtype = FloatType::f32;
  unsigned width = 0;  ///< lanes
  std::string cpu = "native";
  std::shared_ptr<runtime::EngineState> engine;

  std::string text() const;  ///< `f32, 16 lanes`
};

struct CheckFailure {
  SourceRange range;
  std::string message;
};

/// What of a test does not hold.
std::vector<CheckFailure> test_failures(const sema::Module& module, const sema::Test& test,
                                        const TestConfiguration& configuration);

/// Both numbers as the check wants them: within the tolerance, or within 4 units in the last place
/// of the expected one. NaN equals NaN here, and an infinity itself.
bool agrees(double found, double expected, bool has_tolerance, double tolerance, FloatType dtype);

}  // namespace lossc::cli
