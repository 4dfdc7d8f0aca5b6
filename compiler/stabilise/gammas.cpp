// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of log Γ and of its derivatives. Terms c·f(u) and −c·f(v) whose arguments have something in
// common cancel where that is large, so they become the difference from v by d = u − v, which the
// normal form knows without rounding. Three that add up are a beta function or a binomial
// coefficient. As Γ has no meaning worth keeping below 0, arguments are positive or whole.
#include <algorithm>
#include <limits>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

namespace {

constexpr std::size_t most = 8;  // terms of one family that are looked at

std::optional<RuleId> difference_rule(Builtin builtin) {
  switch (builtin) {
    case Builtin::lgamma:
      return RuleId::lgamma_difference;
    case Builtin::digamma:
      return RuleId::digamma_difference;
    case Builtin::trigamma:
      return RuleId::trigamma_difference;
    case Builtin::tetragamma:
      return RuleId::tetragamma_difference;
    case Builtin::pentagamma:
      return RuleId::pentagamma_difference;
    default:
      return std::nullopt;
  }
}

std::size_t size_of(const Sum& sum) { return sum.terms.size() + (sum.constant.is(0) ? 0 : 1); }

}  // namespace

/// Whether Γ's argument is positive or whole: as it stands, or because a binomial coefficient in
/// the same sum has no finite logarithm otherwise.
bool Stabiliser::gamma_argument(const Sum& sum, ExprId argument) {
  if (nonnegative(argument) || ranges_[argument].integer) return true;
  return std::any_of(sum.terms.begin(), sum.terms.end(), [&](const auto& term) {
    if (!is_call(term.first, Builtin::log_binomial)) return false;
    const auto choices = graph_.operands(term.first);
    return std::any_of(choices.begin(), choices.end(),
                       [&](ExprId choice) { return nonnegative(graph_.minus(argument, choice)); });
  });
}

/// c·rest·f(u) of the gamma family, also below a sum over an axis.
std::optional<Stabiliser::GammaTerm> Stabiliser::gamma_term(const Sum& sum, std::size_t index) {
  auto [term, coefficient] = sum.terms[index];
  GammaTerm found;
  found.index = index;
  if (graph_.op(term) == Op::reduce && graph_.reduce_op(term) == ReduceOp::sum) {
    found.axis = graph_.axis(term);
    const Sum body = as_sum(graph_, graph_.operands(term)[0]);
    if (body.terms.size() != 1 || !body.constant.is(0)) return std::nullopt;
    coefficient = coefficient * body.terms[0].second;
    term = body.terms[0].first;
  }
  found.coefficient = coefficient;
  Product rest = as_product(graph_, term);
  for (std::size_t i = 0; i < rest.powers.size(); ++i) {
    const auto [base, exponent] = rest.powers[i];
    if (!exponent.is(1) || graph_.op(base) != Op::call) continue;
    if (!difference_rule(graph_.builtin(base))) continue;
    found.builtin = graph_.builtin(base);
    found.argument = argument(base);
    if (!gamma_argument(sum, found.argument)) continue;
    rest.remove(i);
    found.rest = built(graph_, rest);
    return found;
  }
  return std::nullopt;
}

/// Terms of one function and one factor: those with +c and those with −c.
std::vector<Stabiliser::GammaFamily> Stabiliser::gamma_families(const Sum& sum) {
  std::vector<GammaFamily> families;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    const auto term = gamma_term(sum, i);
    if (!term) continue;
    const bool positive = term->coefficient.sign() > 0;
    const Number size = positive ? term->coefficient : Number(0) - term->coefficient;
    const auto same = std::find_if(families.begin(), families.end(), [&](const GammaFamily& f) {
      const GammaTerm& other = f.positive.empty() ? f.negative[0] : f.positive[0];
      return f.size == size && other.builtin == term->builtin && other.rest == term->rest &&
             other.axis == term->axis;
    });
    GammaFamily& family = same != families.end() ? *same : families.emplace_back();
    family.size = size;
    std::vector<GammaTerm>& side = positive ? family.positive : family.negative;
    if (side.size() < most) side.push_back(*term);
  }
  return families;
}

