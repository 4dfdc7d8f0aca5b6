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

#include <array>
#include <initializer_list>
#include <optional>
#include <vector>

#include "compiler/analysis/ranges.h"
#include "compiler/ir/function.h"
#include "compiler/ir/softmax.h"
#include "compiler/stabilise/rules.h"
#include "compiler/stabilise/stabilise.h"
#include "compiler/stabilise/terms.h"

namespace lossc::stabilise {

class Stabiliser {
 public:
  Stabiliser(ir::Function& function, Stage stage)
      : function_(function), graph_(function.graph), ranges_(function), stage_(stage) {}

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
  Form log_of_mean(ir::ExprId e) { return of_nothing_first(e, log_of_product(e)); }
  Form of_nothing_first(ir::ExprId e, const Form& parts);  // log_sums.cpp
  bool may_vanish(ir::ExprId log, int depth = 0);
  ir::ExprId log_add(ir::ExprId x, ir::ExprId y);
  void turn_odd_factor(Product& product);
  Form log_of_power(const Product& product);
  Form log_of_share(ir::ExprId e, const Product& product);
  Form log_of_quotient(ir::ExprId e);
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
  Form power_of_sigmoid(const Sum& sum);
  ir::ExprId stable_log1mexp(ir::ExprId node);
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
  bool pair_opposite(Product& product, std::size_t i, std::size_t j);
  std::optional<Power> as_power(ir::ExprId node);  // norms.cpp
  ir::ExprId raised(ir::ExprId base, ir::ExprId exponent);
  ir::ExprId scale_of(ir::ExprId largest);
  bool is_scaled(ir::ExprId sum);
  std::optional<Scaled> scaled_powers(ir::ExprId sum);
  bool join_roots(Product& product);
  Form scaled_norm(ir::ExprId base, ir::ExprId exponent);
  Form length_of(ir::ExprId e) { return asked(lengths_, e, &Stabiliser::find_length); }
  Form find_length(ir::ExprId e);  // lengths.cpp
  Form length_of_product(ir::ExprId e);
  Form length_of_sum(ir::ExprId e);
  ir::ExprId common_denominator(const std::vector<ir::ExprId>& sides);
  bool take_length(Product& product);
  bool take_lengths(Product& product);
  bool take_direction(Product& product);
  bool drop_direction(Product& product);
  bool take_side(Sum& sum);
  std::optional<std::size_t> scaled_factor(const Product& body, ir::ExprId length);
  bool scale_dot(Product& product);
  Form complement_of_cosine(ir::ExprId e);
  ir::ExprId norm_of_others(ir::ExprId norm, ir::ExprId position);
  bool is_norm(ir::ExprId node) const;
  Product without_quotients(ir::ExprId node);
  std::vector<ir::ExprId> places(ir::ExprId norm, ir::ExprId element);
  std::optional<std::pair<ir::ExprId, Product>> element_squared(const Product& product,
                                                                ir::ExprId norm);
  bool take_other_squares(Sum& sum);
  bool take_factored_squares(Sum& sum);
  bool take_guarded_squares(Sum& sum);
  Form log_of_root_sum(const Sum& sum);
  bool is_root_of_square_less_one(ir::ExprId root, ir::ExprId u);
  Form log_of_squares(ir::ExprId e);
  ir::ExprId log_one_plus_square(ir::ExprId side);
  bool take_share(Sum& sum, std::size_t i, ir::ExprId whole, bool below);  // quotient_rule.cpp
  bool take_sum_over_sum(Sum& sum, std::size_t i, ir::ExprId whole);
  bool take_factored_shares(Sum& sum);
  bool take_shares(Sum& sum);
  bool take_sign(Product& product);
  bool drop_absolute(Product& product);    // cancellation.cpp
  ir::ExprId stable_sum(ir::ExprId node);  // sums.cpp
  bool cancel_pairs(Sum& sum);
  bool pair_terms(Sum& sum, std::size_t i, std::size_t j);
  bool join_extremum(Sum& sum, std::size_t i, std::size_t j);
  bool join_powers(Sum& sum, std::size_t i, std::size_t j);
  bool take_argument(Sum& sum, std::size_t i);
  bool take_labelled_argument(Sum& sum, std::size_t i);
  bool take_expm1_quotient(Sum& sum);  // sums_complement.cpp
  bool take_exprel_rate(Sum& sum);
  bool take_complement(Sum& sum);
  bool take_complement_of(Sum& sum, std::size_t i);
  bool take_factored_complement(Sum& sum);
  bool take_gather(Sum& sum);  // softmax.cpp

