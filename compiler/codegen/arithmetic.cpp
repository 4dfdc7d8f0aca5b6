// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums with coefficients and products of powers.

#include <algorithm>
#include <cmath>

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
  llvm::Value* sum = complements(terms, constant, scope);
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
  for (const Term& term : terms) {
    llvm::Value* x = number(term.id, scope);
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

llvm::Value* Emitter::whole_power(llvm::Value* base, long exponent, const Simd& simd) {
  llvm::Value* result = nullptr;
  for (llvm::Value* square = base; exponent > 0; exponent /= 2) {
    if (exponent % 2 != 0) result = result == nullptr ? square : simd.mul(result, square);
    if (exponent > 1) square = simd.mul(square, square);
  }
  return result;
}

// base^exponent for exponent > 0: by multiplication and square roots where that is as accurate,
// else by the power function.
llvm::Value* Emitter::power(llvm::Value* base, const ir::Number& exponent, Scope& scope) {
  constexpr long most_multiplied = 16;
  const Simd& simd = scope.simd;
  auto whole = exponent.to_long();
  if (whole && *whole <= most_multiplied) return whole_power(base, *whole, simd);
  auto halves = (exponent + exponent).to_long();
  if (halves && *halves <= most_multiplied) {
    llvm::Value* root = simd.sqrt(base);
    return *halves == 1 ? root : simd.mul(whole_power(base, *halves / 2, simd), root);
  }
  if ((exponent + exponent + exponent).is(1)) {
    llvm::Value* arguments[] = {base};
    return kernel("cbrt", arguments, scope);
  }
  llvm::Value* arguments[] = {base, simd.constant(exponent.to_double())};
  return kernel("pow", arguments, scope);
}

// x^m · y^−n with whole m, n ≥ 2 as (x/y)^k and the rest, k the lesser: ((x − a)/s)² shall not
// overflow before it is divided, and costs less so. Takes k off both exponents; null if there is no
// such pair.
static llvm::Value* quotient_power(const std::vector<llvm::Value*>& factors,
                                   std::vector<ir::Number>& exponents, const Simd& simd) {
  constexpr long most = 16;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    auto above = exponents[i].to_long();
    if (!above || *above < 2 || *above > most) continue;
    for (std::size_t j = 0; j < factors.size(); ++j) {
      auto below = exponents[j].to_long();
      if (!below || *below > -2 || *below < -most) continue;
      long common = std::min(*above, -*below);
      exponents[i] = ir::Number(*above - common);
      exponents[j] = ir::Number(*below + common);
      llvm::Value* quotient = simd.div(factors[i], factors[j]);
      llvm::Value* square = simd.mul(quotient, quotient);
      llvm::Value* result = common % 2 != 0 ? simd.mul(square, quotient) : square;
      for (long k = common / 2; k > 1; --k) result = simd.mul(result, square);
      return result;
    }
  }
  return nullptr;
}

Value Emitter::emit_mul(ir::ExprId id, Scope& scope) {
  const Simd& simd = scope.simd;
  auto operands = graph_.operands(id);
  std::vector<llvm::Value*> factors;
  std::vector<ir::Number> exponents;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    factors.push_back(number(operands[i], scope));
    exponents.push_back(graph_.factors(id)[i]);
  }
  llvm::Value* numerator = quotient_power(factors, exponents, simd);
  llvm::Value* denominator = nullptr;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const ir::Number& exponent = exponents[i];
    if (exponent.is(0)) continue;
    bool below = exponent.sign() < 0;
    llvm::Value* raised = power(factors[i], below ? -exponent : exponent, scope);
    llvm::Value*& part = below ? denominator : numerator;
    part = part == nullptr ? raised : simd.mul(part, raised);
  }
  double coefficient = graph_.constant_of(id).to_double();
  llvm::Value* product = numerator;
  if (product == nullptr) {
    product = simd.constant(coefficient);
  } else if (coefficient == -1) {
    product = simd.neg(product);
  } else if (coefficient != 1) {
    product = simd.mul(product, simd.constant(coefficient));
  }
  if (denominator != nullptr) product = simd.div(product, denominator);
  return {zero_rule(id, product, factors, scope), Sort::number};
}

// A product with an exact zero is zero, also against inf, unless a factor is NaN. Checked only
// where one factor may be zero while another may be infinite.
llvm::Value* Emitter::zero_rule(ir::ExprId id, llvm::Value* product,
                                const std::vector<llvm::Value*>& factors, Scope& scope) {
  const Simd& simd = scope.simd;
  auto operands = graph_.operands(id);
  std::vector<bool> zero, infinite;
  std::size_t infinities = graph_.constant_of(id).finite() ? 0 : 1;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const analysis::Range& range = ranges_[operands[i]];
    bool below = graph_.factors(id)[i].sign() < 0;
    zero.push_back(below ? range.may_be_infinite : range.may_be_zero());
    infinite.push_back(below ? range.may_be_zero() : range.may_be_infinite);
    infinities += infinite.back() ? 1 : 0;
  }
  llvm::Value* vanishes = nullptr;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (!zero[i] || infinities == (infinite[i] ? 1u : 0u)) continue;
    llvm::Value* check = graph_.factors(id)[i].sign() < 0
                             ? simd.compare_eq(simd.abs(factors[i]), simd.infinity())
                             : simd.compare_eq(factors[i], simd.constant(0));
    vanishes = vanishes == nullptr ? check : simd.mask_or(vanishes, check);
  }
  if (vanishes == nullptr) return product;
  for (llvm::Value* factor : factors) {
    vanishes = simd.mask_and(vanishes, builder_.CreateFCmpORD(factor, factor));
  }
  return simd.select(vanishes, simd.constant(0), product);
}

}  // namespace lossc::codegen
