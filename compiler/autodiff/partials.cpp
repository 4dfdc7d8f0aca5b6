// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Partials by opcode: the table of docs/architecture.md, "Reverse mode".
#include "compiler/autodiff/partials.h"

#include <array>
#include <utility>

#include "compiler/ir/builtins.h"
#include "compiler/support/assert.h"

namespace lossc::autodiff {
namespace {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Graph;
using ir::Number;
using ir::Op;
using ir::ReduceOp;
using ir::Relation;

/// The operands of a node, kept apart from the pool, which moves while nodes are made.
std::vector<ExprId> operands_of(const Graph& graph, ExprId node) {
  const auto operands = graph.operands(node);
  return {operands.begin(), operands.end()};
}

void append_sum(Graph& graph, ExprId node, const Activity& activity, std::vector<Partial>& out) {
  const std::vector<ExprId> operands = operands_of(graph, node);
  const auto factors = graph.factors(node);
  const std::vector<Number> coefficients(factors.begin(), factors.end());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!is_active(activity, operands[i])) continue;
    const bool plain = coefficients[i].is(1);
    out.push_back({operands[i], plain ? ExprId{} : graph.constant(coefficients[i]), ExprId{}});
  }
}

/// ∂/∂xᵢ of c Π xⱼ^eⱼ is eᵢ xᵢ^(eᵢ−1) · c Π_{j≠i} xⱼ^eⱼ. The products that leave one factor out
/// come from those of the factors before it and after it, so n factors cost O(n) multiplications.
void append_product(Graph& graph, ExprId node, const Activity& activity,
                    std::vector<Partial>& out) {
  const std::vector<ExprId> operands = operands_of(graph, node);
  const auto factors = graph.factors(node);
  const std::vector<Number> exponents(factors.begin(), factors.end());
  const Number coefficient = graph.constant_of(node);
  const std::size_t count = operands.size();
  std::vector<ExprId> after(count + 1, graph.constant(1));
  for (std::size_t i = count; i-- > 0;) {
    const std::array<std::pair<ExprId, Number>, 2> powers{
        {{operands[i], exponents[i]}, {after[i + 1], Number(1)}}};
    after[i] = graph.mul(Number(1), powers);
  }
  ExprId before = graph.constant(coefficient);
  for (std::size_t i = 0; i < count; ++i) {
    // x and x⁻¹, which stand apart because their product is 0 at 0, vary together: not at all.
    if (i + 1 < count && operands[i + 1] == operands[i]) {
      const Number total = exponents[i] + exponents[i + 1];
      if (is_active(activity, operands[i]) && !total.is(0)) {
        const std::array<std::pair<ExprId, Number>, 4> powers{
            {{operands[i], exponents[i]},
             {operands[i], exponents[i + 1] - Number(1)},
             {before, Number(1)},
             {after[i + 2], Number(1)}}};
        out.push_back({operands[i], graph.mul(total, powers), ExprId{}});
      }
      const std::array<std::pair<ExprId, Number>, 3> both{
          {{before, Number(1)}, {operands[i], exponents[i]}, {operands[i], exponents[i + 1]}}};
      before = graph.mul(Number(1), both);
      ++i;
      continue;
    }
    if (is_active(activity, operands[i])) {
      const std::array<std::pair<ExprId, Number>, 3> powers{
          {{operands[i], exponents[i] - Number(1)},
           {before, Number(1)},
           {after[i + 1], Number(1)}}};
      out.push_back({operands[i], graph.mul(exponents[i], powers), ExprId{}});
    }
    const std::array<std::pair<ExprId, Number>, 2> powers{
        {{before, Number(1)}, {operands[i], exponents[i]}}};
    before = graph.mul(Number(1), powers);
  }
}

/// max(a, b): all to the larger; at a tie half to each of two expressions, nothing against a
/// constant.
void append_extremum(Graph& graph, ExprId node, const Activity& activity,
                     std::vector<Partial>& out) {
  const std::vector<ExprId> operands = operands_of(graph, node);
  for (std::size_t i = 0; i < 2; ++i) {
    if (!is_active(activity, operands[i])) continue;
    const ExprId other = operands[1 - i];
    const bool larger = graph.builtin(node) == Builtin::max;
    const ExprId wins = larger ? graph.compare(Relation::less, other, operands[i])
                               : graph.compare(Relation::less, operands[i], other);
    out.push_back({operands[i], ExprId{}, wins});
    if (activity[other] == Dependence::constant) continue;
    const ExprId tie = graph.compare(Relation::equal, operands[0], operands[1]);
    out.push_back({operands[i], graph.constant(Number(1) / Number(2)), tie});
  }
}

