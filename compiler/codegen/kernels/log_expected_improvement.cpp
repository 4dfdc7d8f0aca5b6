// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log(y·G(x/y)) = log y + log G(x/y), G(z) = φ(z) + z·Φ(z), and log x where G(z) = z, see
// log_normal_cdf_integral.cpp; what the quotient lacks is made up for by (log G)′ = 1/m(z). f32 in
// f64.

#include "compiler/codegen/kernels/double_word.h"
#include "compiler/codegen/kernels/kernels.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_log_expected_improvement_f64(Simd& simd, llvm::Value* first,
                                               llvm::Value* second) {
  Real x{&simd, first}, y{&simd, second};
  Real z = x / y;
  Real rest = select(abs(y) < infinity, remainder(x, z, y) / y, 0.0);
  Mask far = z > 64.0;
  Real integral{&simd, emit_log_normal_cdf_integral(simd, z.value)};
  Real log{&simd, emit_log(simd, select(far, x, y).value)};
  Real mean{&simd, emit_positive_normal_mean(simd, z.value)};
  integral = integral + select(abs(z) < 0x1p100, rest / mean, 0.0);
  return (log + select(far, 0.0, integral)).value;
}

}  // namespace

llvm::Value* emit_log_expected_improvement(Simd& simd, llvm::Value* x, llvm::Value* y) {
  return simd.is_f32() ? widened(simd, emit_log_expected_improvement_f64, x, y)
                       : emit_log_expected_improvement_f64(simd, x, y);
}

}  // namespace lossc::codegen
