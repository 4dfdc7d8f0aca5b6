// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Facts of a node from the facts of its operands.
#include "compiler/ir/facts.h"
#include "compiler/ir/builtins.h"

#include <algorithm>

namespace lossc::ir {

namespace {

using Bits = std::uint16_t;

Bits bits_if(bool condition, int fact) { return condition ? static_cast<Bits>(fact) : Bits{0}; }

/// The facts all operands from the given one on share.
Bits shared(const Graph& g, std::span<const ExprId> operands, std::size_t from = 0) {
  Bits all = 0xffff;
  for (std::size_t i = from; i < operands.size(); ++i) all &= g.node(operands[i]).facts;
  return all;
}

Bits of_constant(const Number& value) {
  return static_cast<Bits>(
      bits_if(value.sign() >= 0 && value.kind() != Number::Kind::nan, nonnegative_fact) |
      bits_if(value.sign() > 0, positive_fact) | bits_if(value.is_integer(), whole_fact) |
      bits_if(value.finite(), finite_fact));
}

Bits of_add(const Graph& g, std::span<const ExprId> operands, std::span<const Number> numbers) {
  const Bits constant = of_constant(numbers[0]);
  bool nonnegative = (constant & nonnegative_fact) != 0;
  bool positive = (constant & positive_fact) != 0;
  bool whole = (constant & whole_fact) != 0;
  bool finite = (constant & finite_fact) != 0;
  bool delta = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Bits term = g.node(operands[i]).facts;
    const Number& factor = numbers[i + 1];
    nonnegative = nonnegative && (term & nonnegative_fact) && factor.sign() > 0;
    positive = positive || (term & positive_fact);
    whole = whole && (term & whole_fact) && factor.is_integer();
    finite = finite && (term & finite_fact) && factor.finite();
    delta = delta || (term & delta_fact);
  }
  return static_cast<Bits>(
      bits_if(nonnegative, nonnegative_fact) | bits_if(nonnegative && positive, positive_fact) |
      bits_if(whole, whole_fact) | bits_if(finite, finite_fact) | bits_if(delta, delta_fact));
}

Bits of_mul(const Graph& g, std::span<const ExprId> operands, std::span<const Number> numbers) {
  const Bits coefficient = of_constant(numbers[0]);
  bool nonnegative = (coefficient & nonnegative_fact) != 0;
  bool positive = (coefficient & positive_fact) != 0;
  bool whole = (coefficient & whole_fact) != 0;
  bool finite = (coefficient & finite_fact) != 0;
  bool delta = false;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Bits base = g.node(operands[i]).facts;
    const Number& exponent = numbers[i + 1];
    const bool natural = exponent.is_integer() && exponent.sign() > 0;
    const auto count = exponent.to_long();
    const bool even = count && *count % 2 == 0;
    nonnegative = nonnegative && ((base & nonnegative_fact) || even || !exponent.is_integer());
    positive = positive && (base & positive_fact);
    whole = whole && natural && (base & whole_fact);
    finite = finite && natural && (base & finite_fact);
    delta = delta || (exponent.is(1) && (base & delta_fact));
  }
  return static_cast<Bits>(bits_if(nonnegative, nonnegative_fact) |
                           bits_if(positive, positive_fact) | bits_if(whole, whole_fact) |
                           bits_if(finite, finite_fact) | bits_if(delta, delta_fact));
}

Bits of_call(const Graph& g, Builtin builtin, std::span<const ExprId> operands) {
  const Bits argument = shared(g, operands);
  switch (builtin) {
    case Builtin::exp:
    case Builtin::exp2:
    case Builtin::cosh:
    case Builtin::softplus:
    case Builtin::erfcx:
    case Builtin::normal_hazard:
    case Builtin::positive_normal_mean:
    case Builtin::normal_cdf_integral:
      return nonnegative_fact | positive_fact;
    case Builtin::sigmoid:
    case Builtin::normal_cdf:
    case Builtin::erfc:
    case Builtin::positive_normal_variance:
    case Builtin::positive_normal_skew:
    case Builtin::normal_hazard_slope:
      return nonnegative_fact | positive_fact | finite_fact;
    case Builtin::tanh:
    case Builtin::erf:
    case Builtin::atan:
      return static_cast<Bits>(finite_fact | (argument & nonnegative_fact));
    case Builtin::sign:
      return static_cast<Bits>(finite_fact | whole_fact | (argument & nonnegative_fact));
    case Builtin::step:
      return finite_fact | whole_fact | nonnegative_fact;
    case Builtin::abs:
      return static_cast<Bits>(nonnegative_fact |
                               (argument & (positive_fact | whole_fact | finite_fact)));
    case Builtin::quotient:
    case Builtin::hypot: {
      Bits any = 0;
      for (const ExprId operand : operands) any |= g.node(operand).facts;
      const bool length = builtin == Builtin::hypot;
      return length ? static_cast<Bits>(nonnegative_fact | (any & positive_fact))
                    : static_cast<Bits>(argument & (nonnegative_fact | positive_fact));
    }
    case Builtin::direction:
      return static_cast<Bits>(finite_fact | (g.node(operands[0]).facts & nonnegative_fact));
    case Builtin::log1p_ratio:
    case Builtin::log1p_square:
    case Builtin::sigmoid_power:
      return nonnegative_fact;
    case Builtin::floor:
    case Builtin::ceil:
    case Builtin::round:
      return static_cast<Bits>(whole_fact | (argument & (nonnegative_fact | finite_fact)));
    case Builtin::min:
    case Builtin::max:
      return static_cast<Bits>(argument &
                               (nonnegative_fact | positive_fact | whole_fact | finite_fact));
    case Builtin::stop_gradient:
    case Builtin::hold_first:
    case Builtin::hold_second:
      return static_cast<Bits>(argument & ~delta_fact);
    default:
      return 0;
  }
}

