// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tails: softplus(u), sigmoid(u) and a softmax fall off as eᵘ, into the subnormal numbers and to 0,
// where a product with something large is an ordinary number. There they are split as eᵘ is.

#include <algorithm>
#include <cmath>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/bounded.h"
#include "compiler/codegen/kernels/split.h"
#include "compiler/ir/builtins.h"

namespace lossc::codegen {

/// Whether the node is a tail where it is small, perhaps by cases.
bool Emitter::is_tail(ir::ExprId id) const {
  if (graph_.op(id) == ir::Op::select && !graph_.is_bool(id)) {
    return is_plain_tail(graph_.operands(id)[1]) || is_plain_tail(graph_.operands(id)[2]);
  }
  return is_plain_tail(id);
}

bool Emitter::is_plain_tail(ir::ExprId id) const {
  if (graph_.op(id) == ir::Op::weight || is_rest(id)) return true;
  if (graph_.op(id) != ir::Op::call) return false;
  const ir::Builtin builtin = graph_.builtin(id);
  return builtin == ir::Builtin::softplus || builtin == ir::Builtin::sigmoid;
}

/// u and c of a tail c·eᵘ, or of one by cases; of what is none, u = 0.
void Emitter::add_tail(Factor& factor, ir::ExprId id, Scope& scope) {
  const Simd& simd = scope.simd;
  if (graph_.op(id) == ir::Op::select) {
    Factor yes;
    Factor no;
    add_tail(yes, graph_.operands(id)[1], scope);
    add_tail(no, graph_.operands(id)[2], scope);
    llvm::Value* condition = boolean(graph_.operands(id)[0], scope);
    factor.tail_of = simd.select(condition, yes.tail_of, no.tail_of);
    if (yes.rest != nullptr || no.rest != nullptr) {
      const double up = std::ldexp(1.0, exponential_scale(simd));
      const auto rest = [&](const Factor& branch, std::size_t place) {
        if (branch.rest != nullptr) return branch.rest;
        return simd.mul(number(graph_.operands(id)[place], scope), simd.constant(up));
      };
      factor.rest = simd.select(condition, rest(yes, 1), rest(no, 2));
    }
    if (yes.tail_scale == no.tail_scale) return;
    const auto scale = [&](const Factor& branch) {
      return branch.tail_scale == nullptr ? simd.constant(1) : branch.tail_scale;
    };
    factor.tail_scale = simd.select(condition, scale(yes), scale(no));
    return;
  }
  factor.tail_of = simd.constant(0);
  if (!is_plain_tail(id)) return;
  factor.rest = rest_of(id, scope);
  if (is_rest(id)) return;
  if (graph_.op(id) != ir::Op::weight && add_tail_of_odds(factor, id, scope)) return;
  factor.tail_of = number(graph_.operands(id)[0], scope);
  if (graph_.op(id) != ir::Op::weight) return;
  const ir::ExprId reduced = graph_.operands(id)[1];
  const LogSum* sum = log_sum(reduced, scope);
  llvm::Value* origin = sum != nullptr ? widened(sum->origin, scope) : number(reduced, scope);
  factor.tail_of = simd.sub(factor.tail_of, origin);
  if (sum != nullptr) factor.tail_scale = widened(sum->reciprocal, scope);
}

/// The parts of the rest of a sum of exponentials where the factor is that.
SplitNumber Emitter::split_rest(const Factor& factor, const SplitNumber& near, Scope& scope) {
  const Split far = split(Real{&scope.simd, factor.rest});
  const Mask small = abs(Real{&scope.simd, factor.value}) < smallest_plain;
  const double scale = exponential_scale(scope.simd);
  const Real m = select(small, far.m, Real{&scope.simd, near.significand});
  const Real k = select(small, far.k - scale, Real{&scope.simd, near.exponent});
  return {m.value, k.value};
}

/// The parts of a tail where it is one: below −60, where softplus and sigmoid are eᵘ in
/// f64, also of a u that is greater by the logarithm of a number of terms.
SplitNumber Emitter::split_tail(const Factor& factor, const SplitNumber& near, Scope& scope) {
  const Real u{&scope.simd, factor.tail_of};
  Split far = split_exp(u);
  if (factor.tail_scale != nullptr) {
    const Split scaled = split(far.m * Real{&scope.simd, factor.tail_scale});
    far = {scaled.m, far.k + scaled.k};
  }
  const Mask falls = u < -60.0;
  const Real m = select(falls, far.m, Real{&scope.simd, near.significand});
  const Real k = select(falls, far.k, Real{&scope.simd, near.exponent});
  return {m.value, k.value};
}

/// Whether all terms of a sum are tails, or products with one.
bool Emitter::sums_tails(ir::ExprId sum) const {
  constexpr std::size_t most = 3;
  const auto terms = graph_.operands(sum);
  if (graph_.op(sum) != ir::Op::add || !graph_.constant_of(sum).is(0) || terms.size() > most) {
    return false;
  }
  return std::all_of(terms.begin(), terms.end(), [&](ir::ExprId term) {
    if (graph_.op(term) != ir::Op::mul) return is_tail(term);
    const auto factors = graph_.operands(term);
    return std::any_of(factors.begin(), factors.end(), [&](ir::ExprId x) { return is_tail(x); });
  });
}

/// Σ over an axis of what is no large number, like the sum of a distribution.
bool Emitter::sums_bounded(ir::ExprId id) {
  constexpr double far = 0x1p16;
  return graph_.op(id) == ir::Op::reduce && graph_.reduce_op(id) == ir::ReduceOp::sum &&
         ranges_[graph_.operands(id)[0]].within(-far, far);
}

bool Emitter::holds_tail(ir::ExprId id) const { return is_tail(id) || sums_tails(id); }

/// Keeps the parts of a sum of tails: those of its terms, added at the largest exponent, as floats
/// are, so that what cancels exactly still does.
void Emitter::split_sum(ir::ExprId sum, Scope& scope) {
  SplitNumber& known = scope.splits[number(sum, scope)];
  if (known.significand != nullptr) return;
  std::vector<Split> terms;
  for (std::size_t k = 0; k < graph_.operands(sum).size(); ++k) {
    const ir::ExprId term = graph_.operands(sum)[k];
    std::vector<Factor> factors;
    double coefficient = graph_.factors(sum)[k].to_double();
    if (graph_.op(term) == ir::Op::mul) {
      coefficient *= graph_.constant_of(term).to_double();
      factors = factors_of(term, scope);
    } else {
      append_factor(factors, term, ir::Number(1), scope);
    }
    const SplitNumber parts = split_product(factors, coefficient, scope);
    const Real m{&scope.simd, parts.significand};
    // A zero has no exponent that matters.
    const Real k_of{&scope.simd, parts.exponent};
    terms.push_back({m, select(m == 0.0, k_of.constant(-4000.0), k_of)});
  }
  Real most = terms[0].k;
  for (const Split& term : terms) most = select(most < term.k, term.k, most);
  Real total = joined(terms[0].m, terms[0].k - most);
  for (std::size_t i = 1; i < terms.size(); ++i) {
    total = total + joined(terms[i].m, terms[i].k - most);
  }
  const Split parts = split(total);
  scope.splits[number(sum, scope)] = {parts.m.value, (parts.k + most).value};
}

/// The one factor of a product that varies along a loop, if it is a weight, or its logarithm or
/// complement; all others are of the row, and few.
std::optional<ir::ExprId> Emitter::share_in(ir::ExprId id, Scope& scope) {
  constexpr double most_factors = 14;  // whose significands 2^16 holds
  std::optional<ir::ExprId> share;
  double factors = 0;
  for (std::size_t i = 0; i < graph_.operands(id).size(); ++i) {
    const ir::ExprId operand = graph_.operands(id)[i];
    const bool here = !dependence_.literal(operand) && &home(operand, scope) == &scope;
    const bool fits = graph_.op(operand) == ir::Op::weight || is_rest(operand);
    if (here && (share || !fits)) return std::nullopt;
    const double exponent = graph_.factors(id)[i].to_double();
    if (here && exponent != 1) return std::nullopt;
    if (here) share = operand;
    factors += std::fabs(exponent) + 1;
  }
  return factors > most_factors ? std::nullopt : share;
}

/// c times a share of an element, whose other factors c are all of its row. Null for any other
/// product.
llvm::Value* Emitter::share_of_row(ir::ExprId id, Scope& scope) {
  if (!scope.vectorised || scope.before == nullptr) return nullptr;
  const auto share = share_in(id, scope);
  if (!share) return nullptr;
  const bool is_weight = graph_.op(*share) == ir::Op::weight;
  const ir::ExprId weight = is_weight ? *share : graph_.operands(*share)[0];
  const ir::ExprId x = graph_.operands(weight)[0];
  const LogSum* sum = log_sum(graph_.operands(weight)[1], scope);
  // A sum that a table keeps along the loop is not of the row.
  if (sum == nullptr || sum->origin->getType()->isVectorTy()) return nullptr;
  const Simd& simd = scope.simd;
  if (scalar_.is_f32() && is_summed(x, graph_.operands(weight)[1])) {
    if (llvm::Value* c = unrounded_row(id, *share, scope)) {
      llvm::Value* below = simd.sub(number(x, scope), widened(sum->origin, scope));
      llvm::Value* e = emit_scaled_exp_at_most_zero(simd, below);
      return is_weight ? scaled_share(c, e, *sum, scope) : scaled_rest(c, *share, e, *sum, scope);
    }
  }
  if (!is_weight) return nullptr;
  SplitNumber factor;
  {
    Hoisting hoisting(builder_, scope.before);
    Scope outside(scope.outer, scope.axis, scalar_);
    outside.splits = scope.outer->splits;
    factor = factor_of_row(id, *share, outside);
    factor.significand = scalar_.mul(factor.significand, sum->reciprocal);
  }
  const Split e = split_exp(Real{&simd, simd.sub(number(x, scope), widened(sum->origin, scope))});
  const Real m = e.m * Real{&simd, widened(factor.significand, scope)};
  Real k = e.k + Real{&simd, widened(factor.exponent, scope)};
  const double range = scalar_.is_f32() ? 252 : 2040;
  if (!target_.simd.has_avx512) k = clamp(k, -range, range);
  return scale(m, k).value;
}

/// Of f32 data the product of all factors but one, which are of the row, in f64; null where f64 has
/// not got them, or they have powers that are not whole.
llvm::Value* Emitter::unrounded_row(ir::ExprId id, ir::ExprId without, Scope& scope) {
  Hoisting hoisting(builder_, scope.before);
  const Simd wide = scalar_.with_type(FloatType::f64);
  Scope outside(scope.outer, scope.axis, scalar_);
  Scope outside_in_f64(scope.outer, scope.axis, wide);
  llvm::Value* product = wide.constant(graph_.constant_of(id).to_double());
  std::vector<llvm::Value*> values;
  for (std::size_t i = 0; i < graph_.operands(id).size(); ++i) {
    const ir::ExprId operand = graph_.operands(id)[i];
    const auto power = graph_.factors(id)[i].to_long();
    if (!power) return nullptr;
    // What has left the range of f32 itself.
    const bool lost = operand != without && !dependence_.literal(operand) && holds_tail(operand) &&
                      extended(operand, outside) == nullptr;
    if (lost) return nullptr;
    values.push_back(operand == without ? wide.constant(1) : in_f64(operand, outside));
    if (operand == without) continue;
    llvm::Value* raised = whole_power(values.back(), std::abs(*power), wide);
    product = *power > 0 ? wide.mul(product, raised) : wide.div(product, raised);
  }
  Real c{&wide, zero_rule(id, product, values, outside_in_f64)};
  const Real most = c.constant(0x1p254);
  return select(c > most, most, select(c < -most, -most, c)).value;
}

/// c·w, with E = 2^127·e and C = c/S: E·(C·2^-127) where |C| > 2, else (E·2^-127)·C. Neither leaves
/// the range unless the product does.
llvm::Value* Emitter::scaled_share(llvm::Value* c, llvm::Value* e, const LogSum& sum,
                                   Scope& scope) {
  const Simd wide = scalar_.with_type(FloatType::f64);
  const double down = std::ldexp(1.0, -exponential_scale(scalar_));
  llvm::Value* first = nullptr;
  llvm::Value* second = nullptr;
  {
    Hoisting hoisting(builder_, scope.before);
    const Real all = Real{&wide, c} * Real{&wide, sum.unrounded_reciprocal};
    const Mask large = abs(all) > 2.0;
    first = scalar_.from_float(select(large, all.constant(1), all.constant(down)).value);
    second = scalar_.from_float(select(large, down * all, all).value);
  }
  const Simd& simd = scope.simd;
  return simd.mul(simd.mul(e, widened(first, scope)), widened(second, scope));
}

/// c·(1 − w) or c·log w, which is small only where e is 1: there c·T/(1 + T) or −c·log(1 + T),
/// a number of the row.
llvm::Value* Emitter::scaled_rest(llvm::Value* c, ir::ExprId rest, llvm::Value* e,
                                  const LogSum& sum, Scope& scope) {
  const Simd wide = scalar_.with_type(FloatType::f64);
  const bool negative = graph_.op(rest) == ir::Op::call || graph_.constant_of(rest).is(-1);
  llvm::Value* factor = nullptr;
  llvm::Value* there = nullptr;
  {
    Hoisting hoisting(builder_, scope.before);
    llvm::Value* least = graph_.op(rest) == ir::Op::call
                             ? sum.unrounded_log_total
                             : wide.mul(sum.unrounded_rest, sum.unrounded_reciprocal);
    there = scalar_.from_float(wide.mul(negative ? wide.neg(c) : c, least));
    factor = scalar_.from_float(c);
  }
  const Simd& simd = scope.simd;
  const double one = std::ldexp(1.0, exponential_scale(scalar_));
  llvm::Value* elsewhere = simd.mul(rest_by(rest, e, sum, scope), widened(factor, scope));
  return simd.select(simd.compare_eq(e, simd.constant(one)), widened(there, scope), elsewhere);
}

/// 1 − w, w − 1 or log w of a scaled exponential.
llvm::Value* Emitter::rest_by(ir::ExprId rest, llvm::Value* e, const LogSum& sum, Scope& scope) {
  const Simd& simd = scope.simd;
  if (graph_.op(rest) == ir::Op::call) return number(rest, scope);
  const double down = std::ldexp(1.0, -exponential_scale(scalar_));
  llvm::Value* below = simd.fma(e, simd.constant(down), simd.constant(-1));
  llvm::Value* complement =
      simd.mul(simd.sub(widened(sum.rest, scope), below), widened(sum.reciprocal, scope));
  return graph_.constant_of(rest).is(-1) ? simd.neg(complement) : complement;
}

/// The product without one of its factors, which is no more than 1. An infinite one is 2^k·m with
/// such k and m that what it multiplies is infinite, unless that is 0: that is at most e^−350 (f32)
/// or e^−1490, as split_exp has it, and 0 as well where a finite one multiplies it.
SplitNumber Emitter::factor_of_row(ir::ExprId id, ir::ExprId without, Scope& row) {
  std::vector<Factor> factors;
  std::vector<llvm::Value*> values;
  for (std::size_t i = 0; i < graph_.operands(id).size(); ++i) {
    const ir::ExprId operand = graph_.operands(id)[i];
    const bool other = operand != without;
    if (other) append_factor(factors, operand, graph_.factors(id)[i], row);
    if (other && sums_tails(operand)) split_sum(operand, row);
    values.push_back(other ? number(operand, row) : row.simd.constant(1));
  }
  SplitNumber product = split_product(factors, graph_.constant_of(id).to_double(), row);
  const Simd& simd = row.simd;
  const double most = simd.is_f32() ? 300 : 1040;
  // What has underflowed is no exact zero, see emit_mul.
  const Real plain{&simd, product.significand};
  const Real ruled{&simd, zero_rule(id, plain.value, values, row)};
  const Real m = ruled.value == plain.value ? plain : select(abs(plain) < infinity, plain, ruled);
  product.significand = clamp(m, -0x1p16, 0x1p16).value;
  product.exponent = clamp(Real{&simd, product.exponent}, -most, most).value;
  return product;
}

}  // namespace lossc::codegen
