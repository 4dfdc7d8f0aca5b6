// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Differentiation, symbolic, in the IR: reverse mode for gradients; forward over reverse for the
// Hessian diagonal.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compiler/ir/function.h"

namespace lossc::autodiff {

/// What a Hessian diagonal is reported as: boosting and Newton's method want it positive. Applied
/// to one example, before weights and reduction, in this order: kind, scale, floor, ceiling.
struct Curvature {
  enum class Kind { exact, gauss_newton, absolute };
  Kind kind = Kind::exact;
  double scale = 1;
  std::optional<double> floor = {};
  std::optional<double> ceiling = {};
};

/// The function with an output `gradient` for each of the arrays added (a given_gradient clause of
/// the source is used in place of the derived one). Works in a normalising graph.
ir::Function with_gradients(const ir::Function& function, std::span<const ir::ArrayId> arrays);

/// The function with an output `hessian` (the diagonal) for each of the arrays added; their
/// gradients need not be there.
ir::Function with_hessian_diagonals(const ir::Function& function,
                                    std::span<const ir::ArrayId> arrays,
                                    const Curvature& curvature = {});

/// The name of the array that holds the vector of a Hessian product.
std::string direction_name(std::string_view array);
/// The array that a direction belongs to; none: it is an array of the loss itself.
std::optional<std::string_view> along(const ir::Array& direction);
/// The function with such an array for each of the arrays, of its role and shape, after its own.
ir::Function with_directions(const ir::Function& function, std::span<const ir::ArrayId> arrays);
/// The function with an output `hessian_product` for each of the arrays, whose directions it has.
ir::Function with_hessian_products(const ir::Function& function,
                                   std::span<const ir::ArrayId> arrays);

}  // namespace lossc::autodiff
