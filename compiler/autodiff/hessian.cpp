// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Second derivatives: forward mode over the gradient. For the diagonal the gradient's element j is
// pushed forward along the unit vector j itself, that is with the tangent A[s] ↦ [s = j]; delta
// elimination in the constructor of sum then removes the deltas, so the result is closed in the IR
// again. For a product with a vector v the tangent is A[s] ↦ v[s].
#include "compiler/autodiff/forward.h"
#include "compiler/autodiff/gradient.h"
#include "compiler/autodiff/reverse.h"
#include "compiler/ir/builtins.h"
#include "compiler/support/assert.h"

namespace lossc::autodiff {
namespace {

using ir::ArrayId;
using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::Op;
using ir::Output;
using ir::OutputKind;

/// Π [subscriptᵢ = positionᵢ], the tangent of a load.
ExprId delta(Graph& graph, ExprId load, const std::vector<Axis>& positions) {
  const auto operands = graph.operands(load);
  const std::vector<ExprId> subscripts(operands.begin(), operands.end());
  std::vector<ExprId> conditions;
  for (std::size_t i = 0; i < subscripts.size(); ++i) {
    conditions.push_back(
        graph.compare(ir::Relation::equal, graph.index(positions[i]), subscripts[i]));
  }
  if (conditions.empty()) return graph.constant(1);
  return graph.guard(graph.conjunction(conditions), graph.constant(1));
}

/// The gradient over `positions`: a clause of the source, what is there already, or derived.
ExprId slope_of(Function& function, ArrayId array, const std::vector<Axis>& positions) {
  for (const OutputKind kind : {OutputKind::given_gradient, OutputKind::gradient}) {
    if (const Output* made = function.find(kind, array)) {
      return renamed(function.graph, made->root, made->axes, positions);
    }
  }
  return gradient(function, function.find(OutputKind::value)->root, array, positions);
}

ExprId derived_diagonal(Function& function, ArrayId array, const std::vector<Axis>& axes,
                        Curvature::Kind kind) {
  const std::vector<Axis> positions = fresh_axes(function, array);
  Forward forward(function, array, positions,
                  [&](Graph& graph, ExprId load) { return delta(graph, load, positions); });
  const ExprId diagonal = kind == Curvature::Kind::gauss_newton
                              ? forward.gauss_newton(function.find(OutputKind::value)->root)
                              : forward.tangent(slope_of(function, array, positions));
  return renamed(function.graph, diagonal, positions, axes);
}

/// What is reported in place of a second derivative.
ExprId reported(Graph& graph, ExprId diagonal, const Curvature& curvature) {
  const auto number = [&](double value) { return graph.constant(Number::of_double(value)); };
  if (curvature.kind == Curvature::Kind::absolute) {
    diagonal = graph.call(Builtin::abs, {diagonal});
  }
  diagonal = graph.scaled(Number::of_double(curvature.scale), diagonal);
  if (curvature.floor) diagonal = graph.call(Builtin::max, {diagonal, number(*curvature.floor)});
  if (curvature.ceiling) {
    diagonal = graph.call(Builtin::min, {diagonal, number(*curvature.ceiling)});
  }
  return diagonal;
}

}  // namespace

Function with_hessian_diagonals(const Function& function, std::span<const ArrayId> arrays,
                                const Curvature& curvature) {
  Function result =
      function.graph.mode() == Graph::Mode::normalising ? function : ir::normalised(function);
  for (const ArrayId array : arrays) {
    check_differentiable(result, array);
    LOSSC_ASSERT(result.find(OutputKind::value) != nullptr, "a loss has a value");
    if (result.find(OutputKind::hessian, array) != nullptr) continue;
    const std::vector<Axis> axes = canonical_axes(result, array);
    ExprId diagonal;
    if (const Output* given = result.find(OutputKind::given_hessian, array)) {
      diagonal = renamed(result.graph, given->root, given->axes, axes);
    } else {
      diagonal = derived_diagonal(result, array, axes, curvature.kind);
    }
    diagonal = reported(result.graph, diagonal, curvature);
    result.outputs.push_back({OutputKind::hessian, array, axes, diagonal});
  }
  return result;
}

namespace {
// Names of a loss hold no spaces.
constexpr std::string_view direction_prefix = "direction of ";
}  // namespace

std::string direction_name(std::string_view array) {
  return std::string(direction_prefix) + std::string(array);
}

std::optional<std::string_view> along(const ir::Array& direction) {
  const std::string_view name = direction.name;
  if (!name.starts_with(direction_prefix)) return std::nullopt;
  return name.substr(direction_prefix.size());
}

Function with_directions(const Function& function, std::span<const ArrayId> arrays) {
  Function result = function;
  for (const ArrayId array : arrays) {
    ir::Array direction;
    const ir::Array& from = function.arrays[array.index];
    direction.name = direction_name(from.name);
    direction.role = from.role;
    direction.domain = ir::Domain::real;
    direction.shape = from.shape;
    result.arrays.push_back(direction);
  }
  if (result.graph.mode() == Graph::Mode::normalising) ir::describe(result.graph, result);
  return result;
}

Function with_hessian_products(const Function& function, std::span<const ArrayId> arrays) {
  Function result =
      function.graph.mode() == Graph::Mode::normalising ? function : ir::normalised(function);
  for (const ArrayId array : arrays) {
    check_differentiable(result, array);
    if (result.find(OutputKind::hessian_product, array) != nullptr) continue;
    const auto vector = result.find_array(direction_name(result.arrays[array.index].name));
    LOSSC_ASSERT(vector, "a product has a direction");
    const std::vector<Axis> axes = canonical_axes(result, array);
    const std::vector<Axis> positions = fresh_axes(result, array);
    const auto seed = [&](Graph& graph, ExprId load) {
      const auto operands = graph.operands(load);
      return graph.load(*vector, std::vector<ExprId>(operands.begin(), operands.end()));
    };
    Forward forward(result, array, {}, seed, true);
    const ExprId product = forward.tangent(slope_of(result, array, positions));
    result.outputs.push_back({OutputKind::hessian_product, array, axes,
                              renamed(result.graph, product, positions, axes)});
  }
  return result;
}

}  // namespace lossc::autodiff
