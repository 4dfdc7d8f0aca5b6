// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// log erfcx x for x > ½, and x² + log1p(-erf x) to the left of it, see normal_parts.h. Error below
// 2 ULP; f32 in f64.

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/kernels/log_parts.h"
#include "compiler/codegen/kernels/normal_parts.h"

namespace lossc::codegen {

namespace {

llvm::Value* emit_log_erfcx_f64(Simd& simd, llvm::Value* value) {
  Real x{&simd, value};
  Real a = lesser(0x1p500, abs(x));
  DoubleWord erfcx = erfcx_positive(a);
  // Beyond 2^500, 1/(x·√π).
  Mask far = x > 0x1p500;
  LogParts parts = log_parts(select(far, 0x1.20dd750429b6dp-1 / x, erfcx.high));
  Real low = select(far, 0.0, erfcx.low / erfcx.high);
  Real right = log_sum(parts.k, parts.f, x.constant(0.0)).high + low;
  DoubleWord erf = erf_positive(a);
  Real left = fma(x, x, log1p_sum(select(x < 0.0, erf, -erf)).high);
  left = select(x == 0.0, -x, left);
  right = select(x < infinity, right, -x);
  return select(is_nan(x), x, select(x > 0.5, right, left)).value;
}

}  // namespace

llvm::Value* emit_log_erfcx(Simd& simd, llvm::Value* value) {
  return simd.is_f32() ? widened(simd, emit_log_erfcx_f64, value) : emit_log_erfcx_f64(simd, value);
}

}  // namespace lossc::codegen