  // --- A choice by a label that is 0 or 1 (blends.cpp).
  struct Blend {  ///< label · yes + other · no, other = 1 − label
    ir::ExprId label;
    ir::ExprId other;
    ir::ExprId yes;
    ir::ExprId no;
  };
  std::optional<Blend> blend_of(const Sum& sum, std::size_t i, std::size_t j);
  bool join_labelled(Sum& sum, std::size_t i, std::size_t j);
  ir::ExprId chosen(ir::ExprId label, ir::ExprId yes, ir::ExprId no);
  Form log_of_blend(const Sum& sum);
  bool take_complement_of_blend(Sum& sum);

  // --- The normal distribution (normal.cpp).
  bool closed(ir::ExprId node);
  Form cdf_of_erfc(ir::ExprId u);
  bool take_log_twice_cdf(Product& product, Sum& total);
  ir::ExprId exp_of_closed(ir::ExprId e);
  bool is_one(Product product);
  Form without_square(ir::ExprId exponent, ir::ExprId x, const ir::Number& factor);
  bool pair_with_density(Product& product, std::size_t density, std::size_t tail);
  bool pair_hazard(Product& product, std::size_t i, std::size_t j);
  bool take_improvement(Sum& sum, std::size_t i, std::size_t j);
  std::optional<ir::ExprId> scale_within(const Product& product, ir::ExprId node);
  bool scale_improvement(Product& product);
  bool take_hazard(Sum& sum, std::size_t i);
  bool take_log_tail(Sum& sum, std::size_t i);
  bool take_centred(Sum& sum, std::size_t i);
  bool take_interval(Sum& sum, std::size_t i, std::size_t j);
  Form take_tilt(Sum& sum, ir::ExprId u, const ir::Number& factor);  // normal_tilt.cpp
  bool pair_with_tilt(Product& product, std::size_t exponential, std::size_t tail);
  bool take_tilted_log(Sum& sum, std::size_t i);
  bool take_normal(Sum& sum);

  // --- Differences that vanish (deviance.cpp, quotients.cpp, moments.cpp, hyperbolic.cpp).
  struct Ratio {
    ir::ExprId above;
    ir::ExprId below;
  };
  struct Logarithm {  ///< weight · log(above/below)
    ir::ExprId weight;
    ir::ExprId above;
    ir::ExprId below;
  };
  struct SumsOverAxis {
    std::vector<ir::ExprId> sums;
    ir::ExprId rest;
  };
  bool is_logarithm(ir::ExprId node) const;
  Ratio ratio_of(ir::ExprId log);
  Ratio ratio_of_product(ir::ExprId node);
  std::vector<Logarithm> take_logarithms(Sum& sum);
  std::optional<std::array<ir::ExprId, 3>> complements(ir::ExprId a, ir::ExprId b);
  bool is_square(ir::ExprId node);
  ir::ExprId deviance(const Logarithm& log);
  std::optional<Sum> left_by(const std::vector<Logarithm>& logs, const Sum& rest);
  Sum expanded(const Sum& sum);
  bool take_deviance_of(const std::vector<Logarithm>& logs, const Sum& rest, Sum& sum);
  bool take_deviance(Sum& sum);
  bool meets(const Product& product, ir::ExprId u, int sign);
  bool take_boxcox(Product& product, std::size_t i);
  bool take_power_less_one(Product& product, std::size_t i);
  bool take_quotient(Product& product);
  bool take_whole(Sum& sum);
  bool take_term_of_factor(Sum& sum);  // cancellation.cpp
  bool join_reciprocals(Sum& sum);
  bool take_log_two(Sum& sum);
  bool take_scaled_argument(Sum& sum, std::size_t i);
  bool is_sum_over_axis(ir::ExprId node) const;
  ir::ExprId body_over(ir::ExprId reduced, ir::Axis axis);
  SumsOverAxis sums_over_axis(ir::ExprId term, const ir::Number& factor);
  Form centred(const SumsOverAxis& whole, const SumsOverAxis& parts);
  bool take_variance(Sum& sum);
  ir::ExprId half_power(ir::ExprId node);
  bool take_square(Sum& sum);
  bool take_joined_sums(Sum& sum);
  Form log_as_atanh(const Product& product);

