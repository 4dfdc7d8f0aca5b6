// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The inverse hyperbolic tangent written as a logarithm. (Those with a root are in lengths.cpp.)
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

/// log (c + x)/(c − x) = 2 atanh(x/c), also of a power of the quotient. (Not of p/(1 − p): there
/// the difference would lose the digits of p.)
Stabiliser::Form Stabiliser::log_as_atanh(const Product& product) {
  if (product.powers.size() != 2 || !product.coefficient.is(1)) return std::nullopt;
  const auto [a, m] = product.powers[0];
  const auto [b, n] = product.powers[1];
  if (m != Number(0) - n || graph_.op(a) != Op::add || graph_.op(b) != Op::add) return std::nullopt;
  const ExprId both = graph_.plus(a, b);
  const ExprId gap = graph_.minus(a, b);
  if (graph_.op(both) != Op::constant || !as_sum(graph_, gap).constant.is(0)) return std::nullopt;
  if (graph_.is_constant(both, 0)) return std::nullopt;
  note(RuleId::log_as_atanh);
  const ExprId x = graph_.over(gap, both);
  return graph_.scaled(Number(2) * m, graph_.call(Builtin::atanh, {x}));
}

}  // namespace lossc::stabilise
