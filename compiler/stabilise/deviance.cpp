// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// w·log(a/b) and what makes it vanish at a = b: w·log(a/b) = w/a·bd0(a, b) + w − w·b/a, so where
// those two terms meet their opposites the sum is deviances, of second order at a = b and exact
// there. With Poisson and gamma deviances they stand in the sum; with the divergence of two
// distributions they cancel among the pairs (p, q) and (1 − p, 1 − q), or around a mean.
#include <algorithm>
#include <array>

#include "compiler/ir/rational.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

namespace {

constexpr std::size_t most_logarithms = 4;

std::size_t count(const Sum& sum) { return sum.terms.size() + (sum.constant.is(0) ? 0 : 1); }

/// a/b, equal factors gone even where they may be 0.
ExprId quotient(ir::Graph& graph, ExprId a, ExprId b) {
  Product product = as_product(graph, a);
  product.multiply(graph, b, Number(-1));
  return built(graph, product);
}

}  // namespace

bool Stabiliser::is_logarithm(ExprId node) const {
  return is_call(node, Builtin::log) || is_call(node, Builtin::log1p) ||
         is_call(node, Builtin::log_ratio) || is_call(node, Builtin::log1p_ratio);
}

/// The argument of a logarithm as a quotient.
Stabiliser::Ratio Stabiliser::ratio_of(ExprId log) {
  const ExprId one = graph_.constant(1);
  const ExprId x = argument(log);
  switch (graph_.builtin(log)) {
    case Builtin::log_ratio:
      return {x, graph_.operands(log)[1]};
    case Builtin::log1p_ratio:
      return {graph_.plus(x, graph_.operands(log)[1]), graph_.operands(log)[1]};
    case Builtin::log1p:
      return ratio_of_product(graph_.plus(one, x));
    default:
      return ratio_of_product(x);
  }
}

Stabiliser::Ratio Stabiliser::ratio_of_product(ExprId node) {
  const Sum whole = as_sum(graph_, node);
  // 1 + a/b is (b + a)/b.
  if (whole.constant.is(1) && whole.terms.size() == 1) {
    const Ratio part = ratio_of_product(graph_.minus(node, graph_.constant(1)));
    if (graph_.op(part.below) == Op::constant) return {node, graph_.constant(1)};
    return {graph_.plus(part.below, part.above), part.below};
  }
  Product above;
  Product below;
  const Product product = as_product(graph_, node);
  above.coefficient = product.coefficient;
  for (const auto& [base, exponent] : product.powers) {
    if (exponent.sign() > 0) {
      above.powers.emplace_back(base, exponent);
    } else {
      below.powers.emplace_back(base, Number(0) - exponent);
    }
  }
  return {built(graph_, above), built(graph_, below)};
}

/// The terms of the sum that are w·log(a/b), taken out of it; w·log a − w·log b is one.
std::vector<Stabiliser::Logarithm> Stabiliser::take_logarithms(Sum& sum) {
  std::vector<Logarithm> found;
  const ExprId one = graph_.constant(1);
  for (std::size_t i = sum.terms.size(); i-- > 0;) {
    const auto [term, factor] = sum.terms[i];
    for (const auto& [base, exponent] : as_product(graph_, term).powers) {
      if (!is_logarithm(base) || !exponent.is(1)) continue;
      const ExprId weight = graph_.scaled(factor, without(graph_, term, base, Number(1)));
      const Ratio ratio = ratio_of(base);
      sum.remove(i);
      const auto opposite = std::find_if(found.begin(), found.end(), [&](const Logarithm& other) {
        return other.weight == graph_.negate(weight) && other.below == one && ratio.below == one;
      });
      if (opposite == found.end()) {
        found.push_back({weight, ratio.above, ratio.below});
      } else {
        opposite->below = ratio.above;
      }
      break;
    }
  }
  return found;
}

/// (x, y) if a = c·(1 − x) and b = c·(1 − y) with a constant c, and c.
std::optional<std::array<ExprId, 3>> Stabiliser::complements(ExprId a, ExprId b) {
  const Number c = as_sum(graph_, a).constant;
  const bool sums = graph_.op(a) == Op::add || graph_.op(b) == Op::add;
  if (c.is(0) || as_sum(graph_, b).constant != c || !sums) return std::nullopt;
  const ExprId scale = graph_.constant(c);
  const auto part = [&](ExprId whole) { return graph_.over(graph_.minus(scale, whole), scale); };
  return std::array{part(a), part(b), scale};
}

/// Whether the node is a square of a product that is not negative.
bool Stabiliser::is_square(ExprId node) {
  if (!as_product(graph_, node).coefficient.is(1)) return false;
  const ExprId root = half_power(node);
  const std::vector<std::pair<ExprId, Number>> powers = as_product(graph_, root).powers;
  return !powers.empty() && nonnegative(root) &&
         std::all_of(powers.begin(), powers.end(),
                     [](const auto& power) { return power.second.is_integer(); });
}

