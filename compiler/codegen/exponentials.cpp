// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// R = lse(x) and its partner weight(x, R) = exp(x − R). With m the maximum and Σ exp(x − m) = 1 +
// T, where T leaves one maximal term out:
//   x − R      = (x − m) − log1p(T)
//   weight     = e / (1 + T),            e = exp(x − m)
//   1 − weight = (T − (e − 1)) / (1 + T)
// Nothing cancels in any of them, since x ≤ m; R itself has rounded m and log1p(T) together.

#include <algorithm>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/bounded.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

const LogSum* Emitter::log_sum(ir::ExprId id, Scope& scope) {
  if (graph_.op(id) != ir::Op::reduce || graph_.reduce_op(id) != ir::ReduceOp::lse) return nullptr;
  auto& sums = home(id, scope).log_sums;
  auto found = sums.find(id.index);
  return found == sums.end() ? nullptr : &found->second;
}

LogSum Emitter::made_log_sum(llvm::Value* maximum, llvm::Value* rest, llvm::Value*& result) {
  Simd simd = scalar_;
  LogSum sum;
  sum.maximum = maximum;
  llvm::Value* lowest = simd.compare_eq(maximum, simd.neg(simd.infinity()));
  sum.origin = simd.select(lowest, simd.constant(0), maximum);
  llvm::Value* infinite = simd.compare_eq(simd.abs(maximum), simd.infinity());
  // 0, or NaN where the sum is.
  sum.rest = simd.select(infinite, simd.sub(rest, rest), rest);
  sum.reciprocal = simd.div(simd.constant(1), simd.add(simd.constant(1), sum.rest));
  sum.log_total = emit_log1p_at_least_zero(simd, sum.rest);
  result = simd.add(maximum, sum.log_total);
  return sum;
}

// e of a weight. What is summed in R is at most the maximum; x may be something else.
llvm::Value* Emitter::relative_exponential(ir::ExprId weight, const LogSum& sum, Scope& scope) {
  Simd simd = scope.simd;
  const ir::ExprId x = graph_.operands(weight)[0];
  llvm::Value* shifted = simd.sub(number(x, scope), widened(sum.origin, scope));
  const bool summed = x == graph_.operands(graph_.operands(weight)[1])[0];
  return summed ? emit_exp_at_most_zero(simd, shifted) : emit_exp(simd, shifted);
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
llvm::Value* Emitter::complements(std::vector<Term>& terms, double& constant, Scope& scope) {
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
    llvm::Value* e = relative_exponential(weight, *sum, scope);
    llvm::Value* below = simd.sub(e, simd.constant(1));
    llvm::Value* complement =
        simd.mul(simd.sub(widened(sum->rest, scope), below), widened(sum->reciprocal, scope));
    llvm::Value* value = simd.mul(simd.constant(-c), complement);
    std::size_t first = i;
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
