// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Complements in sums: c − c·e, c + c·e of an odd function, a·x − a·x·e, 2 sigmoid − 1.
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

bool Stabiliser::take_complement(Sum& sum) {
  const Number c = sum.constant;
  if (c.is(0) || !c.finite()) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
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
    if (!form) continue;
    sum.remove(i);
    sum.constant = Number(0);
    sum.add(graph_, settled(*form), scale);
    return true;
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
