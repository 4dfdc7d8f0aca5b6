// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The normal distribution: a density beside its distribution function, as a sum (expected
// improvement, log φ and log Φ) or as a quotient (Mills ratio, hazard). In the tail both are about
// the same, or 0; what they make together is a function of its own. Factors that do not depend on
// anything are compared as numbers: 1/√(2π) has many spellings.
#include <algorithm>
#include <cmath>

#include "compiler/ir/interpreter.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;

/// Whether the node is one number, and a short formula of it.
bool Stabiliser::closed(ExprId node) {
  constexpr std::size_t longest_number = 16;
  const std::vector<ExprId> below = graph_.reachable(std::vector<ExprId>{node});
  return below.size() <= longest_number &&
         std::all_of(below.begin(), below.end(), [&](ExprId part) {
           const Op op = graph_.op(part);
           return op == Op::constant || op == Op::pi || op == Op::add || op == Op::mul ||
                  op == Op::call;
         });
}

/// Whether the product is 1, once proportional sums in it have met: (a − b)/(b − a) is −1.
bool Stabiliser::is_one(Product product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    for (std::size_t j = i + 1; j < product.powers.size(); ++j) {
      const auto [a, m] = product.powers[i];
      const auto [b, n] = product.powers[j];
      if (graph_.op(a) != Op::add || graph_.op(b) != Op::add || !m.is_integer()) continue;
      const Sum x = as_sum(graph_, a);
      const Sum y = as_sum(graph_, b);
      if (m != Number(0) - n || x.terms.empty() || y.terms.empty()) continue;
      const Number ratio = x.terms[0].second / y.coefficient_of(x.terms[0].first);
      if (!ratio.finite()) continue;
      const bool same = x.terms.size() == y.terms.size() && x.constant == ratio * y.constant &&
                        y.contains(x, Number(1) / ratio);
      if (!same) continue;
      product.coefficient = product.coefficient * *ir::power(ratio, m);
      product.remove(j);
      product.remove(i--);
      break;
    }
  }
  const bool known = std::all_of(product.powers.begin(), product.powers.end(),
                                 [&](const auto& power) { return closed(power.first); });
  if (!known) return false;
  const ExprId error = graph_.minus(built(graph_, product), graph_.constant(1));
  return std::fabs(ir::constant_value(graph_, error)) < 1e-60;
}

/// erfc(x/√2) = 2·Φ(−x), whatever the √½ is written as.
Stabiliser::Form Stabiliser::cdf_of_erfc(ExprId u) {
  Product rest = as_product(graph_, u);
  for (std::size_t i = 0; i < rest.powers.size(); ++i) {
    const auto [base, exponent] = rest.powers[i];
    if (graph_.op(base) != Op::constant) continue;
    const auto square = ir::power(graph_.constant_of(base), Number(2) * exponent);
    if (!square || *square != Number(1) / Number(2)) continue;
    rest.remove(i);
    note(RuleId::half_erfc);
    const ExprId x = graph_.negate(built(graph_, rest));
    return graph_.scaled(Number(2), graph_.call(Builtin::normal_cdf, {x}));
  }
  return std::nullopt;
}

/// The logarithm of a factor 2·Φ(x), which may be 1, moved to the total.
bool Stabiliser::take_log_twice_cdf(Product& product, Sum& total) {
  if (!product.coefficient.is(2)) return false;
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [base, exponent] = product.powers[i];
    if (!is_call(base, Builtin::normal_cdf) || !exponent.is(1)) continue;
    total.add(graph_, applied(RuleId::log_twice_cdf, {argument(base)}), Number(1));
    product.coefficient = Number(1);
    product.remove(i);
    return true;
  }
  return false;
}

/// What is left of an exponent when factor · x² is taken out; none if the exponent is not about x².
Stabiliser::Form Stabiliser::without_square(ExprId exponent, ExprId x, const Number& factor) {
  Sum rest = as_sum(graph_, exponent);
  const Sum square = as_sum(graph_, graph_.power(x, Number(2)));
  if (!rest.contains(square, factor)) return std::nullopt;
  rest.subtract_terms(square, factor);
  rest.constant = rest.constant - factor * square.constant;
  return built(graph_, rest);
}

