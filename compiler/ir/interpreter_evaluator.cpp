// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sweep itself: order, sizes, lifetimes.
#include "compiler/ir/interpreter_evaluator.h"

#include <algorithm>

#include "compiler/ir/rational.h"
#include "compiler/support/assert.h"

namespace lossc::ir {
namespace {

/// The largest intermediate array: past it the interpreter declines instead of eating the machine.
constexpr std::int64_t largest_array = 1 << 26;

/// The number of elements over these axes; nothing if it is too large.
std::optional<std::int64_t> count_of(const AxisSet& axes, std::span<const std::int64_t> extents) {
  std::int64_t count = 1;
  for (const Axis axis : axes) {
    if (extents[axis.size.index] == 0) return 0;
  }
  for (const Axis axis : axes) {
    const std::int64_t extent = extents[axis.size.index];
    if (extent > largest_array / count) return std::nullopt;
    count *= extent;
  }
  return count;
}

}  // namespace

Walk::Walk(const AxisSet& axes, std::span<const std::int64_t> extents)
    : all_extents_(extents), axes_(axes), position_(axes.size(), 0) {
  for (const Axis axis : axes) {
    extents_.push_back(extents[axis.size.index]);
    count_ *= extents_.back();
  }
}

std::int64_t Walk::stride(const AxisSet& axes, Axis axis, std::span<const std::int64_t> extents) {
  std::int64_t stride = 1;
  for (std::size_t i = axes.size(); i-- > 0;) {
    if (axes[i] == axis) return stride;
    stride *= extents[axes[i].size.index];
  }
  return 0;
}

void Walk::add(const AxisSet& operand_axes) {
  std::vector<std::int64_t> strides;
  for (const Axis axis : axes_) strides.push_back(stride(operand_axes, axis, all_extents_));
  strides_.push_back(std::move(strides));
  offsets_.push_back(0);
}

void Walk::next() {
  for (std::size_t i = axes_.size(); i-- > 0;) {
    const bool wraps = ++position_[i] == extents_[i];
    const std::int64_t move = wraps ? 1 - extents_[i] : 1;
    for (std::size_t operand = 0; operand < offsets_.size(); ++operand) {
      offsets_[operand] += static_cast<std::size_t>(move * strides_[operand][i]);
    }
    if (!wraps) return;
    position_[i] = 0;
  }
}

template <int Order>
Walk Evaluator<Order>::walk(ExprId id) const {
  Walk walk(graph_.free_axes(id), setting_.extents);
  for (const ExprId operand : graph_.operands(id)) walk.add(graph_.free_axes(operand));
  return walk;
}

template <int Order>
std::uint32_t Evaluator<Order>::new_fault(std::string message) {
  faults_.push_back(std::move(message));
  return static_cast<std::uint32_t>(faults_.size());
}

template <int Order>
Float Evaluator<Order>::number(const Number& number) {
  switch (number.kind()) {
    case Number::Kind::infinity:
      return Float::infinity(1);
    case Number::Kind::minus_infinity:
      return Float::infinity(-1);
    case Number::Kind::nan:
      return Float::nan();
    case Number::Kind::finite:
      break;
  }
  if (const std::optional<long> whole = number.to_long()) return Float(*whole);
  const Rational rational = number.rational();
  Float result;
  const int inexact = mpfr_set_q(result.get(), rational.backend().data(), MPFR_RNDN);
  result.settle(inexact, result, result);
  return result;
}

template <int Order>
std::optional<typename Evaluator<Order>::Values> Evaluator<Order>::evaluate(ExprId root) {
  const std::vector<ExprId> order = graph_.reachable(std::vector<ExprId>{root});
  values_.assign(root.index + 1, {});
  varies_.assign(root.index + 1, false);
  std::vector<ExprId> last_use(root.index + 1);
  for (const ExprId id : order) {
    const std::optional<std::int64_t> count = count_of(graph_.free_axes(id), setting_.extents);
    if (!count) return std::nullopt;
    for (const ExprId operand : graph_.operands(id)) last_use[operand.index] = id;
  }
  for (const ExprId id : order) {
    bool varies = graph_.op(id) == Op::load;
    for (const ExprId operand : graph_.operands(id)) varies = varies || varies_[operand.index];
    varies_[id.index] = varies;
    evaluate_node(id);
    for (const ExprId operand : graph_.operands(id)) {
      if (last_use[operand.index] == id) Values().swap(values_[operand.index]);
    }
  }
  return std::move(values_[root.index]);
}

template <int Order>
void Evaluator<Order>::evaluate_node(ExprId id) {
  Values& result = values_[id.index];
  result.resize(static_cast<std::size_t>(*count_of(graph_.free_axes(id), setting_.extents)));
  if (result.empty()) return;
  switch (graph_.op(id)) {
    case Op::constant:
    case Op::truth:
    case Op::pi:
    case Op::size:
      return constant(id, result);
    case Op::index:
      return index(id, result);
    case Op::load:
      return load(id, result);
    case Op::add:
      return add(id, result);
    case Op::mul:
      return mul(id, result);
    case Op::call:
      return call(id, result);
    case Op::compare:
      return compare(id, result);
    case Op::conjunction:
      return connective(id, result, false);
    case Op::disjunction:
      return connective(id, result, true);
    case Op::negation: {
      const Values& operand = of(graph_.operands(id)[0]);
      for (std::size_t i = 0; i < result.size(); ++i) {
        result[i].fault = operand[i].fault;
        result[i].value() = Float(operand[i].value().is_zero() ? 1 : 0);
      }
      return;
    }
    case Op::select:
      return select(id, result);
    case Op::reduce:
      return reduce(id, result);
    case Op::weight:
      return weight(id, result);
  }
  LOSSC_UNREACHABLE("an unknown operation");
}

template class Evaluator<0>;
template class Evaluator<1>;
template class Evaluator<2>;
template class Evaluator<3>;

}  // namespace lossc::ir
