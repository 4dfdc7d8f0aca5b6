// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums, products, powers and builtin calls of the interpreter, and the conventions at the kinks of
// abs, min and max (language.md 7).
#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter_builtins.h"
#include "compiler/ir/interpreter_evaluator.h"
#include "compiler/ir/interpreter_special.h"

namespace lossc::ir {

template <int Order>
void Evaluator<Order>::add(ExprId id, Values& result) {
  const std::span<const ExprId> operands = graph_.operands(id);
  const std::span<const Number> coefficients = graph_.factors(id);
  const Float constant = number(graph_.constant_of(id));
  std::vector<Float> factors;
  for (const Number& coefficient : coefficients) factors.push_back(number(coefficient));
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    element.value() = constant;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Jet<Order>& operand = of(operands[i])[walk.offset(i)];
      if (element.fault == 0) element.fault = operand.fault;
      if (coefficients[i].is(1)) {
        for (std::size_t k = 0; k <= Order; ++k) element.part[k] += operand.part[k];
      } else {
        element.part[0] += product(operand.part[0], factors[i]);
        for (std::size_t k = 1; k <= Order; ++k) {
          element.part[k] += tangent_product(operand.part[k], factors[i]);
        }
      }
    }
    walk.next();
  }
}

template <int Order>
Jet<Order> Evaluator<Order>::powered(const Jet<Order>& base, const Number& exponent) {
  const Float& x = base.value();
  const Float e = number(exponent);
  const auto raised = [&](const Number& to) {
    if (x.is_nan()) return Float::nan();
    if (to.is(1)) return x;
    if (to.is(0)) return Float(1);
    if (x.is_zero()) return to.sign() > 0 ? Float() : Float::infinity();
    const std::optional<long> whole = to.to_long();
    const std::optional<long> halves = (to * Number(2)).to_long();
    if (!halves) return special::power(x, number(to));
    // A power of the root costs far less than exp and log.
    const Float root = whole ? x : special::sqrt(x);
    const long count = whole ? *whole : *halves;
    if (count == 1) return root;
    Float result;
    result.settle(mpfr_pow_si(result.get(), root.get(), count, MPFR_RNDN), root, root);
    return result;
  };
  // Of a length, whose kink has derivatives 0: √u where u is 0 and does not move to first order.
  if (Order >= 2 && x.is_zero() && exponent == Number(1) / Number(2) && base.still()) {
    Jet<Order> length;
    length.fault = base.fault;
    return length;
  }
  Float first;
  Float second;
  if (Order >= 1 && base.moving()) {
    first = product(e, raised(exponent - Number(1)));
    const Float curvature = product(e, e - Float(1));
    if (Order >= 2 && !curvature.is_zero()) {
      second = product(curvature, raised(exponent - Number(2)));
    }
  }
  return chain(base, raised(exponent), first, second);
}

/// Whether a factor is 0 and stays it, so that the others do not matter. Passes write a guard as a
/// factor 0 where they merge it with others; what the author wrote is evaluated.
template <int Order>
bool Evaluator<Order>::nothing(ExprId product, const Walk& walk) const {
  if (graph_.mode() == Graph::Mode::literal) return false;
  const std::span<const ExprId> operands = graph_.operands(product);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Jet<Order>& factor = of(operands[i])[walk.offset(i)];
    const bool zero = factor.fault == 0 && factor.value().is_zero() && !factor.moving();
    if (zero && graph_.factors(product)[i].sign() > 0) return true;
  }
  return false;
}

template <int Order>
void Evaluator<Order>::mul(ExprId id, Values& result) {
  const std::span<const ExprId> operands = graph_.operands(id);
  const std::span<const Number> exponents = graph_.factors(id);
  const Number& coefficient = graph_.constant_of(id);
  const Float factor = number(coefficient);
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const Jet<Order>& operand = of(operands[i])[walk.offset(i)];
      const bool plain = exponents[i].is(1);
      if (i == 0) {
        element = plain ? operand : powered(operand, exponents[i]);
      } else {
        element = element * (plain ? operand : powered(operand, exponents[i]));
      }
    }
    if (operands.empty()) element.value() = Float(1);
    if (element.fault != 0 && nothing(id, walk)) element = Jet<Order>{};
    if (!coefficient.is(1)) scale(element, factor);
    walk.next();
  }
}

template <int Order>
int Evaluator<Order>::compare_tangents(const Jet<Order>& a, const Jet<Order>& b) const {
  for (std::size_t i = 1; i <= Order; ++i) {
    if (a.part[i] < b.part[i]) return -1;
    if (b.part[i] < a.part[i]) return 1;
  }
  return 0;
}

template <int Order>
Jet<Order> Evaluator<Order>::extremum(Builtin builtin, const Jet<Order>& a, const Jet<Order>& b,
                                      bool a_varies, bool b_varies) {
  const bool smallest = builtin == Builtin::min;
  Jet<Order> result;
  if (a.value().is_nan() || b.value().is_nan()) {
    result = a.value().is_nan() ? a : b;
  } else if (a.value() < b.value()) {
    result = smallest ? a : b;
  } else if (b.value() < a.value()) {
    result = smallest ? b : a;
  } else {
    const int order = compare_tangents(a, b);
    if (order == 0) {
      result = a;
    } else if (ties_ == TieRule::one_sided) {
      result = (order < 0) == smallest ? a : b;
    } else {
      result.value() = a.value();
      if (a_varies && b_varies) {
        for (std::size_t i = 1; i <= Order; ++i) {
          result.part[i] = (a.part[i] + b.part[i]) / Float(2);
        }
      }
      tied_ = true;
    }
  }
  result.fault = a.fault != 0 ? a.fault : b.fault;
  return result;
}

