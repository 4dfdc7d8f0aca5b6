// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The exact numbers of a point: the author's formula by the reference interpreter, derivatives by
// dual numbers, evaluated twice at rising precision, with noise in the last bits of whatever is
// rounded, until both agree far below half a unit in the last place. Digits that are lost
// (1 - sigmoid(200) at 128 bits) make the two differ, so agreement means that none were. The two
// have different precisions: where only three digits are left, equal ones might agree by chance.
//
// A formula can be too extreme to be evaluated as it stands: 1 - sigmoid(1e30) needs 1e30 digits,
// and exp(1e30) is past MPFR's exponents. Then its form after the first pass of the stabiliser is
// evaluated in the same way.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "compiler/ir/interpreter.h"
#include "compiler/verify/point.h"

namespace lossc::verify {

/// Exact to 2^-64, or ±inf beyond the range of f64.
struct Exact {
  long double value = std::numeric_limits<long double>::quiet_NaN();
  unsigned bits = 0;         ///< the precision that resolved it; 0: not resolved
  bool wanted = false;       ///< of long arrays, not all elements are asked for
  bool from_stable = false;  ///< by the stabilised formula
  bool undefined = false;    ///< not resolved, and a NaN as precisely as it was evaluated
  bool resolved() const { return bits != 0; }
};

/// By quantity, row-major.
using Truth = std::vector<std::vector<Exact>>;

class Oracle {
 public:
  explicit Oracle(const Subject& subject);

  /// Whether every `require` of the loss holds at the point.
  bool allowed(const Point& point) const;
  /// All numbers of the point, or of long arrays some: the first and the last, the labelled ones.
  Truth truth(const Point& point) const;
  /// Not where the loss is infinite or undefined because a masked class (-inf) has a target.
  bool defines_derivatives(const Point& point, const Truth& truth) const;
  /// One number, at least as precisely as `known` was resolved.
  Exact number(const Point& point, const Quantity& quantity, std::size_t element,
               const Exact& known) const;
  /// Σ |xᵢ ∂f/∂xᵢ| of one number over all real arguments, by differences at high precision.
  double sensitivity(const Point& point, const Quantity& quantity, std::size_t element,
                     const Exact& exact) const;

 private:
  ir::Example example(const Point& point) const;
  ir::Real evaluated(const ir::Example& example, const Quantity& quantity, std::size_t element,
                     bool stable) const;
  unsigned precision_of(const Point& point, const Quantity& quantity, std::size_t element,
                        const Exact& exact) const;
  std::vector<std::size_t> chosen(const Point& point, std::size_t array) const;
  /// Where the numbers by one array go.
  struct Targets {
    Exact* value = nullptr;
    std::vector<Exact>* gradient = nullptr;
    std::vector<Exact>* hessian = nullptr;
  };
  void resolve_along(const ir::Function& function, const ir::Example& example, ir::ArrayId array,
                     std::vector<std::size_t> open, bool stable, const Targets& targets) const;
  void resolve(const ir::Function& function, const ir::Example& example, const Point& point,
               bool stable, Truth& truth) const;
  void weigh(const ir::Example& example, Truth& truth) const;

  const Subject& subject_;
};

}  // namespace lossc::verify
