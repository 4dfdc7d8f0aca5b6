// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The compiled loss, called on many points at once: one batch for each combination of sizes.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compiler/verify/point.h"

namespace lossc::verify {

struct CompileOptions {
  FloatType type = FloatType::f32;
  unsigned width = 0;
  std::string cpu = "native";
};

/// By quantity, row-major.
using Numbers = std::vector<std::vector<double>>;

class Compiled {
 public:
  static Result<Compiled> make(const Subject& subject, const CompileOptions& options);
  /// The numbers of every point.
  Result<std::vector<Numbers>> run(std::span<const Point> points) const;

 private:
  struct State;
  explicit Compiled(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace lossc::verify