  // --- Softmax at one position (softmax.cpp).
  std::vector<ir::ExprId> positions(ir::ExprId reduced, const std::vector<ir::ExprId>& nodes);
  std::optional<ir::ExprId> position_of(ir::ExprId x, ir::ExprId reduced);
  ir::ExprId margin(ir::ExprId x, ir::ExprId reduced, ir::ExprId position);
  bool may_be_absent(ir::ExprId x) { return ir::may_be_absent(function_, x); }

  // --- A whole softmax (certain.cpp).
  struct Largest {
    ir::ExprId place;   ///< of the largest logit
    ir::ExprId here;    ///< whether the element is there
    ir::ExprId pivot;   ///< the largest logit, 0 if no class is left
    ir::ExprId margin;  ///< that logit less the lse of the others
  };
  Largest largest_of(ir::ExprId reduced, ir::Axis axis);
  ir::ExprId log_weight(ir::ExprId reduced, ir::Axis axis, bool negative);
  Form complement_of_weight(ir::ExprId e);
  Form mean_gap(ir::ExprId reduced, ir::ExprId term, ir::ExprId scale, const ir::Number& ratio);
  void split_at(Sum& sum, const Largest& largest, ir::ExprId there);
  bool take_log_weights(Sum& sum);
  bool take_classes(Sum& sum);
  bool take_softmax_difference(Sum& sum);
  struct Softmax {
    ir::ExprId weight;
    ir::Axis axis;
  };
  bool take_softmax_pair(Sum& sum, std::size_t i, std::size_t j, const Softmax& w);
  bool take_soft_label(Sum& sum);
  bool take_entropy(Sum& sum);
  bool take_centred(Sum& sum);
  struct Weighted {
    ir::ExprId weight;  ///< invalid: none
    ir::ExprId value;
  };
  Weighted weight_of(ir::ExprId product, ir::Axis axis);
  ir::AxisSet axes_beside(const Sum& sum, ir::ExprId reduced);
  ir::ExprId centred(ir::ExprId w, ir::Axis axis, ir::ExprId value);
  bool take_certain(Sum& sum);
  ir::ExprId without_any_class(ir::ExprId node, ir::ExprId reduced);
  bool settle_classes(Product& product);
  ir::ExprId stable_reduction(ir::ExprId node);
  bool take_mean_of_logs(Sum& sum);  // shares.cpp

  // --- Groups of classes (groups.cpp).
  struct Masked {
    ir::ExprId kept;  ///< which classes
    ir::ExprId x;
  };
  struct Share {
    ir::ExprId reduced;  ///< over all classes
    ir::ExprId position;
    ir::ExprId x;  ///< the logit there
  };
  struct Condition {
    ir::ExprId condition;  ///< invalid: none
    ir::ExprId value;
  };
  ir::ExprId lse_where(ir::ExprId kept, ir::ExprId x, ir::Axis axis);
  ir::ExprId group_margin(ir::ExprId part, ir::ExprId rest, ir::ExprId body);
  std::optional<Masked> masked(ir::ExprId reduced);
  std::optional<Share> share_of(ir::ExprId node);
  ir::ExprId margin_of(const std::vector<Share>& group);
  Condition condition_of(ir::ExprId node);
  Form masked_share(ir::ExprId sum);
  bool take_group(Sum& sum);
  bool take_subset(Sum& sum);

  // --- A softmax that was spelled out (shares.cpp).
  Form softmax_power(ir::ExprId u, ir::ExprId v, ir::Axis axis);
  bool distribute_exp(Product& product);
  Form complement_of_mean(ir::ExprId e);

  // --- Logarithms of sums (log_sums.cpp).
  bool take_log_add(Sum& sum);
  bool is_extent(ir::ExprId node, ir::SizeId size);
  bool take_log_mean(Sum& sum);
  Form weight_without_logs(ir::ExprId node);

