// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums: common factors and common conditions.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "compiler/simplify/rewrites.h"

namespace lossc::simplify {
namespace {

using ir::ExprId;
using ir::Graph;
using ir::Number;
using ir::Op;

using Powers = std::vector<std::pair<ExprId, Number>>;

struct Term {
  ExprId node;
  Number coefficient;
  Powers powers;
};

std::vector<Term> terms_of(const Graph& graph, ExprId sum) {
  std::vector<Term> terms;
  const auto operands = graph.operands(sum);
  const auto factors = graph.factors(sum);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Term term{operands[i], factors[i], {}};
    if (graph.op(operands[i]) == Op::mul) {
      const auto bases = graph.operands(operands[i]);
      const auto exponents = graph.factors(operands[i]);
      term.coefficient = term.coefficient * graph.constant_of(operands[i]);
      for (std::size_t j = 0; j < bases.size(); ++j)
        term.powers.emplace_back(bases[j], exponents[j]);
    } else {
      term.powers.emplace_back(operands[i], Number(1));
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

/// A term may have x and x⁻¹, which are not the constant 1 where x may be 0: factors are of a sign.
bool has_power(const Term& term, ExprId base, int sign) {
  return std::any_of(term.powers.begin(), term.powers.end(), [&](const auto& power) {
    return power.first == base && power.second.sign() == sign;
  });
}

/// How often a base occurs in different terms with exponents of one sign, and the least of them.
struct Occurrence {
  std::size_t count = 0;
  Number exponent;
};

using Key = std::pair<ExprId, int>;  ///< base and sign of its exponent

std::map<Key, Occurrence> occurrences(const std::vector<Term>& terms) {
  std::map<Key, Occurrence> found;
  for (const Term& term : terms) {
    for (const auto& [base, exponent] : term.powers) {
      if (exponent.sign() == 0) continue;
      Occurrence& occurrence = found[{base, exponent.sign()}];
      const bool nearer =
          exponent.sign() > 0 ? exponent < occurrence.exponent : occurrence.exponent < exponent;
      if (occurrence.count++ == 0 || nearer) occurrence.exponent = exponent;
    }
  }
  return found;
}

ExprId divided(Graph& graph, const Term& term, ExprId base, const Number& exponent) {
  Powers powers = term.powers;
  for (auto& power : powers) {
    if (power.first != base || power.second.sign() != exponent.sign()) continue;
    power.second = power.second - exponent;
  }
  std::erase_if(powers, [](const auto& power) { return power.second.is(0); });
  return graph.mul(Number(1), powers);
}

}  // namespace

ExprId factored(Graph& graph, ExprId sum) {
  const std::vector<Term> terms = terms_of(graph, sum);
  Key best{};
  Occurrence most;
  for (const auto& [key, occurrence] : occurrences(terms)) {
    if (occurrence.count > most.count) {
      best = key;
      most = occurrence;
    }
  }
  if (most.count < 2) return sum;
  std::vector<std::pair<ExprId, Number>> inner;
  std::vector<std::pair<ExprId, Number>> outer;
  for (const Term& term : terms) {
    if (has_power(term, best.first, best.second)) {
      inner.emplace_back(divided(graph, term, best.first, most.exponent), term.coefficient);
    } else {
      outer.emplace_back(term.node, Number(1));
      outer.back().second = term.coefficient;
      if (graph.op(term.node) == Op::mul) {
        outer.back().first = graph.mul(Number(1), term.powers);
      }
    }
  }
  const std::vector<std::pair<ExprId, Number>> product{{best.first, most.exponent},
                                                       {graph.add(Number(0), inner), Number(1)}};
  outer.emplace_back(graph.mul(Number(1), product), Number(1));
  return graph.add(graph.constant_of(sum), outer);
}

namespace {

struct Guard {
  std::vector<ExprId> conditions;
  ExprId value;
};

/// [c ∧ d] x with its conditions apart; none for other nodes.
std::optional<Guard> as_guard(const Graph& graph, ExprId node) {
  if (graph.op(node) != Op::select || !graph.is_constant(graph.operands(node)[2], 0)) return {};
  const ExprId condition = graph.operands(node)[0];
  Guard guard{{condition}, graph.operands(node)[1]};
  if (graph.op(condition) == Op::conjunction) {
    const auto parts = graph.operands(condition);
    guard.conditions.assign(parts.begin(), parts.end());
  }
  return guard;
}

/// [c ∧ d] a + [c ∧ ¬d] b → [c] (if d then a else b).
std::optional<ExprId> joined_guards(Graph& graph, ExprId first, ExprId second) {
  const auto a = as_guard(graph, first);
  const auto b = a ? as_guard(graph, second) : std::nullopt;
  if (!b || a->conditions.size() != b->conditions.size() || a->conditions.size() < 2) return {};
  std::vector<ExprId> shared;
  ExprId apart;
  for (const ExprId condition : a->conditions) {
    const bool common =
        std::find(b->conditions.begin(), b->conditions.end(), condition) != b->conditions.end();
    if (!common && apart.valid()) return {};
    if (common) {
      shared.push_back(condition);
    } else {
      apart = condition;
    }
  }
  const ExprId opposite = apart.valid() ? graph.negation(apart) : ExprId{};
  const bool excluded =
      std::find(b->conditions.begin(), b->conditions.end(), opposite) != b->conditions.end();
  if (!excluded) return {};
  return graph.guard(graph.conjunction(shared), graph.select(apart, a->value, b->value));
}

/// The sum with the first two guards joined that can be; the sum itself if there are none.
ExprId with_joined_guards(Graph& graph, ExprId sum) {
  constexpr std::size_t longest = 32;
  const auto operand_span = graph.operands(sum);
  const std::vector<ExprId> operands(operand_span.begin(), operand_span.end());
  const auto factor_span = graph.factors(sum);
  const std::vector<Number> factors(factor_span.begin(), factor_span.end());
  if (operands.size() > longest) return sum;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    for (std::size_t j = i + 1; j < operands.size(); ++j) {
      if (!factors[i].is(1) || !factors[j].is(1)) continue;
      const auto joined = joined_guards(graph, operands[i], operands[j]);
      if (!joined) continue;
      std::vector<std::pair<ExprId, Number>> terms{{*joined, Number(1)}};
      for (std::size_t k = 0; k < operands.size(); ++k) {
        if (k != i && k != j) terms.emplace_back(operands[k], factors[k]);
      }
      return graph.add(graph.constant_of(sum), terms);
    }
  }
  return sum;
}

}  // namespace

ExprId gathered(Graph& graph, ExprId sum) {
  if (const ExprId joined = with_joined_guards(graph, sum); joined != sum) return joined;
  struct Cases {
    std::vector<std::pair<ExprId, Number>> yes;
    std::vector<std::pair<ExprId, Number>> no;
    std::size_t count = 0;
  };
  const auto operand_span = graph.operands(sum);
  const std::vector<ExprId> operands(operand_span.begin(), operand_span.end());
  const auto factor_span = graph.factors(sum);
  const std::vector<Number> factors(factor_span.begin(), factor_span.end());
  std::map<ExprId, Cases> conditions;
  std::vector<std::pair<ExprId, Number>> rest;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (graph.op(operands[i]) != Op::select) {
      rest.emplace_back(operands[i], factors[i]);
      continue;
    }
    const auto parts = graph.operands(operands[i]);
    const ExprId condition = parts[0];
    const ExprId yes = parts[1];
    const ExprId no = parts[2];
    const auto opposite = conditions.find(graph.negation(condition));
    const bool flipped = opposite != conditions.end();
    Cases& cases = flipped ? opposite->second : conditions[condition];
    cases.yes.emplace_back(flipped ? no : yes, factors[i]);
    cases.no.emplace_back(flipped ? yes : no, factors[i]);
    ++cases.count;
  }
  const bool shared = std::any_of(conditions.begin(), conditions.end(),
                                  [](const auto& entry) { return entry.second.count > 1; });
  if (!shared) return sum;
  for (const auto& [condition, cases] : conditions) {
    rest.emplace_back(
        graph.select(condition, graph.add(Number(0), cases.yes), graph.add(Number(0), cases.no)),
        Number(1));
  }
  return graph.add(graph.constant_of(sum), rest);
}

}  // namespace lossc::simplify
