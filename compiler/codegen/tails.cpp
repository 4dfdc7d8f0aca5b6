// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tails: softplus(u), sigmoid(u) and a softmax fall off as eᵘ, into the subnormal numbers and to 0,
// where a product with something large is an ordinary number. There they are split as eᵘ is.

#include <algorithm>

#include "compiler/codegen/emitter.h"
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
  if (graph_.op(id) == ir::Op::weight) return true;
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
    if (yes.tail_scale == no.tail_scale) return;
    const auto scale = [&](const Factor& branch) {
      return branch.tail_scale == nullptr ? simd.constant(1) : branch.tail_scale;
    };
    factor.tail_scale = simd.select(condition, scale(yes), scale(no));
    return;
  }
  factor.tail_of = simd.constant(0);
  if (!is_plain_tail(id)) return;
  factor.tail_of = number(graph_.operands(id)[0], scope);
  if (graph_.op(id) != ir::Op::weight) return;
  const ir::ExprId reduced = graph_.operands(id)[1];
  const LogSum* sum = log_sum(reduced, scope);
  llvm::Value* origin = sum != nullptr ? widened(sum->origin, scope) : number(reduced, scope);
  factor.tail_of = simd.sub(factor.tail_of, origin);
  if (sum != nullptr) factor.tail_scale = widened(sum->reciprocal, scope);
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
