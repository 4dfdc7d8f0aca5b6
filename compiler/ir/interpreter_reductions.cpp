// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reductions of the interpreter: each element of the result gathers its row and folds it.
#include <fmt/format.h>

#include "compiler/ir/interpreter_evaluator.h"
#include "compiler/ir/interpreter_special.h"
#include "compiler/support/assert.h"

namespace lossc::ir {

template <int Order>
void Evaluator<Order>::reduce(ExprId id, Values& result) {
  const ExprId body = graph_.operands(id)[0];
  const Axis axis = graph_.axis(id);
  const auto extent = static_cast<std::size_t>(setting_.extents[axis.size.index]);
  const auto stride =
      static_cast<std::size_t>(Walk::stride(graph_.free_axes(body), axis, setting_.extents));
  std::vector<const Jet<Order>*> row(extent);
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    for (std::size_t i = 0; i < extent; ++i) row[i] = &of(body)[walk.offset(0) + i * stride];
    element = reduced(graph_.reduce_op(id), row, id);
    walk.next();
  }
}

template <int Order>
Jet<Order> Evaluator<Order>::reduced(ReduceOp op, std::span<const Jet<Order>* const> body,
                                     ExprId id) {
  Jet<Order> result;
  switch (op) {
    case ReduceOp::sum:
      for (const Jet<Order>* element : body) {
        for (std::size_t i = 0; i <= Order; ++i) result.part[i] += element->part[i];
        if (result.fault == 0) result.fault = element->fault;
      }
      return result;
    case ReduceOp::prod:
      result.value() = Float(1);
      for (const Jet<Order>* element : body) result = result * *element;
      return result;
    case ReduceOp::norm: {
      for (const Jet<Order>* element : body) {
        const Jet<Order> square = *element * *element;
        for (std::size_t i = 0; i <= Order; ++i) result.part[i] += square.part[i];
        if (result.fault == 0) result.fault = element->fault;
      }
      const Float root = special::sqrt(result.value());
      if (root.is_zero()) return Jet<Order>{};
      const Float slope = Float(1) / (Float(2) * root);
      return chain(result, root, slope, -slope / (Float(2) * root * root));
    }
    case ReduceOp::max:
      return largest(body, false);
    case ReduceOp::min:
      return largest(body, true);
    case ReduceOp::lse:
      return log_sum_exp(body);
    case ReduceOp::argmax:
      return position_of_largest(body, false, id);
    case ReduceOp::argmin:
      return position_of_largest(body, true, id);
    case ReduceOp::any:
    case ReduceOp::all:
      break;
  }
  // As in a conjunction, one element that decides hides the faults of the others.
  const bool absorbing = op == ReduceOp::any;
  bool decided = false;
  for (const Jet<Order>* element : body) {
    if (element->fault != 0) {
      result.fault = element->fault;
    } else if (element->value().is_zero() != absorbing) {
      decided = true;
    }
  }
  if (decided) result.fault = 0;
  result.value() = Float(decided == absorbing ? 1 : 0);
  return result;
}

// m + log Σ exp(xᵢ − m); R′ = Σ wᵢ xᵢ′ and R″ = Σ wᵢ (xᵢ″ + (xᵢ′)²) − (R′)², wᵢ = exp(xᵢ − R).
template <int Order>
Jet<Order> Evaluator<Order>::log_sum_exp(std::span<const Jet<Order>* const> body) {
  Jet<Order> result;
  Float largest = Float::infinity(-1);
  std::size_t where = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (result.fault == 0) result.fault = body[i]->fault;
    const Float& x = body[i]->value();
    if (x.is_nan() || largest < x) {
      largest = x;
      where = i;
      if (x.is_nan()) break;
    }
  }
  result.value() = largest;
  if (largest.is_infinite() && largest.sign() < 0) return result;
  std::vector<Float> weights;
  weights.reserve(body.size());
  Float rest;  // Σ without the largest, so that log1p keeps its digits
  for (std::size_t i = 0; i < body.size(); ++i) {
    weights.push_back(i == where ? Float(1) : special::exp(body[i]->value() - largest));
    if (i != where) rest += weights.back();
  }
  result.value() += special::log1p(rest);
  if constexpr (Order >= 1) {
    const Float total = rest + Float(1);
    for (std::size_t i = 0; i < body.size(); ++i) {
      const Jet<Order>& x = *body[i];
      if (!x.moving()) continue;
      const Float weight = weights[i] / total;
      result.part[1] += tangent_product(x.part[1], weight);
      if constexpr (Order == 2) {
        const Float curvature = x.part[2] + x.part[1] * x.part[1];
        result.part[2] += tangent_product(curvature, weight);
      } else if constexpr (Order == hyper_dual) {
        result.part[2] += tangent_product(x.part[2], weight);
        result.part[3] += tangent_product(x.part[3] + x.part[1] * x.part[2], weight);
      }
    }
    if constexpr (Order == 2) result.part[2] -= result.part[1] * result.part[1];
    if constexpr (Order == hyper_dual) result.part[3] -= result.part[1] * result.part[2];
  }
  return result;
}

template <int Order>
Jet<Order> Evaluator<Order>::largest(std::span<const Jet<Order>* const> body, bool smallest) {
  Jet<Order> result;
  result.value() = Float::infinity(smallest ? 1 : -1);
  long ties = 0;
  std::uint32_t fault = 0;
  for (const Jet<Order>* element : body) {
    if (fault == 0) fault = element->fault;
    const Float& x = element->value();
    if (x.is_nan()) {
      result = *element;
      break;
    }
    if (ties == 0 || (smallest ? x < result.value() : result.value() < x)) {
      result = *element;
      ties = 1;
    } else if (x == result.value()) {
      const int order = compare_tangents(*element, result);
      if (ties_ == TieRule::one_sided) {
        if (order != 0 && (order < 0) == smallest) result = *element;
      } else {
        // Equal tangents so far are shared alike; `result` holds the sum over the ties.
        for (std::size_t i = 1; i <= Order; ++i) result.part[i] += element->part[i];
        ++ties;
      }
    }
  }
  if (ties > 1) {
    for (std::size_t i = 1; i <= Order; ++i) result.part[i] /= Float(ties);
    tied_ = true;
  }
  result.fault = fault;
  return result;
}

template <int Order>
Jet<Order> Evaluator<Order>::position_of_largest(std::span<const Jet<Order>* const> body,
                                                 bool smallest, ExprId id) {
  Jet<Order> result;
  if (body.empty()) {
    const std::string_view name = graph_.reduce_op(id) == ReduceOp::argmax ? "argmax" : "argmin";
    result.fault = new_fault(fmt::format("`{}` of nothing: its axis is empty", name));
    return result;
  }
  std::size_t best = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (result.fault == 0) result.fault = body[i]->fault;
    const Float& x = body[i]->value();
    if (x.is_nan()) {
      result.value() = Float::nan();
      return result;
    }
    if (smallest ? x < body[best]->value() : body[best]->value() < x) best = i;
  }
  result.value() = Float(static_cast<long>(best));
  return result;
}

#define INSTANTIATE(order) template void Evaluator<order>::reduce(ExprId, Values&);
INSTANTIATE(0)
INSTANTIATE(1)
INSTANTIATE(2)
INSTANTIATE(3)
#undef INSTANTIATE

}  // namespace lossc::ir