void append_call(Graph& graph, ExprId node, const Activity& activity, std::vector<Partial>& out) {
  const Builtin builtin = graph.builtin(node);
  if (builtin == Builtin::max || builtin == Builtin::min) {
    append_extremum(graph, node, activity, out);
    return;
  }
  const std::vector<ExprId> operands = operands_of(graph, node);
  const auto& formulas = ir::info(builtin).partials;
  if (formulas.empty()) return;
  LOSSC_ASSERT(formulas.size() == operands.size(), "a builtin has one partial per operand");
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!is_active(activity, operands[i])) continue;
    out.push_back({operands[i], ir::instantiated(graph, formulas[i], operands), ExprId{}});
  }
}

/// Π_{k′ ≠ k} x[k′]: also right where a factor is 0.
ExprId product_of_others(Graph& graph, Axis axis, ExprId body) {
  const Axis other = graph.fresh_axis(axis.size);
  const ExprId position = graph.index(other);
  const ExprId renamed = graph.substitute(body, {{axis, position}});
  const ExprId apart = graph.compare(Relation::not_equal, position, graph.index(axis));
  return graph.reduce(ReduceOp::prod, other, graph.select(apart, renamed, graph.constant(1)));
}

void append_reduction(Graph& graph, ExprId node, const Activity& activity,
                      std::vector<Partial>& out) {
  const ExprId body = graph.operands(node)[0];
  const Axis axis = graph.axis(node);
  if (!is_active(activity, body)) return;
  switch (graph.reduce_op(node)) {
    case ReduceOp::sum:
      out.push_back({body, ExprId{}, ExprId{}});
      return;
    case ReduceOp::lse:
      out.push_back({body, graph.weight(body, node), ExprId{}});
      return;
    case ReduceOp::prod:
      out.push_back({body, product_of_others(graph, axis, body), ExprId{}});
      return;
    case ReduceOp::norm:
      out.push_back({body, graph.over(body, node), ExprId{}});
      return;
    case ReduceOp::max:
    case ReduceOp::min: {
      const ExprId reached = graph.compare(Relation::equal, body, node);
      const ExprId ties = summed(graph, axis, graph.guard(reached, graph.constant(1)));
      out.push_back({body, graph.power(ties, Number(-1)), reached});
      return;
    }
    default:
      LOSSC_UNREACHABLE("a reduction without a derivative is active");
  }
}

}  // namespace

std::vector<Partial> partials(Graph& graph, ExprId node, const Activity& activity) {
  std::vector<Partial> out;
  switch (graph.op(node)) {
    case Op::add:
      append_sum(graph, node, activity, out);
      break;
    case Op::mul:
      append_product(graph, node, activity, out);
      break;
    case Op::call:
      append_call(graph, node, activity, out);
      break;
    case Op::reduce:
      append_reduction(graph, node, activity, out);
      break;
    case Op::select: {
      const std::vector<ExprId> operands = operands_of(graph, node);
      if (is_active(activity, operands[1])) out.push_back({operands[1], ExprId{}, operands[0]});
      if (is_active(activity, operands[2])) {
        out.push_back({operands[2], ExprId{}, graph.negation(operands[0])});
      }
      break;
    }
    case Op::weight: {
      const std::vector<ExprId> operands = operands_of(graph, node);
      if (is_active(activity, operands[0])) out.push_back({operands[0], node, ExprId{}});
      if (is_active(activity, operands[1]))
        out.push_back({operands[1], graph.negate(node), ExprId{}});
      break;
    }
    default:
      break;
  }
  return out;
}

ExprId applied(Graph& graph, const Partial& partial, ExprId value) {
  if (partial.factor.valid()) value = graph.times(partial.factor, value);
  if (partial.guard.valid()) value = graph.guard(partial.guard, value);
  return value;
}

ExprId summed(Graph& graph, Axis axis, ExprId body) {
  const Axis fresh = graph.fresh_axis(axis.size);
  return graph.reduce(ReduceOp::sum, fresh, graph.substitute(body, {{axis, graph.index(fresh)}}));
}

}  // namespace lossc::autodiff
