// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search for the worst error: rounds of points, each evaluated by the compiled loss in one
// batch and by the oracle one by one. The first rounds draw from the domains; later ones mostly
// move the worst points of every quantity.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/verify/compiled.h"
#include "compiler/verify/measure.h"
#include "compiler/verify/oracle.h"

namespace lossc::verify {

struct SearchOptions {
  CompileOptions compile;
  std::uint64_t seed = 1;
  double magnitude = 1e30;                                   ///< of the arguments, see Sampler
  std::size_t points = 1000;                                 ///< to look at
  std::optional<std::chrono::steady_clock::time_point> end;  ///< in place of a number of points
  std::optional<Threshold> threshold;                        ///< in place of the usual ones
  /// Called after every round with the number of points looked at.
  std::function<void(std::size_t)> progress;
};

/// One number and where it was found.
struct Finding {
  Point point;
  std::size_t element = 0;
  double got = 0;
  Exact exact;
  double ulps = 0;
  double condition = -1;  ///< below 0: not computed, the error being small without it
  double ratio = 0;       ///< error / threshold: what is past 1 fails
  Fault fault = Fault::none;
};

/// What was found of one quantity.
struct Record {
  Quantity quantity;
  Threshold threshold;
  std::size_t numbers = 0;     ///< compared
  std::size_t failures = 0;    ///< past the threshold
  std::size_t suspects = 0;    ///< past it, save for a condition number that was not worth its cost
  std::size_t unresolved = 0;  ///< the oracle could not tell
  std::size_t undefined = 0;   ///< exactly NaN: outside what the formula means
  std::size_t at_jumps = 0;    ///< right for arguments that differ by a rounding
  std::size_t by_stable = 0;   ///< compared with the stabilised formula
  std::vector<Finding> worst;  ///< worst first, by ratio
  std::optional<Finding> mildest;  ///< of the failures, the one with the least extreme arguments
  bool passes() const { return failures == 0; }
};

struct Certificate {
  std::string loss;
  FloatType type{};
  std::size_t points = 0;    ///< compared with the exact numbers
  std::size_t screened = 0;  ///< of so many
  std::vector<Record> records;
  bool passes() const;
};

Result<Certificate> certified(const Subject& subject, const SearchOptions& options);

}  // namespace lossc::verify
