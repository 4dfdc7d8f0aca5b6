// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folds of Σ exp(x − m): with the maximum known, and with a running one. What is summed beside the
// maxima, and the result, is scaled (kernels/bounded.h): where the maximum stands far above
// everything else, the rest is all that a loss is made of, and its product with a weight is an
// ordinary number where the rest itself is none.

#include <cmath>

#include "compiler/codegen/folds.h"
#include "compiler/codegen/kernels/bounded.h"

namespace lossc::codegen {

namespace {

using llvm::Value;

Carried tail(const Carried& state, std::size_t from) {
  return Carried(state.begin() + static_cast<std::ptrdiff_t>(from), state.end());
}

Carried joined(std::initializer_list<Value*> first, const Carried& rest) {
  Carried all(first);
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

// How many lanes are true, as a scalar integer as wide as the floats.
Value* population(const Simd& simd, Value* mask) {
  llvm::IRBuilderBase& builder = simd.builder();
  Value* bits = mask;
  if (simd.width() > 1) {
    bits = builder.CreateBitCast(mask, builder.getIntNTy(simd.width()));
    bits = builder.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, bits);
  }
  return builder.CreateZExtOrTrunc(bits, simd.with_width(1).int_type());
}

double scale_of(const Simd& simd) { return std::ldexp(1.0, exponential_scale(simd)); }

// 2^scale·(count − 1) + Σ rest, in f64
Value* excess(const Simd& simd, Value* count, const Carried& rest) {
  Simd wide = simd.with_type(FloatType::f64);
  Value* others = wide.from_signed(simd.int_sub(count, simd.int_constant(1)));
  Value* ones = wide.mul(others, wide.constant(scale_of(simd)));
  auto [high, low] = SumFold::parts(simd, rest);
  return wide.add(wide.add(ones, high), low);
}

}  // namespace

Carried ExponentialsFold::identity(const Simd& simd) const {
  return joined({simd.with_width(1).int_constant(0)}, sum_.identity(simd));
}

Carried ExponentialsFold::lift(const Simd& simd, Value* x, Value* index) const {
  return step(simd, identity(simd), x, index, nullptr);
}

Carried ExponentialsFold::merged(const Simd& simd, const Carried& a, const Carried& b) const {
  return joined({simd.int_add(a[0], b[0])}, sum_.merged(simd, tail(a, 1), tail(b, 1)));
}

Carried ExponentialsFold::step(const Simd& simd, const Carried& state, Value* x, Value* index,
                               Value* mask) const {
  Value* maximum = simd.width() == 1 ? scalar_ : wide_;
  Value* at_maximum = simd.compare_eq(x, maximum);
  Value* exponential = emit_scaled_exp_at_most_zero(simd, simd.sub(x, maximum));
  Value* left_out = mask == nullptr ? at_maximum : simd.mask_or(at_maximum, simd.mask_not(mask));
  Value* rest = simd.select(left_out, simd.constant(0), exponential);
  Value* counted = mask == nullptr ? at_maximum : simd.mask_and(at_maximum, mask);
  return joined({simd.int_add(state[0], population(simd, counted))},
                sum_.step(simd, tail(state, 1), rest, index, nullptr));
}

Carried ExponentialsFold::across_lanes(const Simd& simd, const Carried& state) const {
  return joined({state[0]}, sum_.across_lanes(simd, tail(state, 1)));
}

Value* ExponentialsFold::finished(const Simd& simd, const Carried& state) const {
  return excess(simd, state[0], tail(state, 1));
}

Carried OnlineFold::identity(const Simd& simd) const {
  return joined({simd.neg(simd.infinity()), simd.int_constant(0)}, sum_.identity(simd));
}

Carried OnlineFold::lift(const Simd& simd, Value* x, Value*) const {
  return joined({x, simd.int_constant(1)}, sum_.identity(simd));
}

// With M the greater maximum, each side's sum is scaled by exp(m − M); the side that has M keeps
// its count, the other's count joins its rest. What is selected away may be NaN (−inf − −inf).
Carried OnlineFold::merged(const Simd& simd, const Carried& a, const Carried& b) const {
  Simd wide = simd.with_type(FloatType::f64);
  Value* maximum = simd.max(a[0], b[0]);
  Value* zero = simd.int_constant(0);
  Value* count = zero;
  Carried rest;
  for (const Carried* side : {&a, &b}) {
    Value* m = (*side)[0];
    Value* holds = simd.compare_eq(m, maximum);
    Value* factor = simd.to_f64(emit_scaled_exp_at_most_zero(simd, simd.sub(m, maximum)));
    count = simd.int_add(count, simd.select(holds, (*side)[1], zero));
    Carried scaled = tail(*side, 2);
    Value* down = wide.constant(1 / scale_of(simd));
    auto [sum, error] = wide.two_sum(wide.from_signed((*side)[1]), wide.mul(scaled[0], down));
    Carried whole{sum};
    if (!simd.is_f32()) whole.push_back(wide.add(wide.mul(scaled[1], down), error));
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      scaled[i] = wide.select(holds, scaled[i], wide.mul(whole[i], factor));
    }
    rest = rest.empty() ? scaled : sum_.merged(simd, rest, scaled);
  }
  return joined({maximum, count}, rest);
}

Value* OnlineFold::finished(const Simd& simd, const Carried& state) const {
  return excess(simd, state[1], tail(state, 2));
}

}  // namespace lossc::codegen
