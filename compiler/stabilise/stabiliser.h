// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The demand-driven pass. Every node is asked for its value, made of operands that are stable
// already; where it is the argument of a logarithm or stands behind "1 −" it is asked for that form
// instead: L(e) = log e, C(e) = 1 − e. A form exists where it is more than log(e) and 1 − e written
// down, and is kept, so that p = sigmoid(z) used in several places is handled in all of them.
//
// Forms ask for the forms of operands: recursion, but never deeper than `deepest`; beyond that a
// node has no form, which is right and only less accurate.
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include "compiler/analysis/ranges.h"
#include "compiler/ir/function.h"
#include "compiler/stabilise/rules.h"
#include "compiler/stabilise/terms.h"

namespace lossc::stabilise {

class Stabiliser {
 public:
  explicit Stabiliser(ir::Function& function)
      : function_(function), graph_(function.graph), ranges_(function) {}

  /// The value of a node whose operands are stable.
  ir::ExprId stable(ir::ExprId node);
  /// The rules that the last call of stable() applied, in order, each once.
  std::vector<RuleId> taken() const;

 private:
  using Form = std::optional<ir::ExprId>;
  struct Kept {
    bool known = false;
    Form form;
    std::vector<RuleId> rules;
    bool operator==(const Kept& other) const { return known == other.known; }
  };
  using Forms = ir::NodeMap<Kept>;
  struct Power {
    ir::ExprId base;
    ir::ExprId exponent;
  };
  struct Scaled {
    ir::ExprId scale;
    ir::ExprId sum;
    ir::ExprId exponent;
  };
  using Compute = Form (Stabiliser::*)(ir::ExprId);
  static constexpr int deepest = 24;
  static constexpr std::size_t longest =
      64;  ///< sums and products past it are not searched by pairs

  // --- Forms (stabilise.cpp keeps them).
  Form asked(Forms& forms, ir::ExprId e, Compute compute);
  Form log_of(ir::ExprId e) { return asked(logs_, e, &Stabiliser::find_log); }
  Form complement_of(ir::ExprId e) { return asked(complements_, e, &Stabiliser::find_complement); }
  ir::ExprId logarithm(ir::ExprId e);   ///< L(e), or log(e) written down
  ir::ExprId complement(ir::ExprId e);  ///< C(e), or 1 − e written down

  // --- Logarithms (logarithm.cpp).
  Form find_log(ir::ExprId e);
  Form log_of_call(ir::ExprId e);
  Form log_of_product(ir::ExprId e);
  Form log_of_power(const Product& product);
  Form log_of_share(ir::ExprId e, const Product& product);
  Form log_minus_expm1(ir::ExprId argument);
  Form log_of_sum(ir::ExprId e);
  bool bounded(const Sum& sum);
  Form log_of_positive_sum(const Sum& sum, const std::vector<Form>& logs);
  Form log_of_difference(const Sum& sum);
  Form log_of_select(ir::ExprId e);
  Form log_of_reduction(ir::ExprId e);
  ir::ExprId scaled_log(ir::ExprId log, const ir::Number& factor);

  // --- Complements (complement.cpp).
  Form find_complement(ir::ExprId e);
  Form complement_of_call(ir::ExprId e);
  Form complement_of_product(ir::ExprId e);
  Form complement_of_power(ir::ExprId base, const ir::Number& exponent);
  Form complement_of_sum(ir::ExprId e);
  Form complement_of_quotient(ir::ExprId e, const Product& product);
  Form one_plus(ir::ExprId e);

  // --- Values.
  ir::ExprId settled(ir::ExprId node);
  ir::ExprId rewritten(ir::ExprId node);
  ir::ExprId stable_call(ir::ExprId node);  // calls.cpp
  ir::ExprId stable_exp(ir::ExprId node);
  ir::ExprId stable_pow(ir::ExprId node);
  ir::ExprId stable_select(ir::ExprId node);
  ir::ExprId stable_lse(ir::ExprId node);  // softmax.cpp
  ir::ExprId stable_weight(ir::ExprId node);
  ir::ExprId stable_product(ir::ExprId node);  // products.cpp
  bool holds_exp(ir::ExprId node);
  bool merge_exps(Product& product);
  bool resolve_denominator(Product& product);
  bool resolve_sum_of_exps(Product& product, std::size_t index);
  bool resolve_reduced_exps(Product& product, std::size_t index);
  bool pair_factors(Product& product);
  bool pair(Product& product, std::size_t i, std::size_t j);
  std::optional<Power> as_power(ir::ExprId node);  // norms.cpp
  ir::ExprId raised(ir::ExprId base, ir::ExprId exponent);
  ir::ExprId scale_of(ir::ExprId largest);
  std::optional<Scaled> scaled_powers(ir::ExprId sum);
  bool join_roots(Product& product);
  Form scaled_norm(ir::ExprId base, ir::ExprId exponent);
  ir::ExprId stable_sum(ir::ExprId node);  // sums.cpp
  bool cancel_pairs(Sum& sum);
  bool pair_terms(Sum& sum, std::size_t i, std::size_t j);
  bool join_extremum(Sum& sum, std::size_t i, std::size_t j);
  bool join_labelled(Sum& sum, std::size_t i, std::size_t j);
  bool join_powers(Sum& sum, std::size_t i, std::size_t j);
  bool take_argument(Sum& sum, std::size_t i);
  bool take_labelled_argument(Sum& sum, std::size_t i);
  bool take_expm1_quotient(Sum& sum);  // sums_complement.cpp
  bool take_complement(Sum& sum);
  bool take_complement_of(Sum& sum, std::size_t i);
  bool take_factored_complement(Sum& sum);
  bool take_gather(Sum& sum);  // softmax.cpp

  // --- Softmax at one position (softmax.cpp).
  std::vector<ir::ExprId> positions(ir::ExprId reduced, const std::vector<ir::ExprId>& nodes);
  std::optional<ir::ExprId> position_of(ir::ExprId x, ir::ExprId reduced);
  ir::ExprId margin(ir::ExprId x, ir::ExprId reduced, ir::ExprId position);

  // --- What nodes are.
  bool is_call(ir::ExprId node, ir::Builtin builtin) const {
    return graph_.op(node) == ir::Op::call && graph_.builtin(node) == builtin;
  }
  bool is_lse(ir::ExprId node) const {
    return graph_.op(node) == ir::Op::reduce && graph_.reduce_op(node) == ir::ReduceOp::lse;
  }
  ir::ExprId argument(ir::ExprId call) const { return graph_.operands(call)[0]; }
  bool nonnegative(ir::ExprId node) { return ranges_[node].nonnegative(); }
  bool unit(ir::ExprId node) { return ranges_[node].within(0, 1); }
  bool binary(ir::ExprId node) { return unit(node) && ranges_[node].integer; }

  ir::ExprId applied(RuleId id, std::initializer_list<ir::ExprId> arguments);
  void note(RuleId id) { used_.push_back(id); }

  ir::Function& function_;
  ir::Graph& graph_;
  analysis::Ranges ranges_;
  Forms logs_;
  Forms complements_;
  std::vector<RuleId> used_;
  int depth_ = 0;
};

/// R over all positions but one: lse_{j ≠ position}(body).
ir::ExprId lse_of_others(ir::Graph& graph, ir::ExprId reduced, ir::ExprId position);

}  // namespace lossc::stabilise
