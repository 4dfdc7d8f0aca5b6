// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constructor rules of a normalising graph, one file by construct (rules_add.cpp, …). Each
// takes operands that are normal and gives a normal node. They are confluent: the same terms in
// another order, or under other names of bound axes, give the same node.
//
//   sums       flat, constants folded, equal terms merged, [c]a + [c]b = [c](a + b), coefficients
//              distributed over a sum and kept inside guards
//   products   flat, exponents of equal bases added, coefficients pulled out, guards floated out
//   guards     [c][d]a = [c ∧ d]a; the condition is known inside, one level deep
//   reductions what is free of the axis comes out of a sum; Σₖ [k = e]·f(k) = [0 ≤ e < K] f(e)
//
// 0 · NaN of a constant 0 is 0: rules hold over the reals, not for NaN in excluded operands.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "compiler/ir/facts.h"
#include "compiler/ir/graph.h"

namespace lossc::ir {

using Term = std::pair<ExprId, Number>;

class Rules {
 public:
  explicit Rules(Graph& graph) : g_(graph) {}

  ExprId add(const Number& constant, std::span<const Term> terms);
  ExprId mul(const Number& coefficient, std::span<const Term> powers);
  ExprId call(Builtin builtin, std::span<const ExprId> arguments);
  ExprId compare(Relation relation, ExprId left, ExprId right);
  ExprId junction(Op op, std::span<const ExprId> operands);  ///< conjunction or disjunction
  ExprId negation(ExprId operand);
  ExprId select(ExprId condition, ExprId then_value, ExprId else_value);
  ExprId reduce(ReduceOp op, Axis axis, ExprId body);
  ExprId weight(ExprId x, ExprId reduced);

 private:
  // --- What nodes are.
  bool has(ExprId id, Fact fact) const { return (g_.node(id).facts & fact) != 0; }
  bool is_guard(ExprId id) const;  ///< select(c, x, 0)
  ExprId condition_of(ExprId guard) const { return g_.operands(guard)[0]; }
  ExprId guarded(ExprId guard) const { return g_.operands(guard)[1]; }
  std::vector<ExprId> conjuncts(ExprId condition) const;
  bool opposites(ExprId a, ExprId b) const;  ///< plainly a = ¬b

  // --- Sums (rules_add.cpp).
  struct Sum;
  void gather(Sum& sum, ExprId x, const Number& factor, bool alone);
  void merge_guards(Sum& sum);
  void merge_terms(std::vector<Term>& terms) const;

  // --- Products (rules_mul.cpp).
  struct Product;
  void gather(Product& product, ExprId x, const Number& exponent);
  bool gather_factors(Product& product, ExprId x, const Number& exponent);
  void merge_powers(Product& product) const;

  // --- Conditions and branches (rules_condition.cpp, rules_select.cpp).
  void absorb(Op op, std::vector<ExprId>& operands) const;
  std::optional<ExprId> compare_branches(Relation relation, ExprId left, ExprId right);
  ExprId select_of_bools(ExprId condition, ExprId then_value, ExprId else_value);
  struct Known {  ///< conditions that all hold, or all do not
    std::vector<ExprId> conditions;
    bool truth = true;
  };
  std::optional<bool> value_under(const Known& known, ExprId condition) const;
  ExprId chosen(ExprId x, const Known& known);
  ExprId branch_under(const Known& known, ExprId x);

  // --- Reductions (rules_reduce.cpp, rules_delta.cpp).
  ExprId named(ReduceOp op, Axis axis, ExprId body);
  std::optional<ExprId> reduce_of_known_extent(ReduceOp op, Axis axis, ExprId body);
  ExprId sum(Axis axis, ExprId body);
  ExprId sum_without_deltas(Axis axis, ExprId body);
  struct Delta;
  struct Split;
  Split split(ExprId x, Axis axis, int depth);
  Split split_sum(ExprId x, Axis axis, int depth);
  Split split_product(ExprId x, Axis axis, int depth);
  Split split_guard(ExprId x, Axis axis, int depth);
  Split split_reduction(ExprId x, Axis axis, int depth);
  std::optional<ExprId> position(ExprId condition, Axis axis);
  ExprId in_range(ExprId position, SizeId size);

  Graph& g_;
  int depth_ = 0;   ///< of rules that build sums of guarded values: they stop at a fixed depth
  int splits_ = 0;  ///< of a sum's body so far: shared factors could be split without end
};

/// The value of a builtin at constants, where it is exact (rules_call.cpp).
std::optional<Number> exact_value(Builtin builtin, std::span<const Number> arguments);

}  // namespace lossc::ir
