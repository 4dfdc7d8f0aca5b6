// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log erfc x = -x² + log erfcx(x) for x > ½, both terms negative, and log1p(-erf x) to the left of
// it, see normal_parts.h. Error below 2 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"
#include "compiler/codegen/kernels/normal_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_log_erfc_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  DoubleWord erfcx = erfcx_positive(a);
  LogParts parts = log_parts(erfcx.high);
  Real log = log_sum(parts.k, parts.f, x.constant(0.0)).high + erfcx.low / erfcx.high;
  DoubleWord square = two_product(a, a);
  DoubleWord sum = two_sum(-square.high, log);
  Real right = sum.high + (sum.low - select(a < 0x1p400, square.low, 0.0));
  right = select(x > 0x1p500, -(x * x), right);
  DoubleWord erf = erf_positive(a);
  Real left = log1p_sum(select(x < 0.0, erf, -erf)).high;
  left = select(x == 0.0, -x, left);
  return select(is_nan(x), x, select(x > 0.5, right, left)).value;
}

}  // namespace

llvm::Value* emit_log_erfc(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_log_erfc_f64, value) : emit_log_erfc_f64(simd, value);
}

}  // namespace lossc::codegen
