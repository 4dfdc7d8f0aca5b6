// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A normal tail beside an exponential, as a convolution of both has it (the exponentially modified
// Gaussian): exp(q)·erfc(u) with q = u² − v², where u and v differ by what the exponential adds.
// For u > 0 it is exp(−v²)·erfcx(u), in which u² does not occur. The author writes q multiplied out
// in one way or another, so it is compared as a polynomial. Both branches get arguments that are
// safe where they are not taken, which also keeps them from matching again.
#include <algorithm>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Graph;
using ir::Number;
using ir::Op;

namespace {

constexpr std::size_t longest_polynomial = 32;

/// a·b with the powers of each base as one, y·y⁻¹ as 1: polynomials are compared where both mean
/// something.
ExprId merged(Graph& graph, ExprId a, ExprId b) {
  Product product = as_product(graph, a);
  product.multiply(graph, b, Number(1));
  for (std::size_t i = product.powers.size(); i-- > 0;) {
    const auto [base, exponent] = product.powers[i];
    if (graph.op(base) != Op::constant) continue;
    const auto value = ir::power(graph.constant_of(base), exponent);
    if (!value) continue;
    product.coefficient = product.coefficient * *value;
    product.remove(i);
  }
  return built(graph, product);
}

/// The first term that is a product with a sum in it, and that sum.
struct Place {
  std::size_t term;
  ExprId sum;
};
std::optional<Place> sum_within(Graph& graph, const Sum& polynomial) {
  for (std::size_t i = 0; i < polynomial.terms.size(); ++i) {
    if (graph.op(polynomial.terms[i].first) != Op::mul) continue;
    for (const auto& [base, exponent] : as_product(graph, polynomial.terms[i].first).powers) {
      if (graph.op(base) == Op::add && exponent.is_integer() && exponent.sign() > 0) {
        return Place{i, base};
      }
    }
  }
  return std::nullopt;
}

/// Without sums in products; none if that is long.
std::optional<Sum> multiplied_out(Graph& graph, Sum polynomial) {
  for (auto place = sum_within(graph, polynomial); place; place = sum_within(graph, polynomial)) {
    const auto [term, factor] = polynomial.terms[place->term];
    const ExprId rest = without(graph, term, place->sum, Number(1));
    const Sum inner = as_sum(graph, place->sum);
    polynomial.remove(place->term);
    polynomial.add(graph, rest, factor * inner.constant);
    for (const auto& [part, coefficient] : inner.terms) {
      polynomial.add(graph, merged(graph, rest, part), factor * coefficient);
    }
    if (polynomial.terms.size() > longest_polynomial) return std::nullopt;
  }
  return polynomial;
}

bool same(const Sum& a, const Sum& b) {
  return a.terms.size() == b.terms.size() && a.constant == b.constant && a.contains(b, Number(1));
}

}  // namespace

/// Takes factor · (u² − v²) out of the sum, u being a multiple of a sum and v that without one of
/// its terms; v, if it was there.
Stabiliser::Form Stabiliser::take_tilt(Sum& sum, ExprId u, const Number& factor) {
  ExprId whole = u;
  for (const auto& [base, exponent] : as_product(graph_, u).powers) {
    if (graph_.op(base) == Op::add && exponent.is(1)) whole = base;
  }
  if (graph_.op(whole) != Op::add || sum.terms.size() > longest) return std::nullopt;
  const ExprId scale = whole == u ? graph_.constant(1) : without(graph_, u, whole, Number(1));
  for (const auto& [term, coefficient] : as_sum(graph_, whole).terms) {
    const ExprId added = graph_.scaled(coefficient, merged(graph_, scale, term));
    const ExprId v = graph_.times(scale, graph_.minus(whole, graph_.scaled(coefficient, term)));
    Sum tilt;
    tilt.add(graph_, merged(graph_, added, added), factor);
    tilt.add(graph_, merged(graph_, added, v), Number(2) * factor);
    const auto wanted = multiplied_out(graph_, tilt);
    if (!wanted || wanted->terms.empty()) continue;
    Sum found;
    Sum left;
    left.constant = sum.constant;
    for (const auto& [part, times] : sum.terms) {
      Sum one;
      one.add_term(part, times);
      const auto expanded = multiplied_out(graph_, one);
      const bool meets =
          expanded &&
          std::any_of(expanded->terms.begin(), expanded->terms.end(), [&](const auto& monomial) {
            return !wanted->coefficient_of(monomial.first).is(0);
          });
      if (!meets) {
        left.add_term(part, times);
        continue;
      }
      found.constant = found.constant + expanded->constant;
      for (const auto& [monomial, size] : expanded->terms) found.add_term(monomial, size);
    }
    if (!same(found, *wanted)) continue;
    sum = left;
    return v;
  }
  return std::nullopt;
}

