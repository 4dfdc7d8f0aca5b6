// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Formulas as data: small expression trees over x, y, z, written in C++ as a mathematician would
// (`log(1 + exp(x))`). The builtins table keeps meanings and derivatives as formulas, the
// stabiliser its equations; generated tests evaluate both sides, and `instantiated` puts a formula
// into a graph.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compiler/ir/number.h"

namespace lossc::ir {

enum class Builtin : std::uint16_t;
class Graph;
struct ExprId;

class Formula {
 public:
  enum class Kind { none, variable, constant, pi, add, mul, power, call, less, select };
  struct Tree {
    Kind kind = Kind::none;
    int variable = 0;
    Number constant;
    Builtin builtin{};
    std::vector<Formula> operands;
  };

  Formula() = default;
  Formula(int value) : Formula(Number(static_cast<long>(value))) {}  // NOLINT: implicit
  Formula(Number value);                                             // NOLINT: implicit
  static Formula make(Tree tree);
  static Formula variable(int index);

  explicit operator bool() const { return tree_ != nullptr; }
  const Tree& tree() const { return *tree_; }
  std::string text() const;

 private:
  std::shared_ptr<const Tree> tree_;
};

Formula operator+(const Formula& a, const Formula& b);
Formula operator-(const Formula& a, const Formula& b);
Formula operator-(const Formula& a);
Formula operator*(const Formula& a, const Formula& b);
Formula operator/(const Formula& a, const Formula& b);
Formula pow(const Formula& base, const Formula& exponent);  ///< constant rational exponent: a mul
Formula sqrt(const Formula& a);
Formula ratio(long numerator, long denominator);
Formula pi_formula();
Formula less(const Formula& a, const Formula& b);
Formula choose(const Formula& condition, const Formula& a, const Formula& b);

/// The formula as a node of the graph, variables replaced by the arguments.
ExprId instantiated(Graph& graph, const Formula& formula, std::span<const ExprId> arguments);

}  // namespace lossc::ir
