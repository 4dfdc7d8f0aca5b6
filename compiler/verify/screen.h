// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which of many points are worth the oracle's time, told by compiled code alone, a thousand times
// as fast. f32 is compared with f64. An error in f64 shows as roughness: between neighbours that
// are a unit in the last place apart, a smooth function has no second difference, its rounding
// errors have.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "compiler/verify/compiled.h"

namespace lossc::verify {

class Screen {
 public:
  /// `compiled`: what is verified.
  static Result<Screen> make(const Subject& subject, const Compiled& compiled,
                             const CompileOptions& options);

  /// The `count` most suspicious of the points.
  Result<std::vector<Point>> most_suspicious(std::vector<Point> points, std::size_t count,
                                             Sampler& sampler) const;

 private:
  Screen(const Compiled& compiled, FloatType type) : compiled_(compiled), type_(type) {}
  Result<std::vector<double>> against_f64(std::span<const Point> points) const;
  Result<std::vector<double>> roughness(std::span<const Point> points, Sampler& sampler) const;

  const Compiled& compiled_;
  FloatType type_;
  std::optional<Compiled> wide_;  ///< the loss in f64, if it is verified in f32
};

}  // namespace lossc::verify