/// Σ body over all positions but one.
static ExprId sum_of_others(ir::Graph& graph, ExprId reduced, ExprId position) {
  const Axis axis = graph.axis(reduced);
  const Axis other = graph.fresh_axis(axis.size);
  const ExprId body = graph.substitute(graph.operands(reduced)[0], {{axis, graph.index(other)}});
  const ExprId apart = graph.compare(ir::Relation::not_equal, graph.index(other), position);
  return graph.reduce(ReduceOp::sum, other, graph.guard(apart, body));
}

/// u − v of a u that is a sum over an axis plus something, v one of its elements: the sum of the
/// others, which u − v would lose where v is almost all of it. If v goes along an axis itself, only
/// the largest element may be that; its derivatives are those of u − v.
Stabiliser::Form Stabiliser::gamma_remainder(ExprId u, ExprId v) {
  for (const auto& [reduced, coefficient] : as_sum(graph_, u).terms) {
    const bool sum = graph_.op(reduced) == Op::reduce && graph_.reduce_op(reduced) == ReduceOp::sum;
    if (!sum || !coefficient.is(1) || !nonnegative(graph_.operands(reduced)[0])) continue;
    const Axis axis = graph_.axis(reduced);
    const ExprId body = graph_.operands(reduced)[0];
    const ExprId more = graph_.minus(u, reduced);
    if (const auto position = position_of(v, reduced)) {
      return graph_.plus(sum_of_others(graph_, reduced, *position), more);
    }
    if (stage_ != Stage::derivatives) continue;
    for (const Axis along : graph_.free_axes(v)) {
      if (along.size != axis.size || graph_.is_free(reduced, along)) continue;
      const ExprId here = graph_.index(along);
      if (graph_.substitute(body, {{axis, here}}) != v) continue;
      const ExprId largest = graph_.reduce(ReduceOp::argmax, axis, body);
      const ExprId rest =
          graph_.select(graph_.compare(ir::Relation::equal, here, largest),
                        sum_of_others(graph_, reduced, largest), graph_.minus(reduced, v));
      return graph_.plus(rest, more);
    }
  }
  return std::nullopt;
}

/// What is left of u − v, or nothing if they have nothing in common.
std::optional<Sum> Stabiliser::gamma_step(const GammaTerm& a, const GammaTerm& b) {
  if (const Form step = gamma_remainder(a.argument, b.argument)) return as_sum(graph_, *step);
  if (const Form step = gamma_remainder(b.argument, a.argument)) {
    return as_sum(graph_, graph_.negate(*step));
  }
  const Sum u = as_sum(graph_, a.argument);
  const Sum v = as_sum(graph_, b.argument);
  Sum d = u;
  d.add(graph_, b.argument, Number(-1));
  if (d.terms.size() + 2 > u.terms.size() + v.terms.size()) return std::nullopt;
  return d;
}

/// The cheapest way to give each positive term a negative one of its own, by the size of the steps;
/// where there is none, all pairs, the cheapest first.
std::vector<Stabiliser::GammaPair> Stabiliser::gamma_pairs(const GammaFamily& family) {
  std::vector<GammaPair> all;
  for (std::size_t i = 0; i < family.positive.size(); ++i) {
    for (std::size_t j = 0; j < family.negative.size(); ++j) {
      if (const auto step = gamma_step(family.positive[i], family.negative[j])) {
        // Of two steps of one size rather the counts.
        const bool whole = ranges_[built(graph_, *step)].integer;
        all.push_back({i, j, *step, 2 * size_of(*step) - (whole ? 1 : 0)});
      }
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const GammaPair& a, const GammaPair& b) { return a.cost < b.cost; });
  const std::size_t wanted = family.positive.size();
  if (wanted != family.negative.size() || wanted > 4) return all;
  // Few enough to try all orders.
  std::vector<std::size_t> order(wanted);
  for (std::size_t i = 0; i < wanted; ++i) order[i] = i;
  std::vector<GammaPair> best;
  std::size_t least = std::numeric_limits<std::size_t>::max();
  do {
    std::vector<GammaPair> chosen;
    std::size_t total = 0;
    for (const GammaPair& pair : all) {
      if (order[pair.positive] != pair.negative) continue;
      chosen.push_back(pair);
      total += pair.cost;
    }
    if (chosen.size() != wanted || total >= least) continue;
    least = total;
    best = chosen;
  } while (std::next_permutation(order.begin(), order.end()));
  return best.empty() ? all : best;
}

