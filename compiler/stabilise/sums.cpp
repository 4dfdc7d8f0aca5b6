// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums: terms that cancel, or that are one function together. Matching does not see association,
// order or coefficients: a sum is a flat list here.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

/// f(u) − u: softplus(u) − u → softplus(−u), and more.
bool Stabiliser::take_argument(Sum& sum, std::size_t i) {
  const auto [term, factor] = sum.terms[i];
  if (graph_.op(term) != Op::call || graph_.operands(term).size() != 1) return false;
  if (!form_of(FormKind::less_argument, graph_.builtin(term))) return false;
  const ExprId u = argument(term);
  const Sum wanted = as_sum(graph_, u);
  const Number opposite = Number(0) - factor;
  if (wanted.terms.empty() || !sum.contains(wanted, opposite)) return false;
  sum.remove(i);
  sum.subtract_terms(wanted, opposite);
  sum.constant = sum.constant + factor * wanted.constant;
  sum.add(graph_, *form_applied(FormKind::less_argument, term), factor);
  return true;
}

/// softplus(u) − y·u of a label y in [0, 1]: the cross-entropy of a logit, of which nothing is left
/// to cancel; of a label that is 0 or 1, one softplus.
bool Stabiliser::take_labelled_argument(Sum& sum, std::size_t i) {
  const auto [term, factor] = sum.terms[i];
  if (!is_call(term, Builtin::softplus)) return false;
  const ExprId u = argument(term);
  for (std::size_t j = 0; j < sum.terms.size(); ++j) {
    const auto [other, coefficient] = sum.terms[j];
    if (graph_.op(other) != Op::mul) continue;
    for (const auto& [label, exponent] : as_product(graph_, other).powers) {
      if (!exponent.is(1) || !unit(label)) continue;
      const ExprId rest = graph_.scaled(coefficient, without(graph_, other, label, Number(1)));
      if (rest != graph_.scaled(Number(0) - factor, u)) continue;
      sum.add_term(other, Number(0) - coefficient);
      sum.add_term(term, Number(0) - factor);
      ExprId joined = applied(RuleId::cross_entropy_of_logit, {u, label});
      if (binary(label)) joined = applied(RuleId::cross_entropy_of_label, {u, label});
      sum.add(graph_, joined, factor);
      return true;
    }
  }
  return false;
}

/// max(p, q) + softplus(−|p − q|) → q + softplus(p − q), and with min likewise.
bool Stabiliser::join_extremum(Sum& sum, std::size_t i, std::size_t j) {
  const auto [extremum, a] = sum.terms[i];
  const auto [loss, b] = sum.terms[j];
  if (stage_ == Stage::derivatives) return false;  // take_log_add made it so
  const bool larger = is_call(extremum, Builtin::max);
  if (!larger && !is_call(extremum, Builtin::min)) return false;
  if (!is_call(loss, Builtin::softplus) || a != (larger ? b : Number(0) - b)) return false;
  ExprId p = graph_.operands(extremum)[0];
  ExprId q = graph_.operands(extremum)[1];
  if (graph_.op(p) == Op::constant) std::swap(p, q);
  const auto distance = [&](ExprId from, ExprId to) {
    return graph_.negate(graph_.call(Builtin::abs, {graph_.minus(from, to)}));
  };
  const ExprId found = argument(loss);
  if (found != distance(p, q) && found != distance(q, p)) return false;
  sum.remove(std::max(i, j));
  sum.remove(std::min(i, j));
  sum.add(graph_, q, a);
  // max: q + softplus(p − q); min: q − softplus(q − p).
  note(larger ? RuleId::softplus_in_parts : RuleId::softplus_minus_in_parts);
  const ExprId gap = larger ? graph_.minus(p, q) : graph_.minus(q, p);
  sum.add(graph_, graph_.call(Builtin::softplus, {gap}), b);
  return true;
}

