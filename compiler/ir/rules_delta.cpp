// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Delta elimination: Σₖ ([k = e]·f(k) + r(k)) = [0 ≤ e < K] f(e) + Σₖ r(k).
//
// The body is split into entries Σ_b [k = e(b)]·f(b, k) and a rest, through sums, products, guards
// and inner sums (whose axes are the entry's binders b). Only what holds a delta is distributed.
// Substituting under the guard keeps out-of-range positions unevaluated: an ignored label selects
// 0.
#include <algorithm>

#include "compiler/ir/rules.h"

namespace lossc::ir {

namespace {

/// Sums within products within sums … deeper than this keep their deltas: they are right, if slow.
constexpr int deepest = 32;
/// Distributing over factors that share deltas doubles at each level: what is over stays as it is.
constexpr int most_splits = 400;

}  // namespace

struct Rules::Delta {
  std::vector<Axis> binders;  // temporaries, outermost first
  ExprId position;            // free of the axis
  ExprId value;               // may have the axis
};

struct Rules::Split {
  std::vector<Delta> deltas;
  ExprId rest;
};

/// The whole number e, free of the axis, with [condition] = [axis = e].
std::optional<ExprId> Rules::position(ExprId condition, Axis axis) {
  if (g_.op(condition) != Op::compare || g_.relation(condition) != Relation::equal) {
    return std::nullopt;
  }
  const ExprId k = g_.index(axis);
  const ExprId left = g_.operands(condition)[0];
  const ExprId right = g_.operands(condition)[1];
  const auto usable = [&](ExprId e) { return !g_.is_free(e, axis) && has(e, whole_fact); };
  if (left == k) return usable(right) ? std::optional(right) : std::nullopt;
  if (right == k) return usable(left) ? std::optional(left) : std::nullopt;
  const Term sides[] = {{left, Number(1)}, {right, Number(-1)}};
  const ExprId difference = add(Number(0), sides);
  if (g_.op(difference) != Op::add) return std::nullopt;
  const auto terms = g_.operands(difference);
  const auto place = std::find(terms.begin(), terms.end(), k);
  if (place == terms.end()) return std::nullopt;
  const Number& factor = g_.factors(difference)[static_cast<std::size_t>(place - terms.begin())];
  if (!factor.is(1) && !factor.is(-1)) return std::nullopt;
  const Term solved[] = {{k, Number(1)}, {difference, factor.is(1) ? Number(-1) : Number(1)}};
  const ExprId e = add(Number(0), solved);
  return usable(e) ? std::optional(e) : std::nullopt;
}

/// Whether a whole number is a position along an axis of this size: true where that is certain.
/// A label is one, or its `ignore` value: labels are checked when a kernel runs.
ExprId Rules::in_range(ExprId e, SizeId size) {
  if (g_.op(e) == Op::index && g_.axis(e).size == size) return g_.truth(true);
  const bool arg = g_.op(e) == Op::reduce &&
                   (g_.reduce_op(e) == ReduceOp::argmax || g_.reduce_op(e) == ReduceOp::argmin);
  if (arg && g_.axis(e).size == size) return g_.truth(true);
  const ExprId zero = g_.constant(Number(0));
  if (g_.op(e) == Op::load) {
    const auto facts = g_.array_facts(g_.array(e));
    if (facts.classes == size) {
      if (!facts.ignore) return g_.truth(true);
      if (*facts.ignore < 0) {
        return compare(Relation::not_equal, e, g_.constant(Number(*facts.ignore)));
      }
      return compare(Relation::less, e, g_.size(size));
    }
  }
  std::vector<ExprId> conditions;
  if (!has(e, nonnegative_fact)) conditions.push_back(compare(Relation::less_equal, zero, e));
  conditions.push_back(compare(Relation::less, e, g_.size(size)));
  return junction(Op::conjunction, conditions);
}

Rules::Split Rules::split(ExprId x, Axis axis, int depth) {
  if (!has(x, delta_fact) || !g_.is_free(x, axis)) return {{}, x};
  if (depth > deepest || ++splits_ > most_splits) return {{}, x};
  switch (g_.op(x)) {
    case Op::add:
      return split_sum(x, axis, depth);
    case Op::mul:
      return split_product(x, axis, depth);
    case Op::select:
      return split_guard(x, axis, depth);
    case Op::reduce:
      return split_reduction(x, axis, depth);
    default:
      return {{}, x};
  }
}

Rules::Split Rules::split_sum(ExprId x, Axis axis, int depth) {
  Split result;
  std::vector<Term> rest;
  const auto terms = g_.operands(x);
  const auto factors = g_.factors(x);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    Split part = split(terms[i], axis, depth + 1);
    rest.emplace_back(part.rest, factors[i]);
    for (Delta& delta : part.deltas) {
      const Term scaled[] = {{delta.value, factors[i]}};
      delta.value = add(Number(0), scaled);
      result.deltas.push_back(std::move(delta));
    }
  }
  result.rest = result.deltas.empty() ? x : add(g_.constant_of(x), rest);
  return result;
}

