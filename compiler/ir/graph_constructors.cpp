// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constructors: a literal graph takes its operands as they are, a normalising one through the
// rules. Composed builtins are expanded in both.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/formula.h"
#include "compiler/ir/rules.h"
#include "compiler/support/assert.h"

namespace lossc::ir {

namespace {

Node make(Op op, std::uint32_t attribute = 0, std::uint8_t detail = 0) {
  Node node;
  node.op = op;
  node.attribute = attribute;
  node.detail = detail;
  return node;
}

/// Operands and numbers of a sum or product side by side; small ones without the heap.
struct Columns {
  std::vector<ExprId> operands;
  std::vector<Number> numbers;
  Columns(const Number& first, std::span<const Term> terms) {
    operands.reserve(terms.size());
    numbers.reserve(terms.size() + 1);
    numbers.push_back(first);
    for (const auto& [operand, number] : terms) {
      operands.push_back(operand);
      numbers.push_back(number);
    }
  }
};

}  // namespace

ExprId Graph::constant(const Number& value) {
  return intern(make(Op::constant), {}, std::span<const Number>(&value, 1));
}
ExprId Graph::truth(bool value) { return intern(make(Op::truth, value ? 1 : 0), {}, {}); }
ExprId Graph::pi() { return intern(make(Op::pi), {}, {}); }

ExprId Graph::size(SizeId size) {
  if (mode_ == Mode::normalising) {
    if (const auto literal = extent(size)) return constant(Number(*literal));
  }
  return intern(make(Op::size, size.index), {}, {});
}

ExprId Graph::index(Axis axis) { return intern(make(Op::index, axis.packed()), {}, {}); }

ExprId Graph::load(ArrayId array, std::span<const ExprId> subscripts) {
  return intern(make(Op::load, array.index), subscripts, {});
}

ExprId Graph::raw_add(const Number& constant, std::span<const Term> terms) {
  const Columns columns(constant, terms);
  return intern(make(Op::add), columns.operands, columns.numbers);
}
ExprId Graph::raw_mul(const Number& coefficient, std::span<const Term> powers) {
  const Columns columns(coefficient, powers);
  return intern(make(Op::mul), columns.operands, columns.numbers);
}
ExprId Graph::raw_call(Builtin builtin, std::span<const ExprId> arguments) {
  return intern(make(Op::call, static_cast<std::uint32_t>(builtin)), arguments, {});
}
ExprId Graph::raw_compare(Relation relation, ExprId left, ExprId right) {
  const ExprId operands[] = {left, right};
  return intern(make(Op::compare, 0, static_cast<std::uint8_t>(relation)), operands, {});
}
ExprId Graph::raw_nary(Op op, std::span<const ExprId> operands) {
  return intern(make(op), operands, {});
}
ExprId Graph::raw_select(ExprId condition, ExprId then_value, ExprId else_value) {
  const ExprId operands[] = {condition, then_value, else_value};
  return intern(make(Op::select), operands, {});
}

/// Gives the bound axis its canonical name.
ExprId Graph::raw_reduce(ReduceOp op, Axis axis, ExprId body) {
  const Axis name = canonical(axis, body);
  if (name != axis && is_free(body, axis)) body = substitute(body, {{axis, index(name)}});
  const ExprId operands[] = {body};
  return intern(make(Op::reduce, name.packed(), static_cast<std::uint8_t>(op)), operands, {});
}

ExprId Graph::add(const Number& constant, std::span<const Term> terms) {
  if (mode_ == Mode::normalising) return Rules(*this).add(constant, terms);
  return raw_add(constant, terms);
}
ExprId Graph::mul(const Number& coefficient, std::span<const Term> powers) {
  if (mode_ == Mode::normalising) return Rules(*this).mul(coefficient, powers);
  return raw_mul(coefficient, powers);
}

ExprId Graph::call(Builtin builtin, std::span<const ExprId> arguments) {
  const BuiltinInfo& row = info(builtin);
  LOSSC_ASSERT(static_cast<std::size_t>(row.arity) == arguments.size(), "a builtin's arity");
  if (row.composed) return instantiated(*this, row.means, arguments);
  if (mode_ == Mode::normalising) return Rules(*this).call(builtin, arguments);
  return raw_call(builtin, arguments);
}

ExprId Graph::compare(Relation relation, ExprId left, ExprId right) {
  if (mode_ == Mode::normalising) return Rules(*this).compare(relation, left, right);
  return raw_compare(relation, left, right);
}

ExprId Graph::conjunction(std::span<const ExprId> operands) {
  if (mode_ == Mode::normalising) return Rules(*this).junction(Op::conjunction, operands);
  if (operands.empty()) return truth(true);
  if (operands.size() == 1) return operands[0];
  return raw_nary(Op::conjunction, operands);
}
ExprId Graph::disjunction(std::span<const ExprId> operands) {
  if (mode_ == Mode::normalising) return Rules(*this).junction(Op::disjunction, operands);
  if (operands.empty()) return truth(false);
  if (operands.size() == 1) return operands[0];
  return raw_nary(Op::disjunction, operands);
}
ExprId Graph::negation(ExprId operand) {
  if (mode_ == Mode::normalising) return Rules(*this).negation(operand);
  return raw_nary(Op::negation, {&operand, 1});
}

ExprId Graph::select(ExprId condition, ExprId then_value, ExprId else_value) {
  if (mode_ == Mode::normalising) return Rules(*this).select(condition, then_value, else_value);
  return raw_select(condition, then_value, else_value);
}
ExprId Graph::reduce(ReduceOp op, Axis axis, ExprId body) {
  if (mode_ == Mode::normalising) return Rules(*this).reduce(op, axis, body);
  return raw_reduce(op, axis, body);
}
ExprId Graph::weight(ExprId x, ExprId reduced) {
  if (mode_ == Mode::normalising) return Rules(*this).weight(x, reduced);
  const ExprId operands[] = {x, reduced};
  return raw_nary(Op::weight, operands);
}

ExprId Graph::plus(ExprId a, ExprId b) {
  const Term terms[] = {{a, Number(1)}, {b, Number(1)}};
  return add(Number(0), terms);
}
ExprId Graph::minus(ExprId a, ExprId b) {
  const Term terms[] = {{a, Number(1)}, {b, Number(-1)}};
  return add(Number(0), terms);
}
ExprId Graph::negate(ExprId a) { return scaled(Number(-1), a); }
ExprId Graph::times(ExprId a, ExprId b) {
  const Term powers[] = {{a, Number(1)}, {b, Number(1)}};
  return mul(Number(1), powers);
}
ExprId Graph::scaled(const Number& factor, ExprId a) {
  const Term powers[] = {{a, Number(1)}};
  return mul(factor, powers);
}
ExprId Graph::over(ExprId a, ExprId b) {
  const Term powers[] = {{a, Number(1)}, {b, Number(-1)}};
  return mul(Number(1), powers);
}
ExprId Graph::power(ExprId base, const Number& exponent) {
  const Term powers[] = {{base, exponent}};
  return mul(Number(1), powers);
}
ExprId Graph::call(Builtin builtin, std::initializer_list<ExprId> arguments) {
  return call(builtin, std::span<const ExprId>(arguments.begin(), arguments.size()));
}
ExprId Graph::guard(ExprId condition, ExprId value) {
  return select(condition, value, constant(Number(0)));
}

ExprId Graph::rebuilt(ExprId id, std::span<const ExprId> with) {
  const Node& n = node(id);
  if (n.op == Op::reduce) return reduce(reduce_op(id), axis(id), with[0]);
  if (with.empty()) return id;
  switch (n.op) {
    case Op::load:
      return load(array(id), with);
    case Op::call:
      return call(builtin(id), with);
    case Op::compare:
      return compare(relation(id), with[0], with[1]);
    case Op::conjunction:
      return conjunction(with);
    case Op::disjunction:
      return disjunction(with);
    case Op::negation:
      return negation(with[0]);
    case Op::select:
      return select(with[0], with[1], with[2]);
    case Op::weight:
      return weight(with[0], with[1]);
    case Op::add:
    case Op::mul: {
      std::vector<Term> terms;
      terms.reserve(with.size());
      const auto numbers = factors(id);
      for (std::size_t i = 0; i < with.size(); ++i) terms.emplace_back(with[i], numbers[i]);
      return n.op == Op::add ? add(constant_of(id), terms) : mul(constant_of(id), terms);
    }
    default:
      return id;
  }
}

}  // namespace lossc::ir