bool names_an_index(const Graph& g, ExprId side) {
  if (g.op(side) == Op::index) return true;
  if (g.op(side) != Op::add) return false;
  const auto terms = g.operands(side);
  return std::any_of(terms.begin(), terms.end(),
                     [&g](ExprId term) { return g.op(term) == Op::index; });
}

bool is_delta_comparison(const Graph& g, ExprId condition) {
  return g.op(condition) == Op::compare && g.relation(condition) == Relation::equal &&
         (names_an_index(g, g.operands(condition)[0]) ||
          names_an_index(g, g.operands(condition)[1]));
}

bool is_delta(const Graph& g, ExprId condition) {
  if (g.op(condition) != Op::conjunction) return is_delta_comparison(g, condition);
  const auto all = g.operands(condition);
  return std::any_of(all.begin(), all.end(),
                     [&g](ExprId one) { return is_delta_comparison(g, one); });
}

bool is_zero(const Graph& g, ExprId id) { return g.is_constant(id, 0); }

Bits of_select(const Graph& g, std::span<const ExprId> operands) {
  const Bits both = static_cast<Bits>(shared(g, operands, 1) & ~delta_fact);
  const bool delta = is_zero(g, operands[2]) &&
                     ((g.node(operands[1]).facts & delta_fact) || is_delta(g, operands[0]));
  return static_cast<Bits>(both | bits_if(delta, delta_fact));
}

Bits of_reduce(const Graph& g, ReduceOp op, ExprId body) {
  const Bits inside = g.node(body).facts;
  switch (op) {
    case ReduceOp::sum:
      return static_cast<Bits>(inside & (nonnegative_fact | whole_fact | finite_fact | delta_fact));
    case ReduceOp::prod:
      return static_cast<Bits>(inside &
                               (nonnegative_fact | positive_fact | whole_fact | finite_fact));
    case ReduceOp::argmax:
    case ReduceOp::argmin:
      return nonnegative_fact | whole_fact | finite_fact;
    case ReduceOp::norm:
      return nonnegative_fact;
    case ReduceOp::any:
    case ReduceOp::all:
      return bool_fact;
    default:
      return 0;  // over nothing, max is −inf
  }
}

}  // namespace

Bits facts_of(const Graph& g, const Node& node, std::span<const ExprId> operands,
              std::span<const Number> numbers) {
  switch (node.op) {
    case Op::constant:
      return of_constant(numbers[0]);
    case Op::pi:
      return nonnegative_fact | positive_fact | finite_fact;
    case Op::size:
    case Op::index:
      return nonnegative_fact | whole_fact | finite_fact;
    case Op::load: {
      const auto array = g.array_facts({static_cast<std::uint16_t>(node.attribute)});
      return static_cast<Bits>(finite_fact | bits_if(array.whole, whole_fact) |
                               bits_if(array.nonnegative || array.positive, nonnegative_fact) |
                               bits_if(array.positive, positive_fact));
    }
    case Op::add:
      return of_add(g, operands, numbers);
    case Op::mul:
      return of_mul(g, operands, numbers);
    case Op::call:
      return of_call(g, static_cast<Builtin>(node.attribute), operands);
    case Op::select:
      return of_select(g, operands);
    case Op::reduce:
      return of_reduce(g, static_cast<ReduceOp>(node.detail), operands[0]);
    case Op::weight:
      return nonnegative_fact | positive_fact | finite_fact;
    case Op::truth:
    case Op::compare:
    case Op::conjunction:
    case Op::disjunction:
    case Op::negation:
      return bool_fact;
  }
  return 0;
}

}  // namespace lossc::ir