/// exp(e), powers where e has logarithms: √2·√π·exp(−½ log 2 − ½ log π) is 1.
ExprId Stabiliser::exp_of_closed(ExprId e) {
  Sum rest = as_sum(graph_, e);
  Product product;
  for (std::size_t i = rest.terms.size(); i-- > 0;) {
    const auto [term, factor] = rest.terms[i];
    if (!is_call(term, Builtin::log) || !closed(term)) continue;
    product.multiply(graph_, graph_.power(argument(term), factor), Number(1));
    rest.remove(i);
  }
  product.multiply(graph_, settled(graph_.call(Builtin::exp, {built(graph_, rest)})), Number(1));
  return built(graph_, product);
}

/// exp(±x²/2) against powers of Φ(x), exp(±x²) against those of erfc(x): hazards and Mills ratios.
/// The rest of the exponent stays behind if that cannot overflow where all of it does not.
bool Stabiliser::pair_with_density(Product& product, std::size_t density, std::size_t tail) {
  const auto [e, one] = product.powers[density];
  const auto [f, power] = product.powers[tail];
  const bool cdf = is_call(f, Builtin::normal_cdf);
  if (!is_call(e, Builtin::exp) || !one.is(1) || !power.is_integer()) return false;
  if (!cdf && !is_call(f, Builtin::erfc)) return false;
  const ExprId x = argument(f);
  const Number unit = cdf ? Number(1) / Number(2) : Number(1);
  const bool below = power.sign() < 0;
  for (long count = 1; count <= 4; ++count) {
    const Number taken(below ? -count : count);
    if (below ? taken < power : power < taken) break;
    const Form rest = without_square(argument(e), x, taken * unit);
    if (!rest || !(closed(*rest) || (below && ranges_[*rest].high <= 0))) continue;
    RuleId id = cdf ? RuleId::cdf_over_density : RuleId::exp_times_erfc;
    if (below) id = cdf ? RuleId::normal_density_over_cdf : RuleId::normal_density_over_tail;
    const ExprId joined = applied(id, {x});
    product.powers[tail].second = power - taken;
    if (power == taken) product.remove(tail);
    product.remove(std::find_if(product.powers.begin(), product.powers.end(),
                                [&, node = e](const auto& p) { return p.first == node; }) -
                   product.powers.begin());
    product.multiply(graph_, joined, Number(count));
    product.multiply(graph_, exp_of_closed(*rest), Number(1));
    return true;
  }
  return false;
}

/// h(x)·(x + h(x)).
bool Stabiliser::pair_hazard(Product& product, std::size_t i, std::size_t j) {
  const auto [hazard, m] = product.powers[i];
  const auto [mean, n] = product.powers[j];
  if (!is_call(hazard, Builtin::normal_hazard) || !m.is(1)) return false;
  if (!is_call(mean, Builtin::positive_normal_mean) || !n.is(1)) return false;
  const ExprId x = argument(hazard);
  if (argument(mean) != x) return false;
  product.remove(std::max(i, j));
  product.remove(std::min(i, j));
  product.multiply(graph_, applied(RuleId::hazard_times_mean, {x}), Number(1));
  return true;
}

