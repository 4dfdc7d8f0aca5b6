// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Polynomials over Reals.

#include "compiler/codegen/kernels/real.h"

namespace lossc::codegen {

namespace {

Real every(Real x, std::span<const double> c, std::size_t first, std::size_t step) {
  std::size_t last = first + (c.size() - 1 - first) / step * step;
  Real sum = x.constant(c[last]);
  for (std::size_t i = last; i > first; i -= step) sum = fma(sum, x, c[i - step]);
  return sum;
}

}  // namespace

Real scale(Real x, Real n) { return {x.simd, x.simd->scale(x.value, n.value)}; }

Real horner(Real x, std::span<const double> coefficients) { return every(x, coefficients, 0, 1); }

Real polynomial(Real x, std::span<const double> coefficients) {
  if (coefficients.size() < 9) return horner(x, coefficients);
  Real square = x * x;
  return fma(every(square, coefficients, 1, 2), x, every(square, coefficients, 0, 2));
}

Real polynomial(Real x, std::span<const double> f32, std::span<const double> f64) {
  return polynomial(x, x.is_f32() ? f32 : f64);
}

}  // namespace lossc::codegen