/// A factor d + r with deltas d: d times the others, and the same again for r times the others.
Rules::Split Rules::split_product(ExprId x, Axis axis, int depth) {
  const auto bases = g_.operands(x);
  const auto exponents = g_.factors(x);
  for (std::size_t i = 0; i < bases.size(); ++i) {
    if (!exponents[i].is(1)) continue;
    Split part = split(bases[i], axis, depth + 1);
    if (part.deltas.empty()) continue;
    std::vector<Term> others;
    for (std::size_t j = 0; j < bases.size(); ++j) {
      if (j != i) others.emplace_back(bases[j], exponents[j]);
    }
    others.emplace_back(part.rest, Number(1));
    Split result = split(mul(g_.constant_of(x), others), axis, depth + 1);
    for (Delta& delta : part.deltas) {
      others.back().first = delta.value;
      delta.value = mul(g_.constant_of(x), others);
      result.deltas.push_back(std::move(delta));
    }
    return result;
  }
  return {{}, x};
}

Rules::Split Rules::split_guard(ExprId x, Axis axis, int depth) {
  const ExprId zero = g_.constant(Number(0));
  if (!is_guard(x)) return {{}, x};
  std::vector<ExprId> conditions = conjuncts(condition_of(x));
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto e = position(conditions[i], axis);
    if (!e) continue;
    conditions.erase(conditions.begin() + static_cast<std::ptrdiff_t>(i));
    const ExprId value = select(junction(Op::conjunction, conditions), guarded(x), zero);
    return {{{{}, *e, value}}, zero};
  }
  Split result = split(guarded(x), axis, depth + 1);
  if (result.deltas.empty()) return {{}, x};
  for (Delta& delta : result.deltas) delta.value = select(condition_of(x), delta.value, zero);
  result.rest = select(condition_of(x), result.rest, zero);
  return result;
}

Rules::Split Rules::split_reduction(ExprId x, Axis axis, int depth) {
  if (g_.reduce_op(x) != ReduceOp::sum) return {{}, x};
  const Axis inner = g_.axis(x);
  const Axis open = g_.fresh_axis(inner.size);
  const ExprId body = g_.substitute(g_.operands(x)[0], {{inner, g_.index(open)}});
  Split result = split(body, axis, depth + 1);
  if (result.deltas.empty()) return {{}, x};
  for (Delta& delta : result.deltas) delta.binders.insert(delta.binders.begin(), open);
  result.rest = sum(open, result.rest);
  return result;
}

ExprId Rules::sum(Axis axis, ExprId body) {
  if (!has(body, delta_fact) || !g_.is_free(body, axis)) return sum_without_deltas(axis, body);
  Split parts = split(body, axis, 0);
  if (parts.deltas.empty()) return sum_without_deltas(axis, body);
  std::vector<Term> terms;
  for (const Delta& delta : parts.deltas) {
    ExprId value = g_.substitute(delta.value, {{axis, delta.position}});
    value = select(in_range(delta.position, axis.size), value, g_.constant(Number(0)));
    for (auto binder = delta.binders.rbegin(); binder != delta.binders.rend(); ++binder) {
      value = reduce(ReduceOp::sum, *binder, value);
    }
    terms.emplace_back(value, Number(1));
  }
  terms.emplace_back(sum_without_deltas(axis, parts.rest), Number(1));
  return add(Number(0), terms);
}

}  // namespace lossc::ir
