// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// softplus(u) and sigmoid(±u) of u = R − x, R = lse: the loss of a class x against others and its
// share. With R = m + log(1 + T), d = m − x and E = exp(−|d|), eᵘ = (1 + T)·exp(d), so
//   d ≤ 0:  A = (1 + T)·E:  softplus = log1p(A),          sigmoid(u) = A/(1 + A),
//                                                         sigmoid(−u) = 1/(1 + A)
//   d > 0:  A = T + E:      softplus = d + log1p(A),      sigmoid(u) = (1 + T)/(1 + A),
//                                                         sigmoid(−u) = E/(1 + A)
// One exponential and one logarithm instead of two of each, and one rounding of u less, which near
// a zero of a second derivative is what its error is made of.
//
// Of a row of f32 data they are f64 numbers (extended.cpp): few per row, they are shorter so than
// the parts of a pair, and neither their tails nor their powers leave the range.

#include <algorithm>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/bounded.h"
#include "compiler/codegen/kernels/log_parts.h"
#include "compiler/ir/builtins.h"

namespace lossc::codegen {

/// R and x where the node is R − x or x − R, perhaps with −inf instead where x is −inf.
std::optional<Emitter::OddsOf> Emitter::odds_of(ir::ExprId id, Scope& scope) {
  using ir::Op;
  OddsOf odds;
  bool negated = false;
  if (graph_.op(id) == Op::mul && graph_.operands(id).size() == 1 && graph_.factors(id)[0].is(1) &&
      graph_.constant_of(id).is(-1)) {
    negated = true;
    id = graph_.operands(id)[0];
  }
  ir::ExprId masked;
  if (graph_.op(id) == Op::select && !graph_.is_bool(id)) {
    const ir::ExprId condition = graph_.operands(id)[0];
    const ir::ExprId lowest = graph_.operands(id)[1];
    const bool is_lowest = graph_.op(lowest) == Op::constant &&
                           graph_.constant_of(lowest) == ir::Number::infinity(true);
    if (!is_lowest || graph_.op(condition) != Op::compare ||
        graph_.relation(condition) != ir::Relation::equal) {
      return std::nullopt;
    }
    const auto sides = graph_.operands(condition);
    if (sides[0] != lowest && sides[1] != lowest) return std::nullopt;
    masked = sides[0] == lowest ? sides[1] : sides[0];
    id = graph_.operands(id)[2];
  }
  const auto terms = graph_.operands(id);
  if (graph_.op(id) != Op::add || terms.size() != 2 || !graph_.constant_of(id).is(0)) {
    return std::nullopt;
  }
  const std::size_t place = log_sum(terms[0], scope) != nullptr ? 0 : 1;
  odds.reduced = terms[place];
  odds.x = terms[1 - place];
  const bool above = graph_.factors(id)[place].is(1);
  const bool opposed =
      above ? graph_.factors(id)[1 - place].is(-1)
            : graph_.factors(id)[place].is(-1) && graph_.factors(id)[1 - place].is(1);
  if (!opposed || log_sum(odds.reduced, scope) == nullptr || log_sum(odds.x, scope) != nullptr) {
    return std::nullopt;
  }
  // Masked, the node is −inf: that is x − R, and R − x only as its negative.
  if (masked.valid() && (masked != odds.x || above)) return std::nullopt;
  odds.positive = above != negated;
  return odds;
}

const Odds& Emitter::odds(const OddsOf& of, Scope& scope) {
  Odds& odds = scope.odds[{of.reduced.index, of.x.index}];
  if (odds.distance != nullptr) return odds;
  const Simd& simd = scope.simd;
  const LogSum& sum = *log_sum(of.reduced, scope);
  llvm::Value* x = number(of.x, scope);
  llvm::Value* one = simd.constant(1);
  llvm::Value* zero = simd.constant(0);
  llvm::Value* lowest = simd.compare_eq(x, simd.neg(simd.infinity()));
  llvm::Value* d = simd.sub(widened(sum.maximum, scope), x);
  odds.distance = simd.select(lowest, simd.infinity(), d);
  odds.total = simd.add(one, widened(sum.rest, scope));
  llvm::Value* e = emit_exp_at_most_zero(simd, simd.neg(simd.abs(odds.distance)));
  odds.exponential = e;
  odds.ahead = simd.compare_le(odds.distance, zero);
  odds.rest =
      simd.select(odds.ahead, simd.mul(odds.total, e), simd.add(widened(sum.rest, scope), e));
  odds.above = simd.select(odds.ahead, odds.rest, odds.total);
  odds.below = simd.select(odds.ahead, one, e);
  return odds;
}

/// Null if the call has no such argument.
llvm::Value* Emitter::call_of_odds(ir::ExprId id, Scope& scope) {
  const ir::Builtin builtin = graph_.builtin(id);
  const bool softplus = builtin == ir::Builtin::softplus;
  const bool power = builtin == ir::Builtin::sigmoid_power;
  if (!softplus && !power && builtin != ir::Builtin::sigmoid) return nullptr;
  const auto of = odds_of(graph_.operands(id)[0], scope);
  if (!of || (softplus && !of->positive)) return nullptr;
  if (scalar_.is_f32() && !scope.vectorised) {
    llvm::Value* wide = call_of_odds_in_f64(id, *of, scope);
    scope.extended[id.index] = wide;
    return scope.simd.from_float(wide);
  }
  const Odds& parts = odds(*of, scope);
  const Simd& simd = scope.simd;
  if (power) return power_of_odds(id, *of, parts, scope);
  if (!softplus) {
    return simd.div(of->positive ? parts.above : parts.below,
                    simd.add(simd.constant(1), parts.rest));
  }
  llvm::Value* distance = simd.select(parts.ahead, simd.constant(0), parts.distance);
  // Only where second derivatives cancel is its last digit of matter.
  const bool twice = std::ranges::any_of(function_.outputs, [](const ir::Output& output) {
    return output.kind == ir::OutputKind::hessian || output.kind == ir::OutputKind::hessian_product;
  });
  if (twice) return softplus_in_pairs(*of, parts, distance, scope);
  return simd.add(distance, emit_log1p_at_least_zero(simd, parts.rest));
}

/// softplus(u), sigmoid(±u), or sigmoid(±u)^y as exp(y·log sigmoid(±u)), of a row of f32 data. With
/// d > 0 log sigmoid(u) is −log1p(E/(1 + T)), else u − softplus(u), and log sigmoid(−u) is
/// −softplus(u).
llvm::Value* Emitter::call_of_odds_in_f64(ir::ExprId id, const OddsOf& of, Scope& scope) {
  const Simd simd = scope.simd.with_type(FloatType::f64);
  const LogSum& sum = *log_sum(of.reduced, scope);
  llvm::Value* x = scope.simd.to_f64(number(of.x, scope));
  const Real zero{&simd, simd.constant(0)};
  const Real t{&simd, sum.unrounded_rest};
  const Mask lowest = Real{&simd, x} == -infinity;
  const Real d = select(lowest, zero.constant(infinity),
                        Real{&simd, simd.sub(scope.simd.to_f64(sum.maximum), x)});
  const Mask ahead = d <= 0.0;
  const Real e{&simd, emit_short_exp(simd, (-abs(d)).value)};
  const Real total = 1.0 + t;
  const Real rest = select(ahead, total * e, t + e);
  const auto log1p = [&](Real a) { return Real{&simd, emit_short_log1p(simd, a.value)}; };
  const auto softplus = [&] { return select(ahead, zero, d) + log1p(rest); };
  const ir::Builtin builtin = graph_.builtin(id);
  if (builtin == ir::Builtin::softplus) return softplus().value;
  if (builtin == ir::Builtin::sigmoid) {
    const Real part = of.positive ? select(ahead, rest, total) : select(ahead, zero + 1.0, e);
    return (part / (1.0 + rest)).value;
  }
  Real log = zero;
  if (of.positive) {
    const Real near = d + Real{&simd, sum.unrounded_log_total};
    const Real over = e * Real{&simd, sum.unrounded_reciprocal};
    log = select(ahead, near, zero) - log1p(select(ahead, rest, over));
  } else {
    log = -softplus();
  }
  const Real y{&simd, in_f64(graph_.operands(id)[1], scope)};
  const Real power{&simd, emit_short_exp(simd, (y * log).value)};
  return select(y == 0.0, power.constant(1.0), power).value;
}

/// softplus(u) or sigmoid(u) of another number u of a row of f32 data, in f64 as well; null of
/// anything else.
llvm::Value* Emitter::tail_in_f64(ir::ExprId id, Scope& scope) {
  const ir::Builtin builtin = graph_.builtin(id);
  const bool softplus = builtin == ir::Builtin::softplus;
  if (!softplus && builtin != ir::Builtin::sigmoid) return nullptr;
  if (!scalar_.is_f32() || scope.vectorised || schedule_.batch().vectorised) return nullptr;
  const Simd simd = scope.simd.with_type(FloatType::f64);
  const Real u{&simd, in_f64(graph_.operands(id)[0], scope)};
  const Real e{&simd, emit_short_exp(simd, (-abs(u)).value)};
  if (softplus) return (greater(0.0, u) + Real{&simd, emit_short_log1p(simd, e.value)}).value;
  return (select(u < 0.0, e, e.constant(1.0)) / (1.0 + e)).value;
}

/// sigmoid(u)^y with what rounding u has cost: its logarithm has the slope y·sigmoid(−u).
llvm::Value* Emitter::power_of_odds(ir::ExprId id, const OddsOf& of, const Odds& parts,
                                    Scope& scope) {
  const Simd& simd = scope.simd;
  llvm::Value* arguments[] = {number(graph_.operands(id)[0], scope),
                              number(graph_.operands(id)[1], scope)};
  llvm::Value* rounded = kernel("sigmoid_power", arguments, simd);
  const auto [u, lost] =
      simd.two_sum(parts.distance, widened(log_sum(of.reduced, scope)->log_total, scope));
  llvm::Value* share =
      simd.div(of.positive ? parts.below : parts.above, simd.add(simd.constant(1), parts.rest));
  llvm::Value* slope = simd.mul(arguments[1], share);
  llvm::Value* change = simd.mul(slope, of.positive ? lost : simd.neg(lost));
  llvm::Value* small = simd.compare_lt(simd.abs(change), simd.constant(0x1p-6));
  return simd.select(small, simd.fma(rounded, change, rounded), rounded);
}

/// A and its logarithm as pairs: there is one rounding after those of T and E.
llvm::Value* Emitter::softplus_in_pairs(const OddsOf& of, const Odds& parts, llvm::Value* distance,
                                        Scope& scope) {
  const Simd& simd = scope.simd;
  const Real one{&simd, simd.constant(1)};
  const Real t{&simd, widened(log_sum(of.reduced, scope)->rest, scope)};
  const Real e{&simd, parts.exponential};
  const Mask ahead{&simd, parts.ahead};
  const DoubleWord total = two_sum(one, t);
  const DoubleWord product = total * e;
  const DoubleWord sum = two_sum(t, e);
  const DoubleWord rest{select(ahead, product.high, sum.high), select(ahead, product.low, sum.low)};
  const DoubleWord log = log1p_sum(rest);
  const DoubleWord result = two_sum(Real{&simd, distance}, log.high);
  const Real pair = result.high + (result.low + log.low);
  const Real single = Real{&simd, distance} + rest.high;
  // What is beyond the range, and what is its own logarithm.
  return select((result.high < infinity) & (rest.high > t.constant(0x1p-100, 0x1p-1000)), pair,
                single)
      .value;
}

/// Of a call that call_of_odds has emitted: eᵘ, or e^−u.
bool Emitter::add_tail_of_odds(Factor& factor, ir::ExprId id, Scope& scope) {
  Scope& at = home(id, scope);
  const auto of = odds_of(graph_.operands(id)[0], at);
  const auto known = of ? at.odds.find({of->reduced.index, of->x.index}) : at.odds.end();
  if (known == at.odds.end()) return false;
  const auto here = [&](llvm::Value* x) { return &at == &scope ? x : widened(x, scope); };
  const Simd& simd = scope.simd;
  factor.tail_of = here(known->second.distance);
  factor.tail_scale = here(known->second.total);
  if (!of->positive) {
    factor.tail_of = simd.neg(factor.tail_of);
    factor.tail_scale = simd.div(simd.constant(1), factor.tail_scale);
  }
  return true;
}

}  // namespace lossc::codegen
