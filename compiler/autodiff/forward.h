// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forward mode: the derivative of an expression along a direction in one array. The direction is an
// expression per load: a delta for one element, another array for a given vector.
#pragma once

#include <functional>
#include <vector>

#include "compiler/autodiff/partials.h"
#include "compiler/ir/function.h"

namespace lossc::autodiff {

class Forward {
 public:
  /// The tangent of a load of the array.
  using Seed = std::function<ir::ExprId(ir::Graph&, ir::ExprId load)>;

  /// `positions`: the axes that a delta in the seed is written over, if it is one.
  /// `of_vector`: the direction is a given vector, none of the axes'.
  Forward(ir::Function& function, ir::ArrayId array, std::vector<ir::Axis> positions, Seed seed,
          bool of_vector = false)
      : function_(function),
        array_(array),
        positions_(std::move(positions)),
        seed_(std::move(seed)),
        of_vector_(of_vector) {}

  /// The tangent of an expression; the constant 0 if it does not move.
  ir::ExprId tangent(ir::ExprId root);
  /// The second derivative along the direction with what is inside the outermost curved functions
  /// replaced by its tangent: Gauss and Newton's.
  ir::ExprId gauss_newton(ir::ExprId root);

 private:
  /// What is known of a curvature: not negative, not positive; both: it is 0.
  struct Bend {
    bool up = true;
    bool down = true;
    bool operator==(const Bend&) const = default;
  };
  ir::ExprId tangent_of(ir::ExprId node, const Activity& activity);
  ir::ExprId summed_terms(ir::ExprId node, const std::vector<Partial>& terms,
                          const ir::NodeMap<ir::ExprId>& values);

  ir::Function& function_;
  ir::ArrayId array_;
  std::vector<ir::Axis> positions_;
  Seed seed_;
  bool of_vector_;
  ir::NodeMap<ir::ExprId> tangents_;
};

}  // namespace lossc::autodiff