/// a·x·Φ(x) + a·φ(x), the expected improvement, and a·x·erf(x/√2) + 2a·φ(x), that of both sides.
bool Stabiliser::take_improvement(Sum& sum, std::size_t i, std::size_t j) {
  Product first = as_product(graph_, sum.terms[i].first);
  Product second = as_product(graph_, sum.terms[j].first);
  const auto find = [&](const Product& product, Builtin builtin) {
    return std::find_if(product.powers.begin(), product.powers.end(), [&](const auto& power) {
      return is_call(power.first, builtin) && power.second.is(1);
    });
  };
  const auto density = find(second, Builtin::exp);
  auto cdf = find(first, Builtin::normal_cdf);
  const bool both = cdf == first.powers.end();
  if (both) cdf = find(first, Builtin::erf);
  if (cdf == first.powers.end() || density == second.powers.end()) return false;
  const ExprId root = graph_.power(graph_.constant(2), Number(1) / Number(2));
  const ExprId x = both ? graph_.times(root, argument(cdf->first)) : argument(cdf->first);
  const Form rest = without_square(argument(density->first), x, Number(-1) / Number(2));
  if (!rest || !closed(*rest)) return false;
  first.powers.erase(cdf);
  second.powers.erase(density);
  first.coefficient = first.coefficient * sum.terms[i].second;
  second.coefficient = second.coefficient * sum.terms[j].second;
  first.multiply(graph_, x, Number(-1));
  second.multiply(graph_, exp_of_closed(*rest), Number(1));
  // The densities' factors are 1/√(2π) and √(2/π).
  const ExprId circle = graph_.scaled(both ? Number(1) / Number(2) : Number(2), graph_.pi());
  Product quotient = first;
  quotient.multiply(graph_, built(graph_, second), Number(-1));
  quotient.multiply(graph_, graph_.power(circle, Number(-1) / Number(2)), Number(1));
  if (!is_one(quotient)) return false;
  const ExprId scale = built(graph_, first);
  sum.remove(std::max(i, j));
  sum.remove(std::min(i, j));
  note(both ? RuleId::folded_improvement : RuleId::expected_improvement);
  const auto add = [&](ExprId at) {
    const ExprId integral = graph_.call(Builtin::normal_cdf_integral, {at});
    sum.add(graph_, settled(graph_.times(scale, integral)), Number(1));
  };
  add(x);
  if (both) add(graph_.negate(x));
  return true;
}

/// The factor of the product by which the argument of G is divided, if the node is G(…/y).
std::optional<ExprId> Stabiliser::scale_within(const Product& product, ExprId node) {
  if (!is_call(node, Builtin::normal_cdf_integral)) return std::nullopt;
  for (const auto& [base, exponent] : as_product(graph_, argument(node)).powers) {
    if (!exponent.is(-1)) continue;
    for (const auto& [factor, power] : product.powers) {
      if (factor == base && power.is_integer() && power.sign() > 0) return base;
    }
  }
  return std::nullopt;
}

/// y·G(x/y), also as y·(G(x/y) + …).
bool Stabiliser::scale_improvement(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [node, exponent] = product.powers[i];
    if (!exponent.is(1)) continue;
    if (const auto scale = scale_within(product, node)) {
      const ExprId x = graph_.times(argument(node), *scale);
      product.remove(i);
      product.multiply(graph_, *scale, Number(-1));
      product.multiply(graph_, applied(RuleId::scaled_improvement, {x, *scale}), Number(1));
      return true;
    }
    if (graph_.op(node) != Op::add) continue;
    const Sum inner = as_sum(graph_, node);
    for (const auto& [term, coefficient] : inner.terms) {
      const auto scale = scale_within(product, term);
      if (!scale) continue;
      Sum scaled;
      scaled.add(graph_, *scale, inner.constant);
      for (const auto& [part, factor] : inner.terms) {
        scaled.add(graph_, settled(graph_.times(*scale, part)), factor);
      }
      product.remove(i);
      product.multiply(graph_, *scale, Number(-1));
      product.multiply(graph_, built(graph_, scaled), Number(1));
      return true;
    }
  }
  return false;
}

/// h(x) + x; a·h(x)² + a·x·h(x).
bool Stabiliser::take_hazard(Sum& sum, std::size_t i) {
  const auto [term, factor] = sum.terms[i];
  for (const auto& [base, power] : as_product(graph_, term).powers) {
    if (!is_call(base, Builtin::normal_hazard) || !power.is_integer() || power.sign() < 0) continue;
    const ExprId x = argument(base);
    const ExprId rest = without(graph_, term, base, Number(1));
    Sum wanted;
    wanted.add(graph_, graph_.times(rest, x), factor);
    if (wanted.terms.empty() || !sum.contains(wanted, Number(1))) continue;
    sum.remove(i);
    sum.subtract_terms(wanted, Number(1));
    sum.constant = sum.constant - wanted.constant;
    const ExprId mean = applied(RuleId::hazard_plus_argument, {x});
    sum.add(graph_, settled(graph_.times(rest, mean)), factor);
    return true;
  }
  return false;
}