template <int Order>
Jet<Order> Evaluator<Order>::absolute(const Jet<Order>& x) {
  int sign = x.value().sign();
  if (x.value().is_zero() && x.moving()) {
    tied_ = true;
    if (ties_ == TieRule::one_sided) sign = compare_tangents(x, Jet<Order>{});
  }
  if (x.value().is_nan()) return chain(x, Float::nan(), Float::nan(), Float());
  return chain(x, x.value().mapped(mpfr_abs), Float(sign), Float());
}

/// What a called loss gives of itself: see autodiff/given.h. ε₁ is the first differentiation.
template <int Order>
Jet<Order> Evaluator<Order>::given(Builtin builtin, std::span<const Jet<Order>* const> arguments) {
  const Jet<Order>& x = *arguments[0];
  Jet<Order> result;
  result.fault = x.fault;
  if (is_identity(builtin)) {
    const bool first = builtin == Builtin::hold_first;
    result = x;
    if (!first && !setting_.given_curvature) return result;
    for (std::size_t i = 1; i <= Order; ++i) {
      const bool kept = first ? Order == hyper_dual && i == 2 : i == 1;
      if (!kept) result.part[i] = Float();
    }
    return result;
  }
  const Jet<Order>& y = *arguments[1];
  if (result.fault == 0) result.fault = y.fault;
  if constexpr (Order >= 1) {
    if (builtin == Builtin::pull_first) {
      result.part[1] = tangent_product(x.part[1], y.value());
    }
  }
  if constexpr (Order == hyper_dual) {
    if (builtin == Builtin::pull_first) {
      result.part[3] =
          tangent_product(x.part[3], y.value()) + tangent_product(x.part[1], y.part[2]);
    } else if (builtin == Builtin::pull_second && setting_.given_curvature) {
      result.part[3] = tangent_product(tangent_product(x.part[1], x.part[2]), y.value());
    }
  }
  return result;
}

template <int Order>
Jet<Order> Evaluator<Order>::called(Builtin builtin, std::span<const Jet<Order>* const> arguments,
                                    std::span<const ExprId> ids) {
  const Jet<Order>& a = *arguments[0];
  if (builtin == Builtin::abs) return absolute(a);
  if (is_given(builtin)) return given(builtin, arguments);
  if (builtin == Builtin::min || builtin == Builtin::max) {
    return extremum(builtin, a, *arguments[1], varies_[ids[0].index], varies_[ids[1].index]);
  }
  if (arguments.size() == 1) {
    const Float* value = &a.value();
    Expansion e = expansion(builtin, {&value, 1}, a.moving() ? Order : 0);
    return chain(a, std::move(e.value), e.first[0], e.second[0]);
  }
  const Jet<Order>& b = *arguments[1];
  const Float* values[] = {&a.value(), &b.value()};
  Expansion e = expansion(builtin, values, a.moving() || b.moving() ? Order : 0);
  Jet<Order> result = chain(a, std::move(e.value), e.first[0], e.second[0]);
  const Jet<Order> other = chain(b, Float(), e.first[1], e.second[2]);
  for (std::size_t i = 1; i <= Order; ++i) result.part[i] += other.part[i];
  const auto mixed = [&](const Float& along_a, const Float& along_b) {
    if (along_a.is_zero() || along_b.is_zero()) return Float();
    return product(along_a * along_b, e.second[1]);
  };
  if constexpr (Order == 2) {
    result.part[2] += Float(2) * mixed(a.part[1], b.part[1]);
  } else if constexpr (Order == hyper_dual) {
    result.part[3] += mixed(a.part[1], b.part[2]) + mixed(a.part[2], b.part[1]);
  }
  if (result.fault == 0) result.fault = b.fault;
  return result;
}

template <int Order>
void Evaluator<Order>::call(ExprId id, Values& result) {
  const std::span<const ExprId> operands = graph_.operands(id);
  std::vector<const Jet<Order>*> arguments(operands.size());
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      arguments[i] = &of(operands[i])[walk.offset(i)];
    }
    element = called(graph_.builtin(id), arguments, operands);
    walk.next();
  }
}

// exp(x − R), with every derivative; a masked class (x = −inf) has weight 0 even where R is −inf.
template <int Order>
void Evaluator<Order>::weight(ExprId id, Values& result) {
  const std::span<const ExprId> operands = graph_.operands(id);
  Walk walk = this->walk(id);
  for (Jet<Order>& element : result) {
    const Jet<Order>& x = of(operands[0])[walk.offset(0)];
    const Jet<Order>& total = of(operands[1])[walk.offset(1)];
    if (x.value().is_infinite() && x.value().sign() < 0 && !total.value().is_nan()) {
      element.fault = x.fault != 0 ? x.fault : total.fault;
    } else {
      Jet<Order> difference = x;
      for (std::size_t i = 0; i <= Order; ++i) difference.part[i] -= total.part[i];
      if (difference.fault == 0) difference.fault = total.fault;
      const Float value = special::exp(difference.value());
      element = chain(difference, value, value, value);
    }
    walk.next();
  }
}

#define INSTANTIATE(order)                                 \
  template void Evaluator<order>::add(ExprId, Values&);    \
  template void Evaluator<order>::mul(ExprId, Values&);    \
  template void Evaluator<order>::call(ExprId, Values&);   \
  template void Evaluator<order>::weight(ExprId, Values&); \
  template int Evaluator<order>::compare_tangents(const Jet<order>&, const Jet<order>&) const;
INSTANTIATE(0)
INSTANTIATE(1)
INSTANTIATE(2)
INSTANTIATE(3)
#undef INSTANTIATE

}  // namespace lossc::ir
