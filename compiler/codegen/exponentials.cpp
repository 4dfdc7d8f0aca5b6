// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// R = lse(x) and its partner weight(x, R) = exp(x − R). With m the maximum and Σ exp(x − m) = 1 +
// T, where T leaves one maximal term out:
//   x − R      = (x − m) − log1p(T)
//   weight     = e / (1 + T),            e = exp(x − m)
//   log weight = (x − m) − log1p(T)
//   1 − weight = (T − (e − 1)) / (1 + T)
// Nothing cancels in any of them, since x ≤ m; R itself has rounded m and log1p(T) together.

#include <algorithm>
#include <cmath>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/bounded.h"
#include "compiler/codegen/kernels/kernels.h"
#include "compiler/ir/builtins.h"

namespace lossc::codegen {

const LogSum* Emitter::log_sum(ir::ExprId id, Scope& scope) {
  if (graph_.op(id) != ir::Op::reduce || graph_.reduce_op(id) != ir::ReduceOp::lse) return nullptr;
  auto& sums = home(id, scope).log_sums;
  auto found = sums.find(id.index);
  return found == sums.end() ? nullptr : &found->second;
}

// Of f32 data all in f64, where the logarithm is shorter, and then rounded.
LogSum Emitter::made_log_sum(llvm::Value* maximum, llvm::Value* wide_rest, llvm::Value*& result) {
  const Simd simd = scalar_;
  const Simd wide = simd.with_type(FloatType::f64);
  LogSum sum;
  sum.maximum = maximum;
  llvm::Value* lowest = simd.compare_eq(maximum, simd.neg(simd.infinity()));
  sum.origin = simd.select(lowest, simd.constant(0), maximum);
  // 0, or NaN where the sum is.
  llvm::Value* infinite = simd.compare_eq(simd.abs(maximum), simd.infinity());
  llvm::Value* scaled = wide.select(infinite, wide.sub(wide_rest, wide_rest), wide_rest);
  sum.scaled_rest = simd.from_float(scaled);
  const double down = std::ldexp(1.0, -exponential_scale(simd));
  sum.unrounded_rest = wide.mul(scaled, wide.constant(down));
  llvm::Value* total = wide.add(wide.constant(1), sum.unrounded_rest);
  sum.unrounded_reciprocal = wide.div(wide.constant(1), total);
  sum.unrounded_log_total = simd.is_f32() ? emit_short_log1p(wide, sum.unrounded_rest)
                                          : emit_log1p_at_least_zero(wide, sum.unrounded_rest);
  sum.rest = simd.from_float(sum.unrounded_rest);
  sum.reciprocal = simd.from_float(sum.unrounded_reciprocal);
  sum.log_total = simd.from_float(sum.unrounded_log_total);
  result = simd.add(maximum, sum.log_total);
  return sum;
}

void Emitter::restore(LogSum& sum, const Simd& simd) {
  const Simd wide = simd.with_type(FloatType::f64);
  const double down = std::ldexp(1.0, -exponential_scale(simd));
  llvm::Value* rest = simd.to_f64(sum.rest);
  llvm::Value* small = wide.compare_lt(rest, wide.constant(smallest_plain));
  llvm::Value* scaled = wide.mul(simd.to_f64(sum.scaled_rest), wide.constant(down));
  sum.unrounded_rest = wide.select(small, scaled, rest);
  sum.unrounded_reciprocal = simd.to_f64(sum.reciprocal);
  sum.unrounded_log_total = wide.select(small, scaled, simd.to_f64(sum.log_total));
}

/// Whether x is one of the numbers of which R is the sum, an element of the same array.
bool Emitter::is_summed(ir::ExprId x, ir::ExprId reduced) const {
  const ir::ExprId body = graph_.operands(reduced)[0];
  if (x == body) return true;
  const bool loads = graph_.op(x) == ir::Op::load && graph_.op(body) == ir::Op::load;
  if (!loads || graph_.array(x) != graph_.array(body)) return false;
  const auto runs = [&](ir::ExprId subscript) {
    return graph_.op(subscript) == ir::Op::index && graph_.axis(subscript) == graph_.axis(reduced);
  };
  for (std::size_t i = 0; i < graph_.operands(body).size(); ++i) {
    const ir::ExprId subscript = graph_.operands(body)[i];
    if (!runs(subscript) && subscript != graph_.operands(x)[i]) return false;
  }
  return true;
}

// e of a weight. What is summed in R is at most the maximum; x may be something else.
llvm::Value* Emitter::relative_exponential(ir::ExprId weight, const LogSum& sum, Scope& scope) {
  Simd simd = scope.simd;
  const ir::ExprId x = graph_.operands(weight)[0];
  llvm::Value* shifted = simd.sub(number(x, scope), widened(sum.origin, scope));
  return is_summed(x, graph_.operands(weight)[1]) ? emit_exp_at_most_zero(simd, shifted)
                                                  : emit_exp(simd, shifted);
}

llvm::Value* Emitter::complement_of(ir::ExprId weight, const LogSum& sum, Scope& scope,
                                    llvm::Value** unrounded) {
  const Simd& simd = scope.simd;
  llvm::Value* below = simd.sub(relative_exponential(weight, sum, scope), simd.constant(1));
  if (scope.vectorised || !simd.is_f32()) {
    llvm::Value* above = simd.sub(widened(sum.rest, scope), below);
    return simd.mul(above, widened(sum.reciprocal, scope));
  }
  const Simd wide = scalar_.with_type(FloatType::f64);
  llvm::Value* above = wide.sub(sum.unrounded_rest, simd.to_f64(below));
  llvm::Value* result = wide.mul(above, sum.unrounded_reciprocal);
  if (unrounded != nullptr) *unrounded = result;
  return simd.from_float(result);
}

// log w = (x − m) − log1p(T); −∞ − m is −∞ also where all x are −∞.
llvm::Value* Emitter::log_of_weight(ir::ExprId log, Scope& scope) {
  const ir::ExprId weight = graph_.operands(log)[0];
  if (graph_.op(weight) != ir::Op::weight) return nullptr;
  const LogSum* sum = log_sum(graph_.operands(weight)[1], scope);
  if (sum == nullptr) return nullptr;
  const Simd& simd = scope.simd;
  llvm::Value* x = number(graph_.operands(weight)[0], scope);
  if (scope.vectorised || !simd.is_f32()) {
    llvm::Value* below = simd.sub(x, widened(sum->origin, scope));
    return simd.sub(below, widened(sum->log_total, scope));
  }
  const Simd wide = scalar_.with_type(FloatType::f64);
  llvm::Value* below = wide.sub(simd.to_f64(x), simd.to_f64(sum->origin));
  llvm::Value* result = wide.sub(below, sum->unrounded_log_total);
  scope.extended[log.index] = result;
  return simd.from_float(result);
}

/// Whether the node is log w, 1 − w or w − 1.
bool Emitter::is_rest(ir::ExprId id) const {
  if (graph_.op(id) == ir::Op::call) {
    return graph_.builtin(id) == ir::Builtin::log &&
           graph_.op(graph_.operands(id)[0]) == ir::Op::weight;
  }
  if (graph_.op(id) != ir::Op::add || graph_.operands(id).size() != 1) return false;
  const ir::Number& constant = graph_.constant_of(id);
  return graph_.op(graph_.operands(id)[0]) == ir::Op::weight &&
         (constant.is(1) || constant.is(-1)) && (constant + graph_.factors(id)[0]).is(0);
}

llvm::Value* Emitter::rest_of(ir::ExprId id, Scope& scope) {
  if (!is_rest(id)) return nullptr;
  const LogSum* sum = log_sum(graph_.operands(graph_.operands(id)[0])[1], scope);
  if (sum == nullptr) return nullptr;
  llvm::Value* rest = widened(sum->scaled_rest, scope);
  const bool negative = graph_.op(id) == ir::Op::call || graph_.constant_of(id).is(-1);
  return negative ? scope.simd.neg(rest) : rest;
}

Value Emitter::emit_weight(ir::ExprId id, Scope& scope) {
  Simd simd = scope.simd;
  ir::ExprId reduced = graph_.operands(id)[1];
  if (const LogSum* sum = log_sum(reduced, scope)) {
    llvm::Value* exponential = relative_exponential(id, *sum, scope);
    return {simd.mul(exponential, widened(sum->reciprocal, scope)), Sort::number};
  }
  llvm::Value* x = number(graph_.operands(id)[0], scope);
  llvm::Value* masked = simd.compare_eq(x, simd.neg(simd.infinity()));
  llvm::Value* value = emit_exp(simd, simd.sub(x, number(reduced, scope)));
  return {simd.select(masked, simd.constant(0), value), Sort::number};
}

// c·R − c·x as c·((m − x) + log1p(T)), for each R that has such an x; −inf − R is −inf, whatever R.
llvm::Value* Emitter::log_sum_terms(std::vector<Term>& terms, Scope& scope) {
  const Simd& simd = scope.simd;
  llvm::Value* total = nullptr;
  for (std::size_t i = 0; i < terms.size();) {
    const LogSum* sum = log_sum(terms[i].id, scope);
    auto partner = std::ranges::find_if(terms, [&](const Term& term) {
      return term.coefficient == -terms[i].coefficient && log_sum(term.id, scope) == nullptr;
    });
    if (sum == nullptr || partner == terms.end()) {
      ++i;
      continue;
    }
    llvm::Value* x = number(partner->id, scope);
    llvm::Value* lowest = simd.compare_eq(x, simd.neg(simd.infinity()));
    llvm::Value* distance =
        simd.select(lowest, simd.infinity(), simd.sub(widened(sum->maximum, scope), x));
    llvm::Value* difference = simd.add(distance, widened(sum->log_total, scope));
    double c = terms[i].coefficient;
    total = total == nullptr ? simd.mul(simd.constant(c), difference)
                             : simd.fma(simd.constant(c), difference, total);
    auto offset = static_cast<std::size_t>(partner - terms.begin());
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(std::max(i, offset)));
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(std::min(i, offset)));
    i = 0;
  }
  return total;
}