/// w/a·bd0(a, b), of which a meets w or the quotient b/a is all that is seen.
ExprId Stabiliser::deviance(const Logarithm& log) {
  const ExprId scale = quotient(graph_, log.weight, log.above);
  const bool meets =
      graph_.op(scale) == Op::constant ||
      as_product(graph_, scale).powers.size() < as_product(graph_, log.weight).powers.size();
  const auto positive = [&](ExprId e) { return nonnegative(e) || graph_.op(e) == Op::constant; };
  const bool known = (positive(log.above) && positive(log.below)) ||
                     graph_.op(log.below) == Op::constant || graph_.op(log.above) == Op::constant;
  const ExprId ratio = quotient(graph_, log.below, log.above);
  const bool by_ratio = !meets || !known || graph_.is_constant(log.above, 1);
  if (by_ratio && is_square(ratio)) {
    const ExprId root = half_power(ratio);
    return graph_.times(log.weight, applied(RuleId::deviance_of_square, {root}));
  }
  if (!meets || !known) {
    return graph_.times(log.weight, applied(RuleId::deviance, {graph_.constant(1), ratio}));
  }
  if (const auto parts = complements(log.above, log.below)) {
    const ExprId both = applied(RuleId::deviance_of_complements, {(*parts)[0], (*parts)[1]});
    return graph_.times(graph_.times(scale, (*parts)[2]), both);
  }
  return graph_.times(scale, applied(RuleId::deviance, {log.above, log.below}));
}

/// The sum without logarithms that is left when each is written as a deviance; nothing if what that
/// adds does not vanish.
std::optional<Sum> Stabiliser::left_by(const std::vector<Logarithm>& logs, const Sum& rest) {
  Sum added;
  for (const Logarithm& log : logs) {
    added.add(graph_, log.weight, Number(1));
    Product linear = as_product(graph_, quotient(graph_, log.weight, log.above));
    linear.multiply(graph_, log.below, Number(1));
    added.add(graph_, built(graph_, linear), Number(-1));
  }
  Sum left = rest;
  left.constant = left.constant + added.constant;
  for (const auto& [term, coefficient] : added.terms) left.add_term(term, coefficient);
  const bool gone = std::all_of(added.terms.begin(), added.terms.end(), [&](const auto& term) {
    return left.coefficient_of(term.first).is(0);
  });
  if (!gone || (!added.constant.is(0) && !left.constant.is(0))) return std::nullopt;
  if (logs.size() < 2 && count(left) >= count(rest)) return std::nullopt;
  return left;
}

/// Terms (s + t)·r as s·r + t·r, for one small sum in each: one of logarithms if there is any.
Sum Stabiliser::expanded(const Sum& sum) {
  Sum result;
  result.constant = sum.constant;
  for (const auto& [term, factor] : sum.terms) {
    ExprId inner;
    if (graph_.op(term) == Op::mul) {
      for (const auto& [base, exponent] : as_product(graph_, term).powers) {
        const bool small = graph_.op(base) == Op::add && graph_.operands(base).size() <= 4;
        if (!small || !exponent.is(1)) continue;
        const auto operands = graph_.operands(base);
        const bool logs = std::any_of(operands.begin(), operands.end(),
                                      [&](ExprId operand) { return is_logarithm(operand); });
        if (logs || !inner.valid()) inner = base;
      }
    }
    if (!inner.valid()) {
      result.add_term(term, factor);
      continue;
    }
    const ExprId rest = without(graph_, term, inner, Number(1));
    const Sum parts = as_sum(graph_, inner);
    if (!parts.constant.is(0)) result.add(graph_, rest, factor * parts.constant);
    for (const auto& [part, coefficient] : parts.terms) {
      result.add(graph_, graph_.times(rest, part), factor * coefficient);
    }
  }
  return result;
}

bool Stabiliser::take_deviance_of(const std::vector<Logarithm>& logs, const Sum& rest, Sum& sum) {
  // Each logarithm as it stands or as −log(b/a), and the powers that squares and roots have.
  for (const Number& power : {Number(1), Number(2), Number(1) / Number(2)}) {
    if (logs.size() > 1 && !power.is(1)) break;
    for (std::size_t choice = 0; choice < (std::size_t{1} << logs.size()); ++choice) {
      std::vector<Logarithm> chosen = logs;
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        Logarithm& log = chosen[i];
        log.weight = graph_.scaled(Number(1) / power, log.weight);
        log.above = graph_.power(log.above, power);
        log.below = graph_.power(log.below, power);
        if (((choice >> i) & 1) == 0) continue;
        std::swap(log.above, log.below);
        log.weight = graph_.negate(log.weight);
      }
      const auto left = left_by(chosen, rest);
      if (!left) continue;
      sum = *left;
      for (const Logarithm& log : chosen) sum.add(graph_, deviance(log), Number(1));
      return true;
    }
  }
  return false;
}

bool Stabiliser::take_deviance(Sum& sum) {
  if (sum.terms.size() > longest || !sum.constant.finite()) return false;
  for (const bool expand : {false, true}) {
    Sum rest = expand ? expanded(sum) : sum;
    const std::vector<Logarithm> logs = take_logarithms(rest);
    if (logs.empty() || logs.size() > most_logarithms) continue;
    if (take_deviance_of(logs, rest, sum)) return true;
    if (!expand && take_deviance_of(logs, expanded(rest), sum)) return true;
  }
  return false;
}

}  // namespace lossc::stabilise
