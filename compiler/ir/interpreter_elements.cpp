// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Leaves, loads, comparisons and selections of the interpreter.
#include <fmt/format.h>

#include "compiler/ir/interpreter_evaluator.h"
#include "compiler/ir/interpreter_special.h"
#include "compiler/support/assert.h"

namespace lossc::ir {

std::string subscript_fault(const Array& array, std::size_t place, const Float& subscript,
                            std::int64_t extent) {
  const std::string value = fmt::format("{}", subscript.to_double());
  if (extent == 0) {
    return fmt::format("subscript {} of `{}` is {}, but that axis is empty", place + 1, array.name,
                       value);
  }
  return fmt::format("subscript {} of `{}` is {}, not a whole number from 0 to {}", place + 1,
                     array.name, value, extent - 1);
}

template <int Order>
void Evaluator<Order>::constant(ExprId id, Values& result) {
  switch (graph_.op(id)) {
    case Op::constant:
      result[0].value() = number(graph_.constant_of(id));
      return;
    case Op::truth:
      result[0].value() = Float(static_cast<long>(graph_.node(id).attribute));
      return;
    case Op::pi:
      result[0].value() = special::pi();
      return;
    case Op::size:
      result[0].value() = Float(static_cast<long>(setting_.extents[graph_.size_of(id).index]));
      return;
    default:
      LOSSC_UNREACHABLE("not a constant");
  }
}

template <int Order>
void Evaluator<Order>::index(ExprId, Values& result) {
  for (std::size_t i = 0; i < result.size(); ++i) result[i].value() = Float(static_cast<long>(i));
}

template <int Order>
void Evaluator<Order>::load(ExprId id, Values& result) {
  const ArrayId array_id = graph_.array(id);
  const Array& array = setting_.arrays[array_id.index];
  const std::vector<Float>& values = setting_.values[array_id.index];
  const std::span<const ExprId> subscripts = graph_.operands(id);
  const bool seeded = seed_ && seed_->array == array_id;
  std::vector<std::uint32_t> faults(subscripts.size(), 0);
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    std::size_t place = 0;
    bool nan = false;
    for (std::size_t i = 0; i < subscripts.size() && element.fault == 0; ++i) {
      const Jet<Order>& subscript = of(subscripts[i])[walk.offset(i)];
      const std::int64_t extent = setting_.extents[array.shape[i].index];
      const Float& value = subscript.value();
      element.fault = subscript.fault;
      if (element.fault != 0) break;
      nan = nan || value.is_nan();
      if (nan) continue;
      const bool inside =
          value.is_integer() && value.sign() >= 0 && value < Float(static_cast<long>(extent));
      if (!inside) {
        if (faults[i] == 0) faults[i] = new_fault(subscript_fault(array, i, value, extent));
        element.fault = faults[i];
        break;
      }
      place = place * static_cast<std::size_t>(extent) + mpfr_get_ui(value.get(), MPFR_RNDN);
    }
    if (nan) {
      element.value() = Float::nan();
    } else if (element.fault == 0) {
      element.value() = values[place];
      if constexpr (Order >= 1) {
        if (seeded) element.part[1] = seed_->at(place);
      }
      if constexpr (Order == hyper_dual) {
        if (seeded) element.part[2] = seed_->second_at(place);
      }
    }
    walk.next();
  }
}

template <int Order>
void Evaluator<Order>::select(ExprId id, Values& result) {
  const std::span<const ExprId> operands = graph_.operands(id);
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    const Jet<Order>& condition = of(operands[0])[walk.offset(0)];
    if (condition.fault != 0) {
      element.fault = condition.fault;
    } else {
      const std::size_t branch = condition.value().is_zero() ? 2 : 1;
      element = of(operands[branch])[walk.offset(branch)];
    }
    walk.next();
  }
}

template <int Order>
void Evaluator<Order>::compare(ExprId id, Values& result) {
  const std::span<const ExprId> operands = graph_.operands(id);
  const auto holds = [relation = graph_.relation(id)](const Float& a, const Float& b) {
    switch (relation) {
      case Relation::less:
        return a < b;
      case Relation::less_equal:
        return a <= b;
      case Relation::equal:
        return a == b;
      case Relation::not_equal:
        return !(a == b);
    }
    LOSSC_UNREACHABLE("an unknown relation");
  };
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    const Jet<Order>& a = of(operands[0])[walk.offset(0)];
    const Jet<Order>& b = of(operands[1])[walk.offset(1)];
    element.fault = a.fault != 0 ? a.fault : b.fault;
    element.value() = Float(holds(a.value(), b.value()) ? 1 : 0);
    walk.next();
  }
}

// One operand that decides (a false in a conjunction, a true in a disjunction) hides the faults of
// the others: operands are sorted, so none of them is the first.
template <int Order>
void Evaluator<Order>::connective(ExprId id, Values& result, bool absorbing) {
  const std::span<const ExprId> operands = graph_.operands(id);
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    bool decided = false;
    std::uint32_t fault = 0;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Jet<Order>& operand = of(operands[i])[walk.offset(i)];
      if (operand.fault != 0) {
        fault = operand.fault;
      } else if (operand.value().is_zero() != absorbing) {
        decided = true;
      }
    }
    element.fault = decided ? 0 : fault;
    element.value() = Float(decided == absorbing ? 1 : 0);
    walk.next();
  }
}

#define INSTANTIATE(order)                                   \
  template void Evaluator<order>::constant(ExprId, Values&); \
  template void Evaluator<order>::index(ExprId, Values&);    \
  template void Evaluator<order>::load(ExprId, Values&);     \
  template void Evaluator<order>::select(ExprId, Values&);   \
  template void Evaluator<order>::compare(ExprId, Values&);  \
  template void Evaluator<order>::connective(ExprId, Values&, bool);
INSTANTIATE(0)
INSTANTIATE(1)
INSTANTIATE(2)
INSTANTIATE(3)
#undef INSTANTIATE

}  // namespace lossc::ir