// c·w − c as −c·(1 − w), and c·w − [g]c as [g] −c·(1 − w), [¬g] c·w.
llvm::Value* Emitter::complements(ir::ExprId sum_id, std::vector<Term>& terms, double& constant,
                                  Scope& scope) {
  Simd simd = scope.simd;
  llvm::Value* total = nullptr;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    ir::ExprId weight = terms[i].id;
    double c = terms[i].coefficient;
    if (graph_.op(weight) != ir::Op::weight) continue;
    const LogSum* sum = log_sum(graph_.operands(weight)[1], scope);
    if (sum == nullptr) continue;
    auto guard = std::ranges::find_if(terms, [&](const Term& term) {
      if (graph_.op(term.id) != ir::Op::select) return false;
      auto operands = graph_.operands(term.id);
      return dependence_.literal(operands[1]) && graph_.is_constant(operands[2], 0) &&
             literal(operands[1]) * term.coefficient == -c;
    });
    if (constant != -c && guard == terms.end()) continue;
    llvm::Value* unrounded = nullptr;
    llvm::Value* complement = complement_of(weight, *sum, scope, &unrounded);
    llvm::Value* value = simd.mul(simd.constant(-c), complement);
    std::size_t first = i;
    if (unrounded != nullptr && is_rest(sum_id)) {
      const Simd wide = scalar_.with_type(FloatType::f64);
      scope.extended[sum_id.index] = wide.mul(wide.constant(-c), unrounded);
    }
    if (constant == -c) {
      constant = 0;
    } else {
      llvm::Value* plain = simd.mul(simd.constant(c), number(weight, scope));
      value = simd.select(boolean(graph_.operands(guard->id)[0], scope), value, plain);
      auto offset = static_cast<std::size_t>(guard - terms.begin());
      terms.erase(guard);
      if (offset < i) --first;
    }
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(first));
    total = total == nullptr ? value : simd.add(total, value);
    i = static_cast<std::size_t>(-1);  // again from the start
  }
  return total;
}

}  // namespace lossc::codegen
