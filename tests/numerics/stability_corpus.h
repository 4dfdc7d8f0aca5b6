// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The stability corpus: naive formulas (stability.loss) with exact values, gradients and Hessian
// diagonals, condition numbers, and the errors of literal evaluation (stability.json, written by
// import_stability). The conditions of Hessian entries are in stability_conditions.json, which
// measure_conditions writes.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace lossc::testing {

struct Variable {
  std::string name;
  bool is_vector = false;
  bool is_index = false;
  bool differentiable = false;
};

/// A result: what it is exactly and how hard it is.
struct Expected {
  long double exact = 0;            ///< NaN: a convention in words; any finite number will do
  double condition = 0;             ///< relative
  std::array<double, 2> literal{};  ///< ULP of literal evaluation in f32, f64; inf: not finite
};

struct Point {
  std::vector<std::vector<double>> inputs;  ///< by variable; a scalar is a vector of one
  bool in_f32 = false;
  bool convention = false;  ///< at a kink or a limit: language.md 7
  Expected value;
  std::vector<std::vector<Expected>> gradients;  ///< by differentiable variable
  std::vector<std::vector<Expected>> hessians;   ///< diagonals, likewise; may be empty
};

struct Case {
  std::string id;
  std::string group;
  std::string formula;
  std::vector<Variable> variables;
  std::vector<Point> points;
  bool fine_as_it_stands = false;  ///< literal evaluation has no failure

  /// The gamma family, which may be 16 + 4·cond off.
  bool is_gamma_family() const { return formula.find("gamma(") != std::string::npos; }
};

std::vector<Case> stability_cases();
std::string stability_source();

/// Text of a file of this folder; empty if there is none.
std::string numerics_file(const std::string& name);

}  // namespace lossc::testing
