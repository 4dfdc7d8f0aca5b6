// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lengths: √e of an e that is a square or a sum of squares, made without forming the squares, which
// leave the range long before the length does. Wherever a power of such a sum other than a natural
// one is taken, or its logarithm, the power is taken of the length. A plain Σ x² stays as it is:
// when that overflows, so does the result.
#include <algorithm>

#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::Builtin;
using ir::ExprId;
using ir::Number;
using ir::Op;
using ir::ReduceOp;

static const Number& half() {
  static const Number number = Number(1) / Number(2);
  return number;
}

Stabiliser::Form Stabiliser::find_length(ExprId e) {
  switch (graph_.op(e)) {
    case Op::mul:
      return length_of_product(e);
    case Op::add:
      return length_of_sum(e);
    case Op::reduce: {
      if (graph_.reduce_op(e) != ReduceOp::sum) return std::nullopt;
      const Form element = length_of(graph_.operands(e)[0]);
      if (!element) return std::nullopt;
      note(RuleId::norm_over_axis);
      return graph_.reduce(ReduceOp::norm, graph_.axis(e), *element);
    }
    case Op::select: {
      // A filter: what it leaves out is 0.
      if (graph_.is_bool(graph_.operands(e)[1])) return std::nullopt;
      const ExprId condition = graph_.operands(e)[0];
      if (!graph_.is_constant(graph_.operands(e)[2], 0)) return std::nullopt;
      const Form value = length_of(graph_.operands(e)[1]);
      if (!value) return std::nullopt;
      return graph_.guard(condition, *value);
    }
    default:
      return std::nullopt;
  }
}

/// Of a square times what is not negative.
Stabiliser::Form Stabiliser::length_of_product(ExprId e) {
  const Product product = as_product(graph_, e);
  if (product.coefficient.sign() <= 0 || !product.coefficient.finite()) return std::nullopt;
  Product root;
  bool square = false;
  for (const auto& [base, exponent] : product.powers) {
    const auto whole = exponent.to_long();
    const Form inner = exponent.sign() > 0 ? length_of(base) : std::nullopt;
    if (inner) {
      root.powers.emplace_back(*inner, exponent);
      square = true;
    } else if ((whole && *whole % 2 == 0) || nonnegative(base)) {
      root.powers.emplace_back(base, exponent * half());
      square = square || (whole && *whole > 1 && !binary(base));
    } else {
      return std::nullopt;
    }
  }
  if (!square) return std::nullopt;
  if (!product.coefficient.is(1)) {
    root.powers.emplace_back(graph_.constant(product.coefficient), half());
  }
  return built(graph_, root);
}

/// Of squares and other terms that are not negative; those are added up as they are.
Stabiliser::Form Stabiliser::length_of_sum(ExprId e) {
  const Sum sum = as_sum(graph_, e);
  if (sum.constant.sign() < 0 || !sum.constant.finite() || sum.terms.size() > 8) {
    return std::nullopt;
  }
  std::vector<ExprId> sides;
  Sum rest;
  rest.constant = sum.constant;
  for (const auto& [term, coefficient] : sum.terms) {
    if (coefficient.sign() <= 0) return std::nullopt;
    if (const Form side = length_of(graph_.scaled(coefficient, term))) {
      sides.push_back(*side);
    } else if (nonnegative(term) && !log_of(term)) {
      rest.add_term(term, coefficient);
    } else {
      return std::nullopt;
    }
  }
  if (sides.empty()) return std::nullopt;
  if (!(rest.terms.empty() && rest.constant.is(0))) {
    sides.push_back(graph_.power(built(graph_, rest), half()));
  }
  // √(1 + (x/c)²) = √(c² + x²)/c: x/c may be large where the whole is not.
  const ExprId common = common_denominator(sides);
  ExprId length = graph_.times(sides[0], common);
  for (std::size_t i = 1; i < sides.size(); ++i) {
    length = applied(RuleId::root_of_squares, {length, graph_.times(sides[i], common)});
  }
  return graph_.over(length, common);
}

