// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lengths and directions of two vectors u and v that differ by little: ‖a − p‖ − ‖a − n‖ of an
// anchor far away, and the derivatives of that. With g = u − v, which is short because what u and v
// share is gone from it, N = ‖u‖ + ‖v‖ and s = u/‖u‖ + v/‖v‖:
//
//   Δ = ‖u‖ − ‖v‖             =  Σ g·(u + v)/N
//   d = u[i]/‖u‖ − v[i]/‖v‖   =  (2·g[i] − Δ·s[i])/N
//
// The second cancels at an element that is nearly all of both vectors. As d·s = 0 it is the sum of
// the others there, −Σ_{j ≠ i} d[j]·s[j]/s[i]. And with a = ‖u without u[i]‖/‖u‖, b likewise,
// a² − b² = −d·s, so that the second derivatives
//
//   a²/‖u‖ − b²/‖v‖  =  −d·s·(1/‖u‖ + 1/‖v‖)/2 − (a² + b²)/2·Δ/(‖u‖·‖v‖)
//
// where ‖u‖ and ‖v‖ are within a factor of 2.
//
// Only after differentiating: the derivatives of the plain forms are the shorter ones.
#include <algorithm>
#include <array>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::ReduceOp;
using ir::Relation;

ExprId Stabiliser::element_of(ExprId norm, ExprId position) {
  return graph_.substitute(graph_.operands(norm)[0], {{graph_.axis(norm), position}});
}

/// Norms over one axis of vectors whose difference, or sum, is shorter than the two are.
std::optional<Stabiliser::Pair> Stabiliser::near_norms(ExprId u, ExprId v) {
  if (u == v || !is_norm(u) || !is_norm(v)) return std::nullopt;
  if (graph_.axis(u).size != graph_.axis(v).size) return std::nullopt;
  const ExprId place = graph_.index(graph_.fresh_axis(graph_.axis(u).size));
  const auto length = [&](ExprId node) {
    const Sum parts = as_sum(graph_, node);
    return parts.terms.size() + (parts.constant.is(0) ? 0 : 1);
  };
  const ExprId first = element_of(u, place);
  const ExprId second = element_of(v, place);
  const std::size_t difference = length(graph_.minus(first, second));
  const std::size_t total = length(graph_.plus(first, second));
  if (std::min(difference, total) >= length(first) + length(second)) return std::nullopt;
  return Pair{u, v, Number(total < difference ? -1 : 1)};
}

ExprId Stabiliser::gap_at(const Pair& pair, ExprId position) {
  const ExprId other = graph_.scaled(pair.sign, element_of(pair.second, position));
  return graph_.minus(element_of(pair.first, position), other);
}

ExprId Stabiliser::sum_at(const Pair& pair, ExprId position) {
  const ExprId other = graph_.scaled(pair.sign, element_of(pair.second, position));
  return graph_.plus(element_of(pair.first, position), other);
}

/// s at a position.
ExprId Stabiliser::directions_at(const Pair& pair, ExprId position) {
  const auto direction = [&](ExprId norm) {
    return graph_.call(Builtin::quotient, {element_of(norm, position), norm});
  };
  return graph_.plus(direction(pair.first), graph_.scaled(pair.sign, direction(pair.second)));
}

ExprId Stabiliser::difference_of_norms(const Pair& pair) {
  note(RuleId::difference_of_norms);
  const Axis axis = graph_.fresh_axis(graph_.axis(pair.first).size);
  const ExprId place = graph_.index(axis);
  const ExprId both = graph_.plus(pair.first, pair.second);
  const ExprId slope = graph_.call(Builtin::quotient, {sum_at(pair, place), both});
  return graph_.reduce(ReduceOp::sum, axis, graph_.times(gap_at(pair, place), slope));
}

ExprId Stabiliser::plain_difference(const Pair& pair, ExprId position) {
  const ExprId radial = graph_.times(difference_of_norms(pair), directions_at(pair, position));
  const ExprId above = graph_.minus(graph_.scaled(Number(2), gap_at(pair, position)), radial);
  return graph_.call(Builtin::quotient, {above, graph_.plus(pair.first, pair.second)});
}