  // --- The gamma function (gammas.cpp).
  struct GammaTerm {
    std::size_t index = 0;  ///< in the sum
    ir::Number coefficient;
    ir::ExprId rest;  ///< what multiplies f
    ir::Builtin builtin{};
    ir::ExprId argument;
    std::optional<ir::Axis> axis;  ///< of a sum over all that
  };
  struct GammaFamily {
    ir::Number size;  ///< of all coefficients
    std::vector<GammaTerm> positive;
    std::vector<GammaTerm> negative;
  };
  struct GammaPair {
    std::size_t positive;
    std::size_t negative;
    Sum step;
    std::size_t cost;
  };
  std::optional<GammaTerm> gamma_term(const Sum& sum, std::size_t index);
  std::vector<GammaFamily> gamma_families(const Sum& sum);
  Form gamma_remainder(ir::ExprId u, ir::ExprId v);
  std::optional<Sum> gamma_step(const GammaTerm& a, const GammaTerm& b);
  std::vector<GammaPair> gamma_pairs(const GammaFamily& family);
  bool join_beta(Sum& sum, const std::vector<GammaTerm>& two, const std::vector<GammaTerm>& one,
                 bool whole);
  bool gamma_argument(const Sum& sum, ir::ExprId argument);
  void join_difference(Sum& sum, const GammaTerm& a, const GammaTerm& b, const Sum& step);
  bool take_gammas(Sum& sum);
  Form less_log_of(ir::ExprId logarithm, ir::ExprId x);  // gamma_rises.cpp
  bool take_growth(Sum& sum, std::size_t j, const ir::Number& c, ir::ExprId x, ir::ExprId d);
  bool take_rise(Sum& sum);
  bool take_share_of_log(Sum& sum);

  // --- Vectors that differ by little (lengths_differences.cpp).
  struct Pair {  ///< ‖u‖ and ‖v‖, v with the sign that makes u − v short
    ir::ExprId first;
    ir::ExprId second;
    ir::Number sign;
  };
  struct Element {  ///< rest · v[position]/‖v‖, or rest · ‖v without v[position]‖²/‖v‖³
    ir::ExprId norm;
    ir::ExprId position;
    ir::Number factor;
    ir::ExprId rest;
  };
  std::optional<Pair> near_norms(ir::ExprId u, ir::ExprId v);
  ir::ExprId element_of(ir::ExprId norm, ir::ExprId position);
  ir::ExprId gap_at(const Pair& pair, ir::ExprId position);
  ir::ExprId sum_at(const Pair& pair, ir::ExprId position);
  ir::ExprId directions_at(const Pair& pair, ir::ExprId position);
  ir::ExprId difference_of_norms(const Pair& pair);
  ir::ExprId plain_difference(const Pair& pair, ir::ExprId position);
  ir::ExprId difference_of_directions(const Pair& pair, ir::ExprId position);
  ir::ExprId difference_of_curvatures(const Pair& pair, ir::ExprId position);
  std::vector<Element> directions_in(ir::ExprId term, const ir::Number& factor);
  std::vector<ir::ExprId> left_out(ir::ExprId others);
  std::vector<Element> curvatures_in(ir::ExprId term, const ir::Number& factor);
  bool take_norms(Sum& sum);
  bool take_elements(Sum& sum, bool second);
  bool take_near_vectors(Sum& sum);

  // --- Labels that are 0 or 1 (labels.cpp).
  bool take_label(Sum& sum);

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
  /// The form of a call by the row of its builtin.
  Form form_applied(FormKind kind, ir::ExprId call);
  void note(RuleId id) { used_.push_back(id); }

  ir::Function& function_;
  ir::Graph& graph_;
  analysis::Ranges ranges_;
  Stage stage_;
  Forms logs_;
  Forms complements_;
  Forms lengths_;
  std::vector<RuleId> used_;
  int depth_ = 0;
};

/// R over all positions but one: lse_{j ≠ position}(body).
ir::ExprId lse_of_others(ir::Graph& graph, ir::ExprId reduced, ir::ExprId position);

}  // namespace lossc::stabilise