/// a·x² − a·y² → a·(x − y)·(x + y) and a·√x − a·√y → a·(x − y)/(√x + √y).
bool Stabiliser::join_powers(Sum& sum, std::size_t i, std::size_t j) {
  const auto [first, a] = sum.terms[i];
  const auto [second, b] = sum.terms[j];
  if (j < i || a != Number(0) - b || sum.terms.size() != 2 || !sum.constant.is(0)) return false;
  const Product left = as_product(graph_, first);
  const Product right = as_product(graph_, second);
  if (left.powers.size() != 1 || right.powers.size() != 1) return false;
  const auto [x, m] = left.powers[0];
  const auto [y, n] = right.powers[0];
  const bool roots = m == Number(1) / Number(2);
  if (m != n || !(roots || m.is(2))) return false;
  // Roots of numbers that share nothing cancel no more than the numbers do.
  const std::size_t parts = as_sum(graph_, x).terms.size() + as_sum(graph_, y).terms.size();
  if (roots && as_sum(graph_, graph_.minus(x, y)).terms.size() >= parts) return false;
  sum.terms.clear();
  const RuleId id = roots ? RuleId::difference_of_roots : RuleId::difference_of_squares;
  sum.add(graph_, applied(id, {x, y}), a);
  return true;
}

/// Two terms that are one function.
bool Stabiliser::pair_terms(Sum& sum, std::size_t i, std::size_t j) {
  const auto [first, a] = sum.terms[i];
  const auto [second, b] = sum.terms[j];
  if (join_extremum(sum, i, j) || join_labelled(sum, i, j) || join_powers(sum, i, j)) return true;
  if (graph_.op(first) != Op::call || graph_.op(second) != Op::call) return false;
  if (graph_.builtin(first) != graph_.builtin(second) || j < i) return false;
  const ExprId x = argument(first);
  const ExprId y = argument(second);
  const bool mirrored = y == graph_.negate(x);
  const bool opposite = a == Number(0) - b;
  Form joined;
  if (mirrored && a == b) joined = form_applied(FormKind::mirrored_sum, first);
  if (mirrored && opposite) joined = form_applied(FormKind::mirrored_difference, first);
  if (!joined && is_call(first, Builtin::sigmoid) && opposite) {
    joined = applied(RuleId::difference_of_sigmoids, {x, y});
  }
  if (!joined) return false;
  sum.remove(j);
  sum.remove(i);
  sum.add(graph_, *joined, a);
  return true;
}

bool Stabiliser::cancel_pairs(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    if (take_argument(sum, i) || take_scaled_argument(sum, i) || take_labelled_argument(sum, i))
      return true;
    for (std::size_t j = 0; j < sum.terms.size(); ++j) {
      if (i != j && pair_terms(sum, i, j)) return true;
    }
  }
  return false;
}

ExprId Stabiliser::stable_sum(ExprId node) {
  Sum sum = as_sum(graph_, node);
  bool changed = false;
  for (std::size_t round = 0; round < longest && !graph_.exhausted(); ++round) {
    const bool again =
        take_deviance(sum) || take_variance(sum) || take_square(sum) || take_joined_sums(sum) ||
        take_term_of_factor(sum) || join_reciprocals(sum) || take_whole(sum) || take_log_two(sum) ||
        take_side(sum) || take_other_squares(sum) || take_factored_squares(sum) ||
        take_guarded_squares(sum) || take_shares(sum) || take_group(sum) || take_subset(sum) ||
        cancel_pairs(sum) || take_gammas(sum) || take_rise(sum) || take_share_of_log(sum) ||
        take_gather(sum) || take_expm1_quotient(sum) || take_exprel_rate(sum) || take_normal(sum) ||
        take_complement_of_blend(sum) || take_complement(sum) || take_factored_complement(sum) ||
        take_log_mean(sum) || take_certain(sum) || take_log_add(sum) || take_near_vectors(sum) ||
        take_label(sum);
    if (!again) break;
    changed = true;
  }
  return changed ? built(graph_, sum) : node;
}

}  // namespace lossc::stabilise
