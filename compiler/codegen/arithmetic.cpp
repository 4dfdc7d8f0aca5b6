// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums with coefficients; products are in products.cpp.

#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

Value Emitter::emit_integer_add(ir::ExprId id, Scope& scope) {
  const Simd& simd = scope.simd;
  long constant = graph_.constant_of(id).to_long().value_or(0);
  llvm::Value* sum = simd.int_constant(constant);
  auto operands = graph_.operands(id);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    long factor = graph_.factors(id)[i].to_long().value_or(0);
    llvm::Value* term = integer(operands[i], scope);
    sum = factor == -1 ? simd.int_sub(sum, term)
                       : simd.int_add(sum, simd.int_mul(term, simd.int_constant(factor)));
  }
  return {sum, Sort::integer};
}

Value Emitter::emit_add(ir::ExprId id, Scope& scope) {
  auto operands = graph_.operands(id);
  std::vector<Term> terms;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    terms.push_back({operands[i], graph_.factors(id)[i].to_double()});
  }
  double constant = graph_.constant_of(id).to_double();
  // Both take out of `terms` what they account for.
  llvm::Value* sum = complements(id, terms, constant, scope);
  llvm::Value* logarithms = log_sum_terms(terms, scope);
  if (logarithms != nullptr) sum = sum == nullptr ? logarithms : scope.simd.add(sum, logarithms);
  if (constant != 0) {
    llvm::Value* value = scope.simd.constant(constant);
    sum = sum == nullptr ? value : scope.simd.add(sum, value);
  }
  return {sum_of(terms, sum, scope), Sort::number};
}

llvm::Value* Emitter::sum_of(const std::vector<Term>& terms, llvm::Value* start, Scope& scope) {
  const Simd& simd = scope.simd;
  llvm::Value* sum = start;
  for (Term term : terms) {
    llvm::Value* x = scaled_term(term, scope);
    if (x != nullptr) term.coefficient = 1;
    if (x == nullptr) x = number(term.id, scope);
    if (sum == nullptr) {
      sum = term.coefficient == 1    ? x
            : term.coefficient == -1 ? simd.neg(x)
                                     : simd.mul(simd.constant(term.coefficient), x);
    } else if (term.coefficient == 1) {
      sum = simd.add(sum, x);
    } else if (term.coefficient == -1) {
      sum = simd.sub(sum, x);
    } else {
      sum = simd.fma(simd.constant(term.coefficient), x, sum);
    }
  }
  return sum == nullptr ? simd.constant(0) : sum;
}

}  // namespace lossc::codegen