/// The product of what the sides are divided by, as far as it is positive.
ExprId Stabiliser::common_denominator(const std::vector<ExprId>& sides) {
  Product common;
  for (const ExprId side : sides) {
    for (const auto& [base, exponent] : as_product(graph_, side).powers) {
      if (exponent.sign() > 0 || !ranges_[base].positive()) continue;
      const auto known = std::find_if(common.powers.begin(), common.powers.end(),
                                      [&, b = base](const auto& p) { return p.first == b; });
      const Number needed = Number(0) - exponent;
      if (known == common.powers.end()) {
        common.powers.emplace_back(base, needed);
      } else if (known->second < needed) {
        known->second = needed;
      }
    }
  }
  return built(graph_, common);
}

/// (Σ squares)^g as length^2g: for a g that is no natural number, for 1/Σ squares beside something
/// that may be as large, and for Σ squares over a length.
bool Stabiliser::take_length(Product& product) {
  const auto& powers = product.powers;
  const auto is_length = [&](const auto& p) {
    const bool norm =
        graph_.op(p.first) == Op::reduce && graph_.reduce_op(p.first) == ReduceOp::norm;
    return p.second.sign() < 0 && (norm || is_call(p.first, Builtin::hypot));
  };
  for (std::size_t i = 0; i < powers.size(); ++i) {
    const auto [base, exponent] = powers[i];
    if (graph_.op(base) != Op::add && graph_.op(base) != Op::reduce) continue;
    if (exponent.is_integer() && exponent.sign() > 0) {
      if (std::none_of(powers.begin(), powers.end(), is_length)) continue;
    } else if (exponent.is_integer()) {
      const bool beside = std::any_of(powers.begin(), powers.end(), [&, b = base](const auto& p) {
        return p.first != b && !ranges_[p.first].within(-1e6, 1e6);
      });
      if (!beside) continue;
    }
    const Form length = length_of(base);
    if (!length) continue;
    product.remove(i);
    product.multiply(graph_, *length, exponent + exponent);
    return true;
  }
  return false;
}

/// All of them, whatever their exponents: under a logarithm.
bool Stabiliser::take_lengths(Product& product) {
  bool found = false;
  for (auto& [base, exponent] : product.powers) {
    if (graph_.op(base) != Op::add && graph_.op(base) != Op::reduce) continue;
    // 1 + x² has a logarithm of its own that is good near 1.
    if (!as_sum(graph_, base).constant.is(0)) continue;
    const Form length = length_of(base);
    if (!length) continue;
    base = *length;
    exponent = exponent + exponent;
    found = true;
  }
  return found;
}

/// x/hypot(x, y), as often as the product has both.
bool Stabiliser::take_direction(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [base, exponent] = product.powers[i];
    if (!is_call(base, Builtin::hypot) || Number(-1) < exponent) continue;
    for (const std::size_t side : {0u, 1u}) {
      const ExprId x = graph_.operands(base)[side];
      const ExprId y = graph_.operands(base)[1 - side];
      const Product wanted = as_product(graph_, x);
      if (wanted.powers.empty() || graph_.op(x) == Op::constant) continue;
      const bool held = std::all_of(wanted.powers.begin(), wanted.powers.end(), [&](const auto& w) {
        return std::any_of(product.powers.begin(), product.powers.end(), [&](const auto& p) {
          const bool enough = w.second.sign() > 0 ? !(p.second < w.second) : !(w.second < p.second);
          return p.first == w.first && enough;
        });
      });
      if (!held) continue;
      Product rest;
      rest.coefficient = product.coefficient / wanted.coefficient;
      for (const auto& [factor, power] : product.powers) {
        Number left = power;
        for (const auto& [w, taken] : wanted.powers) {
          if (w == factor) left = left - taken;
        }
        if (factor == base) left = left + Number(1);
        if (!left.is(0)) rest.powers.emplace_back(factor, left);
      }
      rest.multiply(graph_, applied(RuleId::direction_of_side, {x, y}), Number(1));
      product = rest;
      return true;
    }
  }
  return false;
}

/// direction(x, y)/x = 1/hypot(x, y), also at x = 0.
bool Stabiliser::drop_direction(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [base, exponent] = product.powers[i];
    if (!is_call(base, Builtin::direction) || exponent.sign() < 0) continue;
    const ExprId x = graph_.operands(base)[0];
    for (std::size_t j = 0; j < product.powers.size(); ++j) {
      if (product.powers[j].first != x || Number(-1) < product.powers[j].second) continue;
      const ExprId length = applied(RuleId::root_of_squares, {x, graph_.operands(base)[1]});
      product.powers[i].second = exponent - Number(1);
      product.powers[j].second = product.powers[j].second + Number(1);
      std::erase_if(product.powers, [](const auto& p) { return p.second.is(0); });
      note(RuleId::direction_of_side);
      product.multiply(graph_, length, Number(-1));
      return true;
    }
  }
  return false;
}

