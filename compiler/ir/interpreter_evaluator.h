// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's sweep: every node reachable from a root becomes a dense array over its free
// axes (row-major in their sorted order), bottom up, and is dropped after its last use. Split by
// construct: leaves and selections, arithmetic, reductions, each in a file of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/ir/function.h"
#include "compiler/ir/interpreter_jet.h"

namespace lossc::ir {

/// What a graph is evaluated on.
struct Setting {
  const Graph& graph;
  std::span<const std::int64_t> extents;       ///< by SizeId
  std::span<const Array> arrays;               ///< by ArrayId
  std::span<const std::vector<Float>> values;  ///< by ArrayId, row-major
  bool given_curvature = true;  ///< `hess` clauses of called losses hold: not in a Hessian product
};

/// The direction of differentiation: ± one element of one array, or any combination of them.
struct Seed {
  ArrayId array;
  std::size_t element = 0;
  int sign = 1;
  const std::vector<Float>* direction = nullptr;  ///< row-major, in place of the element
  /// Of the second differentiation, where it is another direction (hyper-dual numbers only).
  const std::vector<Float>* second = nullptr;

  Float at(std::size_t place) const {
    if (direction == nullptr) return Float(place == element ? sign : 0);
    return sign < 0 ? -(*direction)[place] : (*direction)[place];
  }
  Float second_at(std::size_t place) const {
    if (second == nullptr) return at(place);
    return sign < 0 ? -(*second)[place] : (*second)[place];
  }
};

/// How ties of max and min and the kink of abs are differentiated: by the conventions of the
/// language, or as the one-sided derivative in the seed's direction.
enum class TieRule { convention, one_sided };

/// Runs through the elements of some axes, the last one fastest, and keeps the offsets of several
/// operands.
class Walk {
 public:
  Walk(const AxisSet& axes, std::span<const std::int64_t> extents);
  /// Adds an operand over these axes; its offset is then offset(number of the operand).
  void add(const AxisSet& operand_axes);
  std::size_t offset(std::size_t operand) const { return offsets_[operand]; }
  std::int64_t count() const { return count_; }
  void next();
  /// Row-major step of an axis in an array over `axes`; 0 if it is not among them.
  static std::int64_t stride(const AxisSet& axes, Axis axis, std::span<const std::int64_t> extents);

 private:
  std::span<const std::int64_t> all_extents_;
  AxisSet axes_;
  std::vector<std::int64_t> extents_;
  std::vector<std::int64_t> position_;
  std::vector<std::vector<std::int64_t>> strides_;  ///< by operand, by axis
  std::vector<std::size_t> offsets_;
  std::int64_t count_ = 1;
};

template <int Order>
class Evaluator {
 public:
  using Values = std::vector<Jet<Order>>;

  Evaluator(const Setting& setting, std::optional<Seed> seed, TieRule ties)
      : setting_(setting), graph_(setting.graph), seed_(seed), ties_(ties) {}

  /// The root over its free axes; nothing if an intermediate array would be too large.
  std::optional<Values> evaluate(ExprId root);
  const std::string& fault(std::uint32_t number) const { return faults_[number - 1]; }
  /// Whether a kink was met at which the derivative had to be chosen.
  bool tied() const { return tied_; }

 private:
  void evaluate_node(ExprId id);
  // interpreter_elements.cpp
  void constant(ExprId id, Values& result);
  void index(ExprId id, Values& result);
  void load(ExprId id, Values& result);
  void select(ExprId id, Values& result);
  void compare(ExprId id, Values& result);
  void connective(ExprId id, Values& result, bool absorbing);
  // interpreter_arithmetic.cpp
  void add(ExprId id, Values& result);
  void mul(ExprId id, Values& result);
  void call(ExprId id, Values& result);
  void weight(ExprId id, Values& result);
  bool nothing(ExprId product, const Walk& walk) const;
  Jet<Order> powered(const Jet<Order>& base, const Number& exponent);
  Jet<Order> called(Builtin builtin, std::span<const Jet<Order>* const> arguments,
                    std::span<const ExprId> ids);
  Jet<Order> extremum(Builtin builtin, const Jet<Order>& a, const Jet<Order>& b, bool a_varies,
                      bool b_varies);
  Jet<Order> absolute(const Jet<Order>& x);
  Jet<Order> given(Builtin builtin, std::span<const Jet<Order>* const> arguments);
  // interpreter_reductions.cpp
  void reduce(ExprId id, Values& result);
  Jet<Order> reduced(ReduceOp op, std::span<const Jet<Order>* const> body, ExprId id);
  Jet<Order> log_sum_exp(std::span<const Jet<Order>* const> body);
  Jet<Order> largest(std::span<const Jet<Order>* const> body, bool smallest);
  Jet<Order> position_of_largest(std::span<const Jet<Order>* const> body, bool smallest, ExprId id);
  /// −1, 0, 1 as a is before b in the direction of the seed; both have the same value.
  int compare_tangents(const Jet<Order>& a, const Jet<Order>& b) const;

  const Values& of(ExprId id) const { return values_[id.index]; }
  Walk walk(ExprId id) const;
  std::uint32_t new_fault(std::string message);
  static Float number(const Number& number);

  const Setting setting_;
  const Graph& graph_;
  std::optional<Seed> seed_;
  TieRule ties_;
  bool tied_ = false;
  std::vector<Values> values_;  ///< by node
  std::vector<bool> varies_;    ///< by node: some array is loaded below it
  std::vector<std::string> faults_;
};

/// The array element or axis in words, for messages.
std::string subscript_fault(const Array& array, std::size_t place, const Float& subscript,
                            std::int64_t extent);

}  // namespace lossc::ir