/// c·log Φ(x) + c·x²/2 and c·log erfc(x) + c·x².
bool Stabiliser::take_log_tail(Sum& sum, std::size_t i) {
  const auto [term, factor] = sum.terms[i];
  const bool cdf = is_call(term, Builtin::log_normal_cdf);
  if (!cdf && !is_call(term, Builtin::log_erfc)) return false;
  const ExprId x = argument(term);
  const Number scale = cdf ? factor / Number(2) : factor;
  const Form rest = without_square(built(graph_, sum), x, scale);
  if (!rest) return false;
  sum = as_sum(graph_, *rest);
  sum.add_term(term, Number(0) - factor);
  const RuleId id = cdf ? RuleId::log_cdf_plus_square : RuleId::log_erfc_plus_square;
  sum.add(graph_, applied(id, {x}), factor);
  return true;
}

/// c − 2c·Φ(x), 2c − c·erfc(x).
bool Stabiliser::take_centred(Sum& sum, std::size_t i) {
  const auto [term, factor] = sum.terms[i];
  if (sum.constant.is(0)) return false;
  if (is_call(term, Builtin::normal_cdf) && factor == Number(-2) * sum.constant) {
    sum.add(graph_, applied(RuleId::twice_cdf_minus_one, {argument(term)}), -sum.constant);
  } else if (is_call(term, Builtin::erfc) && sum.constant == Number(-2) * factor) {
    sum.add(graph_, applied(RuleId::two_minus_erfc, {argument(term)}), -factor);
  } else {
    return false;
  }
  sum.add_term(term, -factor);
  sum.constant = Number(0);
  return true;
}

/// a·Φ(x) − a·Φ(y) and likewise of erf and erfc; a·h(x, y) + a·h(y, x).
bool Stabiliser::take_interval(Sum& sum, std::size_t i, std::size_t j) {
  const auto [first, a] = sum.terms[i];
  const auto [second, b] = sum.terms[j];
  for (const auto& [f, m] : as_product(graph_, first).powers) {
    if (graph_.op(f) != Op::call || !m.is(1)) continue;
    const Builtin builtin = graph_.builtin(f);
    const bool hazard = builtin == Builtin::normal_interval_hazard;
    const bool tail = builtin == Builtin::erf || builtin == Builtin::erfc;
    if (!hazard && !tail && builtin != Builtin::normal_cdf) continue;
    if (a != (hazard ? b : -b)) continue;
    for (const auto& [g, n] : as_product(graph_, second).powers) {
      if (!is_call(g, builtin) || !n.is(1)) continue;
      const ExprId rest = without(graph_, first, f, Number(1));
      if (rest != without(graph_, second, g, Number(1))) continue;
      const ExprId x = argument(f);
      const ExprId y = hazard ? graph_.operands(f)[1] : argument(g);
      if (hazard && (argument(g) != y || graph_.operands(g)[1] != x)) continue;
      RuleId id = RuleId::difference_of_normal_cdfs;
      if (hazard) id = RuleId::sum_of_interval_hazards;
      if (tail)
        id = is_call(f, Builtin::erf) ? RuleId::difference_of_erfs : RuleId::difference_of_erfcs;
      sum.remove(std::max(i, j));
      sum.remove(std::min(i, j));
      // The difference changes sign with its ends; a logarithm wants it positive.
      const bool swap = !hazard && a.sign() < 0;
      const ExprId joined = swap ? applied(id, {y, x}) : applied(id, {x, y});
      sum.add(graph_, graph_.times(rest, joined), swap ? -a : a);
      return true;
    }
  }
  return false;
}

bool Stabiliser::take_normal(Sum& sum) {
  if (sum.terms.size() > longest) return false;
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    if (take_centred(sum, i) || take_log_tail(sum, i) || take_tilted_log(sum, i) ||
        take_hazard(sum, i)) {
      return true;
    }
    for (std::size_t j = 0; j < sum.terms.size(); ++j) {
      if (i != j && (take_improvement(sum, i, j) || take_interval(sum, i, j))) return true;
    }
  }
  return false;
}

}  // namespace lossc::stabilise
