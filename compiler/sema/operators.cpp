// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums, products, powers and signs. What is constant is folded exactly, so that 2 * (1/3) is two
// thirds; everything else is put into the graph as written.
#include "compiler/ir/builtins.h"
#include "compiler/sema/checker.h"

namespace lossc::sema {

namespace {

using Terms = std::vector<std::pair<ir::ExprId, ir::Number>>;

/// Past this many bits a constant stays an expression.
constexpr std::size_t most_bits = 4096;

}  // namespace

Value Checker::unary(const syntax::Unary& unary, const SourceRange& range) {
  if (unary.op == syntax::UnaryOp::logical_not) {
    Value value = condition(evaluate(*unary.operand), *unary.operand);
    if (!value.ok()) return value;
    value.id = graph_.negation(value.id);
    value.ordered = false;
    return value;
  }
  Value value = evaluate_number(*unary.operand);
  if (!value.ok()) return value;
  (void)range;
  Value result;
  result.axes = value.axes;
  result.outer = value.outer;
  result.ordered = value.axes.size() == 1;
  if (value.domain == ir::Domain::sign || value.domain == ir::Domain::logit) {
    result.domain = value.domain;
  }
  const ir::Number* folded = constant(value);
  result.id = folded != nullptr ? graph_.constant(-*folded) : graph_.negate(value.id);
  return result;
}

Value Checker::sum(const syntax::Sum& sum, const SourceRange& range) {
  std::vector<Value> values;
  values.reserve(sum.terms.size());
  bool ok = true;
  for (const syntax::Term& term : sum.terms) {
    values.push_back(evaluate_number(*term.value));
    ok = ok && values.back().ok();
    if (exhausted_) return poison();
  }
  if (!ok) return poison();
  ir::Number constant_part(0);
  Terms terms;
  std::vector<const Value*> operands;
  int complemented = 0, probable = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    operands.push_back(&values[i]);
    const bool inverse = sum.terms[i].inverse;
    const ir::Number* folded = constant(values[i]);
    if (folded != nullptr && folded->bits() <= most_bits) {
      constant_part = inverse ? constant_part - *folded : constant_part + *folded;
      continue;
    }
    terms.emplace_back(values[i].id, ir::Number(inverse ? -1 : 1));
    if (values[i].probable) ++(inverse ? complemented : probable);
  }
  Value result;
  if (!pair(operands, range, result)) return poison();
  result.ordered = result.axes.size() == 1;
  const auto known = static_cast<std::size_t>(probable + complemented);
  const bool is_complement = constant_part.is(1) && complemented == 1 && terms.size() == 1;
  if (is_complement) result.domain = ir::Domain::probability;
  result.probable = is_complement || (known == terms.size() && known > 0 && complemented == 0 &&
                                      constant_part.is(0));
  result.id = terms.empty() ? graph_.constant(constant_part) : graph_.add(constant_part, terms);
  return result;
}

Value Checker::product(const syntax::Product& product, const SourceRange& range) {
  std::vector<Value> values;
  values.reserve(product.factors.size());
  bool ok = true;
  for (const syntax::Term& factor : product.factors) {
    values.push_back(evaluate_number(*factor.value));
    ok = ok && values.back().ok();
    if (exhausted_) return poison();
  }
  if (!ok) return poison();
  ir::Number coefficient(1);
  Terms powers;
  std::vector<const Value*> operands;
  std::size_t probable = 0;
  bool all_probabilities = true, divided = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    operands.push_back(&values[i]);
    const bool inverse = product.factors[i].inverse;
    if (inverse) check_divisor(values[i], product.factors[i].value->range);
    const ir::Number* folded = constant(values[i]);
    const bool foldable = folded != nullptr && folded->finite() && folded->bits() <= most_bits &&
                          coefficient.bits() <= most_bits && !(inverse && folded->is(0));
    if (foldable) {
      coefficient = inverse ? coefficient / *folded : coefficient * *folded;
      continue;
    }
    powers.emplace_back(values[i].id, ir::Number(inverse ? -1 : 1));
    divided = divided || inverse;
    if (values[i].probable) ++probable;
    all_probabilities = all_probabilities && values[i].domain == ir::Domain::probability;
  }
  Value result;
  if (!pair(operands, range, result)) return poison();
  result.ordered = result.axes.size() == 1;
  result.probable = !divided && probable > 0 && probable == powers.size();
  if (result.probable && all_probabilities && coefficient.is(1)) {
    result.domain = ir::Domain::probability;
  }
  if (powers.size() == 1 && !divided && values.size() == 2 &&
      (values[0].domain == ir::Domain::logit || values[1].domain == ir::Domain::logit)) {
    result.domain = ir::Domain::logit;  // a temperature
  }
  result.id = powers.empty() ? graph_.constant(coefficient) : graph_.mul(coefficient, powers);
  return result;
}

Value Checker::power(const syntax::Power& power, const SourceRange& range) {
  const Value base = evaluate_number(*power.base);
  const Value exponent = evaluate_number(*power.exponent);
  if (!base.ok() || !exponent.ok()) return poison();
  return raised(base, exponent, power, range);
}

Value Checker::raised(const Value& base, const Value& exponent, const syntax::Power& syntax,
                      const SourceRange& range) {
  Value result;
  if (!pair({&base, &exponent}, range, result)) return poison();
  result.ordered = result.axes.size() == 1;
  const ir::Number* fixed = constant(exponent);
  const ir::Number* base_number = constant(base);
  if (fixed == nullptr || !fixed->finite()) {
    const analysis::Range exponents = range_of(exponent);
    if (!exponents.integer) check_root("a power", base, syntax.base->range);
    if (exponents.low < 0 && exponents.high < 0) check_divisor(base, syntax.base->range);
    result.id = graph_.call(ir::Builtin::pow, {base.id, exponent.id});
    return result;
  }
  result.probable = base.probable && fixed->sign() > 0;
  if (base.domain == ir::Domain::probability && fixed->sign() > 0) {
    result.domain = ir::Domain::probability;
  }
  if (fixed->is(0)) {
    result.id = graph_.constant(1);
    return result;
  }
  if (!fixed->is_integer()) check_root("a fractional power", base, syntax.base->range);
  if (fixed->sign() < 0) check_divisor(base, syntax.base->range);
  if (base_number != nullptr && base_number->finite() &&
      !(base_number->is(0) && fixed->sign() < 0)) {
    if (const auto folded = ir::power(*base_number, *fixed)) {
      result.id = graph_.constant(*folded);
      return result;
    }
  }
  result.id = graph_.power(base.id, *fixed);
  return result;
}

}  // namespace lossc::sema
