// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The stability corpus: naive formulas with exact values and gradients (stability.json), compiled
// from stability.loss through the public interface and scored in units in the last place. Used by
// stability_test.cpp and by the program measure_stability.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lossc/lossc.h"

namespace lossc::testing {

struct Variable {
  std::string name;
  bool is_vector = false;
  bool is_index = false;
  bool differentiable = false;
};

/// A result with its exact value and relative condition number.
struct Expected {
  long double exact = 0;
  double condition = 0;
};

struct Point {
  std::vector<std::vector<double>> inputs;  ///< by variable; a scalar is a vector of one
  bool in_f32 = false;
  Expected value;
  std::vector<std::vector<Expected>> gradients;  ///< by differentiable variable
};

struct Case {
  std::string id;
  std::string group;
  std::string formula;
  std::vector<Variable> variables;
  std::vector<Point> points;  ///< without those whose result is a convention

  /// The gamma family, which may be 16 + 4·cond off.
  bool is_gamma_family() const { return formula.find("gamma(") != std::string::npos; }
};

std::vector<Case> stability_cases();
std::string stability_source();

/// One number that was computed.
struct Number {
  enum class Kind { good, off, total_loss, wrong_sign, infinite, nan };
  Kind kind = Kind::good;
  double got = 0;
  Expected expected;
  double error = 0;     ///< in ULP of the type
  bool close = false;   ///< error ≤ 4 + 2·cond
  bool exempt = false;  ///< a subnormal result: its error does not count
  std::string what;     ///< `value` or `gradient x[1]`
  std::size_t point = 0;

  /// Target A: neither NaN, infinite, of the wrong sign nor a total loss.
  bool sound() const { return kind == Kind::good || kind == Kind::off; }
};

const char* name_of(Number::Kind kind);

struct Score {
  std::string failure;  ///< why it does not compile or run; empty: it does
  std::vector<Number> numbers;
  std::size_t points = 0;
  std::size_t good_points = 0;  ///< all of its numbers are good

  std::size_t count(Number::Kind kind) const;
  std::size_t close() const;
};

/// All points of the case that are exact in the type, in one batch per vector length.
Score score(const Module& module, const Case& one, DataType type, unsigned width = 0);

}  // namespace lossc::testing