/// Two directions that nearly agree have their largest element at one place, that of u + v; if it
/// is not most of both, which the sum of the directions there tells, nothing cancels.
ExprId Stabiliser::difference_of_directions(const Pair& pair, ExprId position) {
  note(RuleId::difference_of_directions);
  const ir::SizeId size = graph_.axis(pair.first).size;
  const Axis along = graph_.fresh_axis(size);
  const ExprId reach = graph_.call(Builtin::abs, {sum_at(pair, graph_.index(along))});
  const ExprId largest = graph_.reduce(ReduceOp::argmax, along, reach);
  const ExprId there = directions_at(pair, largest);
  const ExprId most =
      graph_.compare(Relation::less, graph_.constant(1), graph_.call(Builtin::abs, {there}));
  const Axis other = graph_.fresh_axis(size);
  const ExprId index = graph_.index(other);
  const ExprId product = graph_.times(plain_difference(pair, index), directions_at(pair, index));
  const ExprId apart = graph_.compare(Relation::not_equal, index, largest);
  const ExprId others = graph_.reduce(ReduceOp::sum, other, graph_.guard(apart, product));
  const std::array conditions = {graph_.compare(Relation::equal, position, largest), most};
  const ExprId here = graph_.conjunction(conditions);
  return graph_.select(here, graph_.negate(graph_.over(others, there)),
                       plain_difference(pair, position));
}

ExprId Stabiliser::difference_of_curvatures(const Pair& pair, ExprId position) {
  const ExprId turn =
      graph_.times(difference_of_directions(pair, position), directions_at(pair, position));
  const auto over = [&](ExprId above, ExprId norm) {
    return graph_.call(Builtin::quotient, {above, norm});
  };
  const auto share = [&](ExprId norm) {
    return graph_.power(over(norm_of_others(norm, position), norm), Number(2));
  };
  const ExprId first = share(pair.first);
  const ExprId second = share(pair.second);
  const ExprId shares = graph_.plus(first, second);
  const ExprId growth = over(difference_of_norms(pair), pair.first);
  const ExprId turned = graph_.plus(over(turn, pair.first), over(turn, pair.second));
  const ExprId grown = over(graph_.times(shares, growth), pair.second);
  const ExprId near = graph_.scaled(Number(-1) / Number(2), graph_.plus(turned, grown));
  const ExprId far = graph_.minus(over(first, pair.first), over(second, pair.second));
  // Of lengths or directions that are far apart the plain difference loses nothing.
  const auto direction = [&](ExprId norm) { return over(element_of(norm, position), norm); };
  const ExprId cosine =
      graph_.scaled(pair.sign, graph_.times(direction(pair.first), direction(pair.second)));
  const auto within_twice = [&](ExprId a, ExprId b) {
    return graph_.compare(Relation::less, a, graph_.scaled(Number(2), b));
  };
  const std::array conditions = {
      within_twice(pair.first, pair.second), within_twice(pair.second, pair.first),
      graph_.compare(Relation::less, graph_.constant(Number(-1) / Number(2)), cosine)};
  return graph_.select(graph_.conjunction(conditions), near, far);
}

/// c·P·‖u‖ − c·P·‖v‖.
bool Stabiliser::take_norms(Sum& sum) {
  for (std::size_t i = 0; i < sum.terms.size(); ++i) {
    for (const auto& [u, one] : as_product(graph_, sum.terms[i].first).powers) {
      if (!is_norm(u) || !one.is(1)) continue;
      const ExprId rest = without(graph_, sum.terms[i].first, u, Number(1));
      for (std::size_t j = 0; j < sum.terms.size(); ++j) {
        if (sum.terms[j].second != Number(0) - sum.terms[i].second) continue;
        for (const auto& [v, same] : as_product(graph_, sum.terms[j].first).powers) {
          const auto pair = same.is(1) ? near_norms(u, v) : std::nullopt;
          if (!pair || without(graph_, sum.terms[j].first, v, Number(1)) != rest) continue;
          const Number factor = sum.terms[i].second;
          sum.remove(std::max(i, j));
          sum.remove(std::min(i, j));
          sum.add(graph_, graph_.times(rest, difference_of_norms(*pair)), factor);
          return true;
        }
      }
    }
  }
  return false;
}

