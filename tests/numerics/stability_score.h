// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scores compiled losses on the points of the stability corpus, in units in the last place, through
// the public interface. Target A: nothing is NaN, infinite, of the wrong sign or a total loss.
// Target B: values and gradients are within 8 + 4·cond (8 where cond ≤ 4; gamma family:
// 16 + 4·cond), 99.5 % of them within 4 + 2·cond. Target C: Hessian entries within 16 + 8·cond.
#pragma once

#include <string>
#include <vector>

#include "lossc/lossc.h"
#include "tests/numerics/stability_corpus.h"

namespace lossc::testing {

/// One number that was computed.
struct Number {
  enum class Kind { good, off, total_loss, wrong_sign, infinite, nan };
  enum class Part { value, gradient, hessian };
  Kind kind = Kind::good;
  Part part = Part::value;
  bool convention = false;
  bool close = false;   ///< within 4 + 2·cond
  bool exempt = false;  ///< a subnormal result: its error does not count
  double got = 0;
  Expected expected;
  double error = 0;  ///< in ULP of the type
  std::string what;  ///< `value`, `gradient x[1]`, `hessian x`
  std::size_t point = 0;

  /// Target A.
  bool sound() const { return kind == Kind::good || kind == Kind::off; }
  /// What the table collects: small is good whatever the conditioning.
  double error_per_condition() const { return exempt ? 0 : error / (1 + expected.condition); }
};

const char* name_of(Number::Kind kind);

struct Score {
  std::string failure;  ///< why it does not compile or run; empty: it does
  std::vector<Number> numbers;
};

/// All points of the case that are exact in the type, in one batch per vector length.
Score score(const Module& module, const Case& one, DataType type, unsigned width = 0);

/// What a case misses of the targets: numbers of ordinary points, and of conventions.
struct Misses {
  std::size_t sound = 0;       ///< target A
  std::size_t good = 0;        ///< target B, those of A included
  std::size_t hessian = 0;     ///< target C
  std::size_t convention = 0;  ///< another value than the convention's
  bool any() const { return sound + good + hessian + convention != 0; }
};
Misses misses(const Score& score);

/// The numbers of `other` that are worse than those of `plain`, the same loss written otherwise:
/// not good where the plain ones are, or not sound where the plain ones are.
std::vector<Number> lost_numbers(const Score& plain, const Score& other);

}  // namespace lossc::testing
