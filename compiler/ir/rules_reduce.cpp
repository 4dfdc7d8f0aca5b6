// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions. Out of a sum comes what is free of its axis: conditions of guards always, factors if
// every element is evaluated anyway or if they cannot be infinite or NaN. Hoisting a factor out of
// a guarded sum that turns out empty would evaluate what the guard excludes.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/rules.h"

namespace lossc::ir {

ExprId Rules::named(ReduceOp op, Axis axis, ExprId body) { return g_.raw_reduce(op, axis, body); }

/// Over a literal axis of extent 0 or 1, and of what does not depend on a literal axis.
std::optional<ExprId> Rules::reduce_of_known_extent(ReduceOp op, Axis axis, ExprId body) {
  const auto extent = g_.extent(axis.size);
  if (!extent) return std::nullopt;
  if (*extent == 1) {
    const ExprId zero = g_.constant(Number(0));
    if (op == ReduceOp::argmax || op == ReduceOp::argmin) return zero;
    const ExprId only = g_.substitute(body, {{axis, zero}});
    return op == ReduceOp::norm ? call(Builtin::abs, {&only, 1}) : only;
  }
  if (*extent > 1) {
    const bool repeats =
        op == ReduceOp::max || op == ReduceOp::min || op == ReduceOp::any || op == ReduceOp::all;
    if (repeats && !g_.is_free(body, axis)) return body;
    return std::nullopt;
  }
  switch (op) {
    case ReduceOp::sum:
    case ReduceOp::norm:
      return g_.constant(Number(0));
    case ReduceOp::prod:
      return g_.constant(Number(1));
    case ReduceOp::max:
    case ReduceOp::lse:
      return g_.constant(Number::infinity(true));
    case ReduceOp::min:
      return g_.constant(Number::infinity());
    case ReduceOp::any:
      return g_.truth(false);
    case ReduceOp::all:
      return g_.truth(true);
    case ReduceOp::argmax:
    case ReduceOp::argmin:
      return std::nullopt;  // an error when it is run
  }
  return std::nullopt;
}

ExprId Rules::reduce(ReduceOp op, Axis axis, ExprId body) {
  if (const auto known = reduce_of_known_extent(op, axis, body)) return *known;
  if (op == ReduceOp::sum) return sum(axis, body);
  if (g_.op(body) == Op::truth) {
    const bool value = g_.node(body).attribute != 0;
    if ((op == ReduceOp::any && !value) || (op == ReduceOp::all && value)) return body;
  }
  if (op == ReduceOp::prod && g_.is_constant(body, 1)) return body;
  if (op == ReduceOp::norm && g_.is_constant(body, 0)) return body;
  return named(op, axis, body);
}

ExprId Rules::sum_without_deltas(Axis axis, ExprId body) {
  if (!g_.is_free(body, axis)) {
    const Term powers[] = {{g_.size(axis.size), Number(1)}, {body, Number(1)}};
    return mul(Number(1), powers);
  }
  std::vector<ExprId> outside;
  std::vector<ExprId> inside;
  ExprId value = body;
  if (is_guard(body)) {
    for (ExprId condition : conjuncts(condition_of(body))) {
      (g_.is_free(condition, axis) ? inside : outside).push_back(condition);
    }
    value = guarded(body);
  }
  std::vector<Term> factors;
  std::vector<Term> rest;
  Number coefficient = 1;
  const auto distribute = [&](ExprId base, const Number& exponent) {
    const bool safe =
        inside.empty() || (has(base, finite_fact) && exponent.is_integer() && exponent.sign() > 0);
    (safe && !g_.is_free(base, axis) ? factors : rest).emplace_back(base, exponent);
  };
  if (g_.op(value) == Op::mul) {
    const auto bases = g_.operands(value);
    const auto exponents = g_.factors(value);
    coefficient = g_.constant_of(value);
    for (std::size_t i = 0; i < bases.size(); ++i) distribute(bases[i], exponents[i]);
  } else if (g_.op(value) == Op::constant) {
    coefficient = g_.constant_of(value);
  } else {
    distribute(value, Number(1));
  }
  if (!coefficient.finite()) {
    rest.emplace_back(g_.constant(coefficient), Number(1));
    coefficient = 1;
  }
  const ExprId zero = g_.constant(Number(0));
  if (factors.empty() && coefficient.is(1) && outside.empty())
    return named(ReduceOp::sum, axis, body);
  ExprId kept = mul(Number(1), rest);
  if (!inside.empty()) kept = select(junction(Op::conjunction, inside), kept, zero);
  factors.emplace_back(sum_without_deltas(axis, kept), Number(1));
  const ExprId total = mul(coefficient, factors);
  return outside.empty() ? total : select(junction(Op::conjunction, outside), total, zero);
}

}  // namespace lossc::ir