/// exp(q)·erfc(u), u as −x/√2 where it is Φ(x).
bool Stabiliser::pair_with_tilt(Product& product, std::size_t exponential, std::size_t tail) {
  const auto [e, m] = product.powers[exponential];
  const auto [f, n] = product.powers[tail];
  const bool cdf = is_call(f, Builtin::normal_cdf);
  if (!is_call(e, Builtin::exp) || !m.is(1) || !n.is(1)) return false;
  if (!cdf && !is_call(f, Builtin::erfc)) return false;
  const ExprId half_root = graph_.power(graph_.constant(2), Number(-1) / Number(2));
  const ExprId u = cdf ? graph_.negate(graph_.times(argument(f), half_root)) : argument(f);
  Sum rest = as_sum(graph_, argument(e));
  const Form v = take_tilt(rest, u, Number(1));
  if (!v) return false;
  note(RuleId::tilted_normal_tail);
  const ExprId zero = graph_.constant(0);
  rest.add(graph_, graph_.power(*v, Number(2)), Number(-1));
  const ExprId right =
      graph_.times(graph_.call(Builtin::exp, {built(graph_, rest)}),
                   graph_.call(Builtin::erfcx, {graph_.call(Builtin::max, {u, zero})}));
  const ExprId left =
      graph_.times(e, graph_.call(Builtin::erfc, {graph_.call(Builtin::min, {u, zero})}));
  product.remove(std::max(exponential, tail));
  product.remove(std::min(exponential, tail));
  if (cdf) product.coefficient = product.coefficient / Number(2);
  const ExprId beyond = graph_.compare(ir::Relation::less, zero, u);
  product.multiply(graph_, graph_.select(beyond, right, left), Number(1));
  return true;
}

/// c·q + c·log erfc(u), and of log Φ.
bool Stabiliser::take_tilted_log(Sum& sum, std::size_t i) {
  const auto [term, factor] = sum.terms[i];
  const bool cdf = is_call(term, Builtin::log_normal_cdf);
  if (!cdf && !is_call(term, Builtin::log_erfc)) return false;
  const ExprId half_root = graph_.power(graph_.constant(2), Number(-1) / Number(2));
  const ExprId u = cdf ? graph_.negate(graph_.times(argument(term), half_root)) : argument(term);
  Sum rest = sum;
  rest.remove(i);
  const Sum before = rest;
  const Form v = take_tilt(rest, u, factor);
  if (!v) return false;
  note(RuleId::log_tilted_normal_tail);
  Sum tilt = before;
  tilt.constant = Number(0);
  for (const auto& [part, times] : rest.terms) tilt.add_term(part, -times);
  const ExprId zero = graph_.constant(0);
  const ExprId right =
      graph_.minus(graph_.call(Builtin::log_erfcx, {graph_.call(Builtin::max, {u, zero})}),
                   graph_.power(*v, Number(2)));
  const ExprId left = graph_.call(Builtin::log_erfc, {graph_.call(Builtin::min, {u, zero})});
  const ExprId beyond = graph_.compare(ir::Relation::less, zero, u);
  const ExprId joined =
      graph_.select(beyond, graph_.scaled(factor, right),
                    graph_.plus(built(graph_, tilt), graph_.scaled(factor, left)));
  sum = rest;
  sum.add(graph_, joined, Number(1));
  if (cdf) sum.add(graph_, graph_.call(Builtin::log, {graph_.constant(2)}), -factor);
  return true;
}

}  // namespace lossc::stabilise
