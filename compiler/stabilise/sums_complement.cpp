// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Complements in sums: c − c·e, c + c·e of an odd function, a·x − a·x·e, 2 sigmoid − 1.
#include "compiler/ir/builtins.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

bool Stabiliser::take_complement_of(Sum& sum, std::size_t i) {
  const Number c = sum.constant;
  const auto [term, factor] = sum.terms[i];
  Form form;
  Number scale = c;
  if (factor == Number(0) - c) {
    form = complement_of(term);
  } else if (factor == c) {
    form = one_plus(term);
  } else if (is_call(term, Builtin::sigmoid) && factor == Number(-2) * c) {
    form = applied(RuleId::twice_sigmoid_minus_one, {argument(term)});
    scale = Number(0) - c;
  }
  if (!form) return false;
  sum.remove(i);
  sum.constant = Number(0);
  sum.add(graph_, settled(*form), scale);
  return true;
}

/// Calls come first: 1 + u − v² − eᵘ is u − expm1(u) − v², not (1 − v)(1 + v) and a rest.
bool Stabiliser::take_complement(Sum& sum) {
  if (sum.constant.is(0) || !sum.constant.finite()) return false;
  for (const bool calls : {true, false}) {
    for (std::size_t i = 0; i < sum.terms.size(); ++i) {
      if ((graph_.op(sum.terms[i].first) == Op::call) != calls) continue;
      if (take_complement_of(sum, i)) return true;
    }
  }
  return false;
}

/// a − a·x·eˣ/expm1(x), as derivatives of expm1(x)/x and of x/expm1(x) have it. Below −1, where
/// expm1mx(−x) may overflow, 1 + x/expm1(−x): there it does not cancel.
bool Stabiliser::take_expm1_quotient(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t j = 0; j < sum.terms.size(); ++j) {
    const auto [second, factor] = sum.terms[j];
    if (graph_.op(second) != Op::mul && !is_call(second, Builtin::exp)) continue;
    for (const auto& [exponential, power] : as_product(graph_, second).powers) {
      if (!is_call(exponential, Builtin::exp) || !power.is(1)) continue;
      const ExprId x = argument(exponential);
      Product first = as_product(graph_, without(graph_, second, exponential, Number(1)));
      first.multiply(graph_, x, Number(-1));
      first.multiply(graph_, graph_.call(Builtin::expm1, {x}), Number(1));
      const Number opposite = Number(0) - factor;
      const bool constant = first.powers.empty() && sum.constant == opposite * first.coefficient;
      const ExprId whole = built(graph_, first);
      if (!constant && (first.powers.empty() || sum.coefficient_of(whole) != opposite)) continue;
      const ExprId minus = graph_.call(Builtin::expm1, {graph_.negate(x)});
      const ExprId near = applied(RuleId::expm1_quotient, {x});
      const ExprId far = graph_.plus(graph_.constant(1), graph_.over(x, minus));
      const ExprId below = graph_.compare(ir::Relation::less, x, graph_.constant(-1));
      const ExprId joined = graph_.times(whole, graph_.select(below, far, near));
      sum.remove(j);
      if (constant) {
        sum.constant = Number(0);
      } else {
        sum.add_term(whole, factor);
      }
      sum.add(graph_, joined, opposite);
      return true;
    }
  }
  return false;
}

/// a + a·x·exprel_rate(x), the derivative of x·exprel(x) by its parts.
bool Stabiliser::take_exprel_rate(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t j = 0; j < sum.terms.size(); ++j) {
    const auto [term, factor] = sum.terms[j];
    if (graph_.op(term) != Op::mul) continue;
    for (const auto& [rate, power] : as_product(graph_, term).powers) {
      if (!is_call(rate, Builtin::exprel_rate) || !power.is(1)) continue;
      const ExprId x = argument(rate);
      Product whole = as_product(graph_, without(graph_, term, rate, Number(1)));
      whole.multiply(graph_, x, Number(-1));
      const Number scale = factor * whole.coefficient;
      whole.coefficient = Number(1);
      const bool constant = whole.powers.empty();
      const ExprId a = built(graph_, whole);
      if ((constant ? sum.constant : sum.coefficient_of(a)) != scale) continue;
      sum.remove(j);
      if (constant) {
        sum.constant = Number(0);
      } else {
        sum.add_term(a, Number(0) - scale);
      }
      sum.add(graph_, graph_.times(a, applied(RuleId::exprel_and_rate, {x})), scale);
      return true;
    }
  }
  return false;
}

/// a·x − a·x·e → a·x·C(e), e a power of a factor.
bool Stabiliser::take_factored_complement(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto [product, factor] = sum.terms[i];
    if (graph_.op(product) != Op::mul) continue;
    const Product factors = as_product(graph_, product);
    for (const auto& [base, exponent] : factors.powers) {
      if (!exponent.is_integer() || exponent.sign() <= 0) continue;
      const ExprId rest = without(graph_, product, base, Number(1));
      if (sum.coefficient_of(rest) != Number(0) - factor) continue;
      const Form form = complement_of(base);
      if (!form) continue;
      sum.remove(i);
      sum.add_term(rest, factor);
      sum.add(graph_, graph_.times(rest, *form), Number(0) - factor);
      return true;
    }
  }
  return false;
}

}  // namespace lossc::stabilise
