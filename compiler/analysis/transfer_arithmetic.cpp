// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums and products. Equal factors are joined first, so that x·x is not negative; an affine
// function of a two-valued array takes two values, so that (y + 1)/2 of a sign is 0 or 1.
#include <algorithm>
#include <optional>

#include "compiler/analysis/interval.h"
#include "compiler/analysis/transfer.h"

namespace lossc::analysis {

using ir::Number;
using ir::Op;

namespace {

/// A mul or add with one operand that is not a constant: id = slope · operand + offset.
std::optional<Affine> affine_step(const ir::Graph& graph, ir::ExprId id) {
  const Op op = graph.op(id);
  if (op != Op::add && op != Op::mul) return std::nullopt;
  Affine result;
  if (op == Op::add) {
    result.offset = graph.constant_of(id);
  } else {
    result.slope = graph.constant_of(id);
  }
  const auto operands = graph.operands(id);
  const auto factors = graph.factors(id);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (graph.op(operands[i]) == Op::constant) {
      const Number& value = graph.constant_of(operands[i]);
      if (op == Op::add) {
        result.offset = result.offset + factors[i] * value;
      } else if (const auto raised = ir::power(value, factors[i])) {
        result.slope = result.slope * *raised;
      } else {
        return std::nullopt;
      }
      continue;
    }
    if (result.subject.valid() || (op == Op::mul && !factors[i].is(1))) return std::nullopt;
    result.subject = operands[i];
    if (op == Op::add) result.slope = factors[i];
  }
  if (!result.subject.valid() || !result.slope.finite() || !result.offset.finite()) {
    return std::nullopt;
  }
  return result;
}

/// The two values of what is affine in a two-valued array, as a range.
std::optional<Range> two_valued(const ir::Function& function, ir::ExprId id) {
  const Affine form = affine(function.graph, id);
  if (form.subject == id || function.graph.op(form.subject) != Op::load) return std::nullopt;
  const ir::Domain domain = function.arrays[function.graph.array(form.subject).index].domain;
  if (domain != ir::Domain::sign && domain != ir::Domain::binary) return std::nullopt;
  const Number first = form.slope * Number(domain == ir::Domain::sign ? -1 : 0) + form.offset;
  const Number second = form.slope + form.offset;
  return hull(of_number(first), of_number(second));
}

}  // namespace

Affine affine(const ir::Graph& graph, ir::ExprId id) {
  Affine result;
  result.subject = id;
  for (int depth = 0; depth < 8; ++depth) {
    const std::optional<Affine> step = affine_step(graph, result.subject);
    if (!step) break;
    result.offset = result.slope * step->offset + result.offset;
    result.slope = result.slope * step->slope;
    result.subject = step->subject;
  }
  return result;
}

Range transfer_sum(const ir::Function& function, ir::ExprId id, std::span<const Range> operands) {
  if (const auto exact = two_valued(function, id)) return *exact;
  Range range = of_number(function.graph.constant_of(id));
  const auto coefficients = function.graph.factors(id);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    range = sum(range, product(of_number(coefficients[i]), operands[i]));
  }
  return range;
}

Range transfer_product(const ir::Function& function, ir::ExprId id,
                       std::span<const Range> operands) {
  if (const auto exact = two_valued(function, id)) return *exact;
  Range range = of_number(function.graph.constant_of(id));
  const auto ids = function.graph.operands(id);
  const auto exponents = function.graph.factors(id);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    // Whole powers of one operand are one power; fractional ones do not add (√x·√x, x < 0).
    Number exponent = exponents[i];
    bool joined = false;
    if (exponent.is_integer() && exponent.sign() > 0) {
      for (std::size_t j = 0; j < operands.size(); ++j) {
        if (j == i || ids[j] != ids[i]) continue;
        if (!exponents[j].is_integer() || exponents[j].sign() <= 0) continue;
        joined = joined || j < i;
        exponent = exponent + exponents[j];
      }
    }
    if (!joined) range = product(range, power(operands[i], exponent));
  }
  return range;
}

}  // namespace lossc::analysis