/// lgamma(u) + lgamma(v) − lgamma(w): a beta function where w = u + v, a binomial coefficient where
/// w = u + v − 1 of whole numbers.
bool Stabiliser::join_beta(Sum& sum, const std::vector<GammaTerm>& two,
                           const std::vector<GammaTerm>& one, bool whole) {
  const ExprId unity = graph_.constant(1);
  const auto joined = [&](ExprId u, ExprId v, ExprId w) -> Form {
    if (graph_.before(v, u)) std::swap(u, v);
    if (whole) {
      if (!ranges_[u].integer || !ranges_[v].integer) return std::nullopt;
      if (graph_.minus(graph_.plus(u, v), w) != unity) return std::nullopt;
      return graph_.negate(
          applied(RuleId::binomial_of_lgammas, {graph_.minus(u, unity), graph_.minus(v, unity)}));
    }
    if (!nonnegative(u) || !nonnegative(v)) return std::nullopt;
    // In so many terms, or a share of w and the rest of it.
    if (graph_.plus(u, v) != w && settled(graph_.minus(w, u)) != v) return std::nullopt;
    return applied(RuleId::beta_of_lgammas, {u, v});
  };
  for (const GammaTerm& w : one) {
    for (std::size_t i = 0; i < two.size(); ++i) {
      for (std::size_t j = i + 1; j < two.size(); ++j) {
        if (w.axis) return false;
        const Form beta = joined(two[i].argument, two[j].argument, w.argument);
        if (!beta) continue;
        for (const GammaTerm* term : {&two[i], &two[j], &w}) {
          const ExprId gone = graph_.call(Builtin::lgamma, {term->argument});
          sum.add(graph_, graph_.times(w.rest, gone), Number(0) - term->coefficient);
        }
        sum.add(graph_, graph_.times(w.rest, *beta), two[i].coefficient);
        return true;
      }
    }
  }
  return false;
}

/// c·f(u) − c·f(v) → c·(f(v + d) − f(v)).
void Stabiliser::join_difference(Sum& sum, const GammaTerm& a, const GammaTerm& b,
                                 const Sum& step) {
  // From the smaller, as far as that is known: the other way round it is a difference.
  const ExprId d = built(graph_, step);
  const bool shorter = size_of(as_sum(graph_, b.argument)) <= size_of(as_sum(graph_, a.argument));
  const bool from_second = nonnegative(d) || (shorter && !nonnegative(graph_.negate(d)));
  const ExprId from = from_second ? b.argument : a.argument;
  const ExprId joined =
      applied(*difference_rule(a.builtin), {from, from_second ? d : graph_.negate(d)});
  const auto term_of = [&](const GammaTerm& term) { return sum.terms[term.index].first; };
  const ExprId first = term_of(a);
  const ExprId second = term_of(b);
  const Number first_factor = sum.terms[a.index].second;
  const Number second_factor = sum.terms[b.index].second;
  ExprId product = graph_.times(a.rest, joined);
  if (a.axis) product = graph_.reduce(ReduceOp::sum, *a.axis, product);
  sum.add_term(first, Number(0) - first_factor);
  sum.add_term(second, Number(0) - second_factor);
  sum.add(graph_, product, from_second ? a.coefficient : Number(0) - a.coefficient);
}

bool Stabiliser::take_gammas(Sum& sum) {
  const std::vector<GammaFamily> families = gamma_families(sum);
  const auto join = [&](const GammaFamily& family, bool whole) {
    const GammaTerm& first = family.positive[0];
    if (first.builtin != Builtin::lgamma) return false;
    return join_beta(sum, family.positive, family.negative, whole) ||
           join_beta(sum, family.negative, family.positive, whole);
  };
  const auto one_sided = [](const GammaFamily& family) {
    return family.positive.empty() || family.negative.empty();
  };
  for (const GammaFamily& family : families) {
    if (!one_sided(family) && join(family, true)) return true;
  }
  for (const GammaFamily& family : families) {
    if (one_sided(family)) continue;
    const std::vector<GammaPair> pairs = gamma_pairs(family);
    const std::size_t wanted = family.positive.size();
    const bool all = wanted == family.negative.size() && pairs.size() == wanted;
    if (!all && join(family, false)) return true;
    if (pairs.empty()) continue;
    join_difference(sum, family.positive[pairs[0].positive], family.negative[pairs[0].negative],
                    pairs[0].step);
    return true;
  }
  return false;
}

}  // namespace lossc::stabilise
