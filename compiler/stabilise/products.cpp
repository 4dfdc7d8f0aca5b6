// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Products and quotients: what would be ∞·0 or ∞/∞ on the way to a moderate number.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

/// All exps of a product become one, which is all that the other rules look for.
bool Stabiliser::merge_exps(Product& product) {
  std::size_t count = 0;
  bool powers = false;
  for (const auto& [base, exponent] : product.powers) {
    if (!is_call(base, Builtin::exp)) continue;
    ++count;
    powers = powers || !exponent.is(1);
  }
  if (count == 0 || (count == 1 && !powers)) return false;
  Sum total;
  for (std::size_t i = product.powers.size(); i-- > 0;) {
    const auto [base, exponent] = product.powers[i];
    if (!is_call(base, Builtin::exp)) continue;
    total.add(graph_, argument(base), exponent);
    product.remove(i);
  }
  note(RuleId::product_of_exps);
  const ExprId sum = settled(built(graph_, total));
  product.multiply(graph_, settled(graph_.call(Builtin::exp, {sum})), Number(1));
  return true;
}

/// The argument of the product's only exp, 0 if it has none.
static ExprId exponent_of(ir::Graph& graph, const Product& product) {
  for (const auto& [base, exponent] : product.powers) {
    if (graph.op(base) == Op::call && graph.builtin(base) == Builtin::exp && exponent.is(1)) {
      return graph.operands(base)[0];
    }
  }
  return graph.constant(0);
}

/// Whether a positive node may overflow because an exp is a factor of it: only then is its
/// reciprocal taken through the logarithm.
bool Stabiliser::holds_exp(ExprId node) {
  while (graph_.op(node) == Op::reduce || graph_.op(node) == Op::select) {
    node = graph_.operands(node)[graph_.op(node) == Op::select ? 1 : 0];
  }
  const Product product = as_product(graph_, node);
  return std::any_of(product.powers.begin(), product.powers.end(), [&](const auto& power) {
    return is_call(power.first, Builtin::exp) || is_call(power.first, Builtin::exp2);
  });
}

/// 1/(eᵃ + eᵇ + …)ⁿ, all terms positive with logarithms: (e⁻ᵃ sigmoid(a − log(eᵇ + …)))ⁿ, with a
/// term that meets the numerator if there is one.
bool Stabiliser::resolve_sum_of_exps(Product& product, std::size_t index) {
  const auto [base, exponent] = product.powers[index];
  const Sum sum = as_sum(graph_, base);
  if (sum.constant.sign() < 0 || sum.terms.size() > 8) return false;
  std::vector<ExprId> logs;
  bool large = false;
  for (const auto& [term, coefficient] : sum.terms) {
    const Form log = nonnegative(term) && coefficient.sign() > 0 ? log_of(term) : std::nullopt;
    if (!log) return false;
    large = large || holds_exp(term);
    logs.push_back(scaled_log(*log, coefficient));
  }
  if (!sum.constant.is(0)) logs.push_back(logarithm(graph_.constant(sum.constant)));
  if (logs.size() < 2 || !large) return false;
  const ExprId numerator = exponent_of(graph_, product);
  const auto met = std::find(logs.begin(), logs.end(), numerator);
  // Without a numerator to meet, the constant: its logarithm is the shortest.
  const ExprId first = met != logs.end() ? *met : logs.back();
  logs.erase(std::find(logs.begin(), logs.end(), first));
  ExprId rest = logs[0];
  for (std::size_t i = 1; i < logs.size(); ++i) {
    rest = applied(RuleId::log_sum_of_exps, {logs[i], rest});
  }
  product.remove(index);
  const Number times = Number(0) - exponent;
  note(RuleId::reciprocal_sum_of_exps);
  const ExprId margin = settled(graph_.minus(first, rest));
  product.multiply(graph_, graph_.call(Builtin::sigmoid, {margin}), times);
  if (graph_.is_constant(first, 0)) return true;
  const ExprId shift = settled(graph_.call(Builtin::exp, {graph_.negate(first)}));
  product.multiply(graph_, shift, times);
  return true;
}

/// eᵘ/Σ eᶻ is a weight, 1/Σ eᶻ is exp(−lse z).
bool Stabiliser::resolve_reduced_exps(Product& product, std::size_t index) {
  const auto [base, exponent] = product.powers[index];
  const Form log = holds_exp(base) ? log_of(base) : std::nullopt;
  if (!log) return false;
  product.remove(index);
  note(RuleId::softmax_from_exps);
  const ExprId scaled = graph_.scaled(exponent, *log);
  product.multiply(graph_, graph_.call(Builtin::exp, {scaled}), Number(1));
  return true;
}

bool Stabiliser::resolve_denominator(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto& [base, exponent] = product.powers[i];
    if (!exponent.is_integer() || exponent.sign() >= 0) continue;
    if (graph_.op(base) == Op::add && resolve_sum_of_exps(product, i)) return true;
    const bool sum = graph_.op(base) == Op::reduce && graph_.reduce_op(base) == ReduceOp::sum;
    if (sum && resolve_reduced_exps(product, i)) return true;
  }
  return false;
}

