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

/// The parts of a tail where it is one: below −40, where softplus and sigmoid are eᵘ in f64.
SplitNumber Emitter::split_tail(const Factor& factor, const SplitNumber& near, Scope& scope) {
  const Real u{&scope.simd, factor.tail_of};
  Split far = split_exp(u);
  if (factor.tail_scale != nullptr) {
    const Split scaled = split(far.m * Real{&scope.simd, factor.tail_scale});
    far = {scaled.m, far.k + scaled.k};
  }
  const Mask falls = u < -40.0;
  const Real m = select(falls, far.m, Real{&scope.simd, near.significand});
  const Real k = select(falls, far.k, Real{&scope.simd, near.exponent});
  return {m.value, k.value};
}

/// S·w_k of a softmax along a loop and of what does not vary in it: e·A·B of the exponential scaled
/// by 2^scale, with A = S·2^-scale and B = 1 where |S| > 2, else A = S and B = 2^-scale. Neither
/// leaves the range unless the product does. Null of other products.
llvm::Value* Emitter::weighted_product(ir::ExprId id, Scope& scope) {
  if (!scope.vectorised || scope.before == nullptr) return nullptr;
  const auto operands = graph_.operands(id);
  ir::ExprId weight;
  std::size_t large = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const auto exponent = graph_.factors(id)[i].to_long();
    if (!exponent || *exponent < 1) return nullptr;
    if (dependence_.literal(operands[i]) || home(operands[i], scope).vectorised) {
      const bool is_weight = graph_.op(operands[i]) == ir::Op::weight && *exponent == 1;
      if (!is_weight || weight.valid()) return nullptr;
      weight = operands[i];
    } else if (!ranges_[operands[i]].within(-1, 1)) {
      large += static_cast<std::size_t>(*exponent);
    }
  }
  const LogSum* sum = weight.valid() ? log_sum(graph_.operands(weight)[1], scope) : nullptr;
  if (sum == nullptr || large > 1) return nullptr;
  const ir::ExprId x = graph_.operands(weight)[0];
  if (!is_summed(x, graph_.operands(weight)[1])) return nullptr;
  llvm::Value* up = nullptr;
  llvm::Value* down = nullptr;
  {
    Hoisting hoisting(builder_, scope.before);
    const Simd wide = scalar_.with_type(FloatType::f64);
    llvm::Value* size =
        wide.mul(wide.constant(graph_.constant_of(id).to_double()), sum->unrounded_reciprocal);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (operands[i] == weight) continue;
      Scope& at = home(operands[i], scope);
      llvm::Value* factor = in_f64(operands[i], at);
      size = wide.mul(size, whole_power(factor, *graph_.factors(id)[i].to_long(), wide));
    }
    const double scale = std::ldexp(1.0, -exponential_scale(scalar_));
    llvm::Value* is_large = wide.compare_gt(wide.abs(size), wide.constant(2));
    llvm::Value* smaller = wide.mul(size, wide.constant(scale));
    up = scalar_.from_float(wide.select(is_large, smaller, size));
    down = scalar_.from_float(wide.select(is_large, wide.constant(1), wide.constant(scale)));
  }
  const Simd& simd = scope.simd;
  llvm::Value* below = simd.sub(number(x, scope), widened(sum->origin, scope));
  llvm::Value* exponential = emit_scaled_exp_at_most_zero(simd, below);
  return simd.mul(simd.mul(exponential, widened(down, scope)), widened(up, scope));
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

}  // namespace lossc::codegen
