// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the interpreter computes with: a value, and its first Order derivatives along one direction
// (a dual number of that order). Order 3 is a hyper-dual number, v + a ε₁ + b ε₂ + c ε₁ε₂: two
// directions, so that the first and the second differentiation can be told apart, as the
// derivatives that a called loss gives of itself ask for, and as a Hessian product needs. A tangent
// that is exactly 0 contributes 0 whatever it is multiplied with: the language's rule for infinite
// one-sided derivatives.
#pragma once

#include <array>
#include <cstdint>

#include "compiler/ir/interpreter_float.h"

namespace lossc::ir {

constexpr int hyper_dual = 3;

template <int Order>
struct Jet {
  std::array<Float, Order + 1> part;
  /// Not 0: evaluating it is an error (a subscript out of range), the number of its message. It
  /// matters only if it reaches the output.
  std::uint32_t fault = 0;

  Float& value() { return part[0]; }
  const Float& value() const { return part[0]; }
  bool moving() const {
    for (int i = 1; i <= Order; ++i) {
      if (!part[static_cast<std::size_t>(i)].is_zero()) return true;
    }
    return false;
  }
  /// Whether it does not move to first order, in no direction.
  bool still() const {
    if constexpr (Order >= 1) {
      if (!part[1].is_zero()) return false;
    }
    if constexpr (Order == hyper_dual) {
      if (!part[2].is_zero()) return false;
    }
    return true;
  }
};

/// tangent · factor, 0 where the tangent is exactly 0.
inline Float tangent_product(const Float& tangent, const Float& factor) {
  return tangent.is_zero() ? Float() : product(tangent, factor);
}

template <int Order>
Jet<Order> operator*(const Jet<Order>& a, const Jet<Order>& b) {
  Jet<Order> result;
  result.fault = a.fault != 0 ? a.fault : b.fault;
  result.part[0] = product(a.part[0], b.part[0]);
  if constexpr (Order >= 1) {
    result.part[1] = tangent_product(a.part[1], b.part[0]) + tangent_product(b.part[1], a.part[0]);
  }
  if constexpr (Order >= 2) {
    result.part[2] = tangent_product(a.part[2], b.part[0]) + tangent_product(b.part[2], a.part[0]);
  }
  const auto both = [](const Float& x, const Float& y) {
    return x.is_zero() || y.is_zero() ? Float() : x * y;
  };
  if constexpr (Order == 2) {
    result.part[2] += Float(2) * both(a.part[1], b.part[1]);
  } else if constexpr (Order == hyper_dual) {
    result.part[3] = tangent_product(a.part[3], b.part[0]) + tangent_product(b.part[3], a.part[0]);
    result.part[3] += both(a.part[1], b.part[2]) + both(a.part[2], b.part[1]);
  }
  return result;
}

template <int Order>
void scale(Jet<Order>& jet, const Float& factor) {
  jet.part[0] = product(jet.part[0], factor);
  for (std::size_t i = 1; i <= Order; ++i) jet.part[i] = tangent_product(jet.part[i], factor);
}

/// f(x) from the value and the derivatives of f at x.
template <int Order>
Jet<Order> chain(const Jet<Order>& x, Float value, const Float& first, const Float& second) {
  Jet<Order> result;
  result.fault = x.fault;
  result.part[0] = std::move(value);
  if constexpr (Order >= 1) result.part[1] = tangent_product(x.part[1], first);
  if constexpr (Order >= 2) result.part[2] = tangent_product(x.part[2], first);
  if constexpr (Order == 2) {
    if (!x.part[1].is_zero()) result.part[2] += product(x.part[1] * x.part[1], second);
  } else if constexpr (Order == hyper_dual) {
    result.part[3] = tangent_product(x.part[3], first);
    if (!x.part[1].is_zero() && !x.part[2].is_zero()) {
      result.part[3] += product(x.part[1] * x.part[2], second);
    }
  }
  return result;
}

}  // namespace lossc::ir