/// (x − y)^m·(y − x)^n → ± (x − y)^(m + n).
bool Stabiliser::pair_opposite(Product& product, std::size_t i, std::size_t j) {
  const auto [a, m] = product.powers[i];
  const auto [b, n] = product.powers[j];
  const auto whole = n.to_long();
  if (!whole || !m.is_integer() || m.sign() * n.sign() < 0 || a != graph_.negate(b)) return false;
  product.remove(j);
  product.multiply(graph_, a, n);
  if (*whole % 2 != 0) product.coefficient = Number(0) - product.coefficient;
  return true;
}

/// Two factors that are one function.
bool Stabiliser::pair(Product& product, std::size_t i, std::size_t j) {
  const auto [a, m] = product.powers[i];
  const auto [b, n] = product.powers[j];
  if (graph_.op(a) == Op::add && graph_.op(b) == Op::add) return pair_opposite(product, i, j);
  if (graph_.op(a) != Op::call || graph_.op(b) != Op::call) return false;
  const auto replace = [&](ExprId with, const Number& taken_a, const Number& taken_b) {
    Product rest;
    rest.coefficient = product.coefficient;
    for (std::size_t k = 0; k < product.powers.size(); ++k) {
      const Number taken = k == i ? taken_a : k == j ? taken_b : Number(0);
      const Number left = product.powers[k].second - taken;
      if (!left.is(0)) rest.powers.emplace_back(product.powers[k].first, left);
    }
    rest.multiply(graph_, with, Number(1));
    product = rest;
    return true;
  };
  const Builtin f = graph_.builtin(a);
  const Builtin g = graph_.builtin(b);
  const ExprId x = argument(a);
  const ExprId y = argument(b);
  if (f == Builtin::exp && g == Builtin::sigmoid && m.is(1) && n.sign() > 0 && n.is_integer() &&
      x == graph_.negate(y)) {
    return replace(applied(RuleId::exp_times_sigmoid, {y}), m, Number(1));
  }
  if (f == Builtin::sigmoid && g == Builtin::sigmoid && x == graph_.negate(y) && m.is(1) &&
      n.is(-1)) {
    return replace(applied(RuleId::odds, {x}), m, n);
  }
  if (f == Builtin::sinh && g == Builtin::cosh && x == y && m.sign() > 0 && n.sign() < 0 &&
      m.is_integer() && n.is_integer()) {
    return replace(applied(RuleId::sinh_over_cosh, {x}), Number(1), Number(-1));
  }
  if (f == Builtin::exprel && g == Builtin::over_expm1 && x == graph_.negate(y) && m.is(1) &&
      n.is(1)) {
    return replace(applied(RuleId::exprel_times_over_expm1, {x}), m, n);
  }
  return pair_with_density(product, i, j) || pair_hazard(product, i, j) ||
         pair_with_tilt(product, i, j);
}

bool Stabiliser::pair_factors(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    for (std::size_t j = 0; j < product.powers.size(); ++j) {
      if (i != j && pair(product, i, j)) return true;
    }
  }
  return false;
}

ExprId Stabiliser::stable_product(ExprId node) {
  Product product = as_product(graph_, node);
  if (product.powers.size() > longest) return node;
  bool changed = false;
  // A fractional power of what may be tiny goes through its logarithm, as in stable_pow.
  for (auto& [base, exponent] : product.powers) {
    if (exponent.is_integer() || is_call(base, Builtin::exp) || !nonnegative(base)) continue;
    if (graph_.op(base) != Op::call && graph_.op(base) != Op::weight) continue;
    const Form log = log_of(base);
    if (!log) continue;
    note(RuleId::power_by_logarithm);
    base = graph_.call(Builtin::exp, {graph_.scaled(exponent, *log)});
    exponent = Number(1);
    changed = true;
  }
  for (std::size_t round = 0; round < longest && !graph_.exhausted(); ++round) {
    const bool again = merge_exps(product) || take_quotient(product) ||
                       resolve_denominator(product) || pair_factors(product) ||
                       scale_improvement(product) || join_roots(product) ||
                       settle_classes(product) || distribute_exp(product) || take_length(product) ||
                       take_direction(product) || drop_direction(product) || scale_dot(product) ||
                       take_sign(product) || drop_absolute(product);
    if (!again) break;
    changed = true;
  }
  // ½ erfc(u), the tail of the normal distribution.
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [base, exponent] = product.powers[i];
    if (!is_call(base, Builtin::erfc) || !exponent.is(1)) continue;
    if (product.coefficient != Number(1) / Number(2)) continue;
    product.coefficient = Number(1);
    product.remove(i);
    product.multiply(graph_, applied(RuleId::half_erfc, {argument(base)}), Number(1));
    changed = true;
    break;
  }
  return changed ? built(graph_, product) : node;
}

}  // namespace lossc::stabilise