/// Which of the factors of a sum's elements is to be divided by a length: the one it is the length
/// of, else the first that may be large.
std::optional<std::size_t> Stabiliser::scaled_factor(const Product& body, ExprId length) {
  if (is_call(length, Builtin::max)) {
    const auto sides = graph_.operands(length);
    length = graph_.op(sides[0]) == Op::reduce ? sides[0] : sides[1];
  }
  const bool norm = graph_.op(length) == Op::reduce && graph_.reduce_op(length) == ReduceOp::norm;
  if (!norm && !is_call(length, Builtin::hypot)) return std::nullopt;
  std::optional<std::size_t> large;
  for (std::size_t i = 0; i < body.powers.size(); ++i) {
    const auto& [base, exponent] = body.powers[i];
    if (exponent.sign() <= 0 || !exponent.is_integer()) continue;
    if (norm && base == graph_.operands(length)[0]) return i;
    if (!large && !is_call(base, Builtin::quotient) && !ranges_[base].within(-1e6, 1e6)) large = i;
  }
  return large;
}

/// Σ x·t / ‖t‖ with the norm, or max(‖t‖, c), inside: Σ x·quotient(t, ‖t‖). Not where the sum has
/// axes that the norm lacks: there it would be a division for each of N² products.
bool Stabiliser::scale_dot(Product& product) {
  for (std::size_t i = 0; i < product.powers.size(); ++i) {
    const auto [length, exponent] = product.powers[i];
    if (!exponent.is_integer() || exponent.sign() > 0) continue;
    for (std::size_t j = 0; j < product.powers.size(); ++j) {
      const auto [dot, power] = product.powers[j];
      const bool sum = graph_.op(dot) == Op::reduce && graph_.reduce_op(dot) == ReduceOp::sum;
      if (!sum || !power.is(1) || graph_.free_axes(dot) != graph_.free_axes(length)) continue;
      Product body = as_product(graph_, graph_.operands(dot)[0]);
      const auto place = scaled_factor(body, length);
      if (!place || body.powers.size() < 2) continue;
      auto& [element, times] = body.powers[*place];
      const ExprId scaled = graph_.call(Builtin::quotient, {element, length});
      times = times - Number(1);
      if (times.is(0)) body.remove(*place);
      body.powers.emplace_back(scaled, Number(1));
      note(RuleId::scaled_dot);
      product.powers[i].second = exponent + Number(1);
      product.remove(j);
      product.multiply(graph_, graph_.reduce(ReduceOp::sum, graph_.axis(dot), built(graph_, body)),
                       Number(1));
      std::erase_if(product.powers, [](const auto& p) { return p.second.is(0); });
      return true;
    }
  }
  return false;
}

/// 1 − Σ (x/‖x‖)·(t/‖t‖) = ½ Σ (x/‖x‖ − t/‖t‖)²; it is 1 where a vector is 0.
Stabiliser::Form Stabiliser::complement_of_cosine(ExprId e) {
  const Product body = as_product(graph_, graph_.operands(e)[0]);
  if (body.powers.size() != 2 || !body.coefficient.is(1)) return std::nullopt;
  std::vector<ExprId> nothing;
  for (const auto& [side, exponent] : body.powers) {
    if (!exponent.is(1) || !is_call(side, Builtin::quotient)) return std::nullopt;
    const ExprId norm = graph_.operands(side)[1];
    const bool own = graph_.op(norm) == Op::reduce && graph_.reduce_op(norm) == ReduceOp::norm &&
                     graph_.operands(norm)[0] == graph_.operands(side)[0] &&
                     graph_.axis(norm) == graph_.axis(e);
    if (!own) return std::nullopt;
    nothing.push_back(graph_.compare(ir::Relation::equal, norm, graph_.constant(0)));
  }
  note(RuleId::one_minus_cosine);
  const ExprId apart = graph_.minus(body.powers[0].first, body.powers[1].first);
  const ExprId sum = graph_.reduce(ReduceOp::sum, graph_.axis(e), graph_.power(apart, Number(2)));
  return graph_.select(graph_.disjunction(nothing), graph_.constant(1), graph_.scaled(half(), sum));
}

}  // namespace lossc::stabilise