/// The term as rest · v[i]/‖v‖, in every way that there is.
std::vector<Stabiliser::Element> Stabiliser::directions_in(ExprId term, const Number& factor) {
  std::vector<Element> found;
  const Product product = without_quotients(term);
  for (const auto& [norm, below] : product.powers) {
    if (!is_norm(norm) || below.sign() > 0) continue;
    for (const auto& [element, power] : product.powers) {
      if (power < Number(1) || graph_.free_axes(element).empty()) continue;
      for (const ExprId position : places(norm, element)) {
        const Product here = as_product(graph_, element_of(norm, position));
        if (here.powers.size() != 1 || here.powers[0].first != element) continue;
        Product rest = product;
        rest.multiply(graph_, element, Number(-1));
        rest.multiply(graph_, norm, Number(1));
        const Number scale = factor * rest.coefficient / here.coefficient;
        rest.coefficient = Number(1);
        found.push_back({norm, position, scale, built(graph_, rest)});
      }
    }
  }
  return found;
}

/// The i of a ‖v without v[i]‖.
std::vector<ExprId> Stabiliser::left_out(ExprId others) {
  std::vector<ExprId> found;
  const auto& allowed = graph_.free_axes(others);
  for (const ExprId node : graph_.reachable(std::vector<ExprId>{others})) {
    if (graph_.op(node) != ir::Op::compare) continue;
    for (const ExprId position : graph_.operands(node)) {
      if (std::ranges::includes(allowed, graph_.free_axes(position))) found.push_back(position);
    }
  }
  return found;
}

/// The term as rest · ‖v without v[i]‖²/‖v‖³.
std::vector<Stabiliser::Element> Stabiliser::curvatures_in(ExprId term, const Number& factor) {
  std::vector<Element> found;
  const Product product = without_quotients(term);
  for (const auto& [norm, below] : product.powers) {
    if (!is_norm(norm) || Number(-3) < below) continue;
    for (const auto& [others, power] : product.powers) {
      if (!is_norm(others) || power < Number(2)) continue;
      for (const ExprId position : left_out(others)) {
        if (norm_of_others(norm, position) != others) continue;
        Product rest = product;
        rest.multiply(graph_, others, Number(-2));
        rest.multiply(graph_, norm, Number(3));
        const Number scale = factor * rest.coefficient;
        rest.coefficient = Number(1);
        found.push_back({norm, position, scale, built(graph_, rest)});
      }
    }
  }
  return found;
}

/// Two such terms of opposite sign, first or second derivatives of a difference of norms.
bool Stabiliser::take_elements(Sum& sum, bool second) {
  std::vector<std::vector<Element>> elements;
  for (const auto& [term, factor] : sum.terms) {
    elements.push_back(second ? curvatures_in(term, factor) : directions_in(term, factor));
  }
  for (std::size_t i = 0; i < elements.size(); ++i) {
    for (std::size_t j = i + 1; j < elements.size(); ++j) {
      for (const Element& a : elements[i]) {
        for (const Element& b : elements[j]) {
          if (a.position != b.position || a.rest != b.rest) continue;
          const auto pair = near_norms(a.norm, b.norm);
          const Number sign = pair && !second ? pair->sign : Number(1);
          if (!pair || b.factor != Number(0) - a.factor * sign) continue;
          const ExprId joined = second ? difference_of_curvatures(*pair, a.position)
                                       : difference_of_directions(*pair, a.position);
          sum.remove(j);
          sum.remove(i);
          sum.add(graph_, graph_.times(a.rest, joined), a.factor);
          return true;
        }
      }
    }
  }
  return false;
}

bool Stabiliser::take_near_vectors(Sum& sum) {
  if (stage_ != Stage::derivatives || sum.terms.size() < 2 || sum.terms.size() > 8) return false;
  return take_norms(sum) || take_elements(sum, true) || take_elements(sum, false);
}

}  // namespace lossc::stabilise
