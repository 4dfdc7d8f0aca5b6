// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Folds of sum, prod, max, min, argmax, argmin, any and all.

#include "compiler/codegen/folds.h"

#include <limits>

#include "compiler/support/assert.h"

namespace lossc::codegen {

namespace {

using llvm::Value;

Value* half(const Simd& simd, Value* x, bool upper) {
  unsigned lanes = simd.width() / 2;
  if (lanes == 1) return simd.builder().CreateExtractElement(x, std::uint64_t{upper});
  llvm::SmallVector<int, 64> mask;
  for (unsigned lane = 0; lane < lanes; ++lane) {
    mask.push_back(static_cast<int>(lane + (upper ? lanes : 0)));
  }
  return simd.builder().CreateShuffleVector(x, mask);
}

// All lanes of x combined, the upper half with the lower until one is left.
template <typename Combine>
Value* halved(const Simd& simd, Value* x, Combine combine) {
  for (unsigned lanes = simd.width(); lanes > 1; lanes /= 2) {
    Simd at = simd.with_width(lanes);
    x = combine(simd.with_width(lanes / 2), half(at, x, false), half(at, x, true));
  }
  return x;
}

Simd doubles(const Simd& simd) { return simd.with_type(FloatType::f64); }

// Π in f64. Exact zeros are counted apart: 0 · inf is 0.
class ProductFold : public Fold {
 public:
  Carried identity(const Simd& simd) const override {
    return {doubles(simd).constant(1), simd.mask_constant(false)};
  }
  Carried lift(const Simd& simd, Value* x, Value*) const override {
    Value* zero = simd.compare_eq(x, simd.constant(0));
    return {simd.to_f64(simd.select(zero, simd.constant(1), x)), zero};
  }
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override {
    return {doubles(simd).mul(a[0], b[0]), simd.mask_or(a[1], b[1])};
  }
  Value* finished(const Simd& simd, const Carried& state) const override {
    Simd wide = doubles(simd);
    Value* zero = simd.mask_and(state[1], simd.mask_not(wide.is_nan(state[0])));
    return simd.from_float(wide.select(zero, wide.constant(0), state[0]));
  }
};

class ExtremeFold : public Fold {
 public:
  explicit ExtremeFold(bool greatest) : greatest_(greatest) {}
  Carried identity(const Simd& simd) const override {
    return {greatest_ ? simd.neg(simd.infinity()) : simd.infinity()};
  }
  Carried lift(const Simd&, Value* x, Value*) const override { return {x}; }
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override {
    return {greatest_ ? simd.max(a[0], b[0]) : simd.min(a[0], b[0])};
  }
  Value* finished(const Simd&, const Carried& state) const override { return state[0]; }

 private:
  bool greatest_;
};

// max without its rule for NaN, which is several instructions in each step.
class MaximumFold : public ExtremeFold {
 public:
  MaximumFold() : ExtremeFold(true) {}
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override {
    return {simd.greater(b[0], a[0])};
  }
  Carried step(const Simd& simd, const Carried& state, Value* x, Value*,
               Value* mask) const override {
    Value* next = simd.greater(x, state[0]);
    return {mask == nullptr ? next : simd.select(mask, next, state[0])};
  }
};

// The first position of the extreme. A NaN is never it, unless all are.
class ArgumentFold : public Fold {
 public:
  explicit ArgumentFold(bool greatest) : greatest_(greatest) {}
  Carried identity(const Simd& simd) const override {
    return {greatest_ ? simd.neg(simd.infinity()) : simd.infinity(), none(simd)};
  }
  Carried lift(const Simd&, Value* x, Value* index) const override { return {x, index}; }
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override {
    Value* better = greatest_ ? simd.compare_gt(b[0], a[0]) : simd.compare_lt(b[0], a[0]);
    Value* earlier = simd.mask_and(simd.compare_eq(a[0], b[0]), simd.int_compare_lt(b[1], a[1]));
    Value* take = simd.mask_or(better, earlier);
    return {simd.select(take, b[0], a[0]), simd.select(take, b[1], a[1])};
  }
  // First the extreme, then the least position of those that have it: two comparisons less in each
  // halving. No lane holds a NaN.
  Carried across_lanes(const Simd& simd, const Carried& state) const override {
    Value* extreme = halved(simd, state[0], [&](const Simd& at, Value* a, Value* b) {
      return greatest_ ? at.greater(b, a) : at.lesser(b, a);
    });
    Value* has_it = simd.compare_eq(state[0], simd.splat(extreme));
    Value* positions = simd.select(has_it, state[1], none(simd));
    Value* first = halved(simd, positions, [](const Simd& at, Value* a, Value* b) {
      return at.builder().CreateBinaryIntrinsic(llvm::Intrinsic::smin, a, b);
    });
    return {extreme, first};
  }
  Value* finished(const Simd& simd, const Carried& state) const override {
    Value* found = simd.int_compare_lt(state[1], none(simd));
    return simd.select(found, state[1], simd.int_constant(0));
  }

 private:
  static Value* none(const Simd& simd) {
    return simd.int_constant(simd.is_f32() ? std::numeric_limits<std::int32_t>::max()
                                           : std::numeric_limits<std::int64_t>::max());
  }
  bool greatest_;
};

class TruthFold : public Fold {
 public:
  explicit TruthFold(bool all) : all_(all) {}
  Sort input() const override { return Sort::boolean; }
  Carried identity(const Simd& simd) const override { return {simd.mask_constant(all_)}; }
  Carried lift(const Simd&, Value* x, Value*) const override { return {x}; }
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override {
    return {all_ ? simd.mask_and(a[0], b[0]) : simd.mask_or(a[0], b[0])};
  }
  Value* finished(const Simd&, const Carried& state) const override { return state[0]; }

 private:
  bool all_;
};

}  // namespace

Carried Fold::step(const Simd& simd, const Carried& state, Value* x, Value* index,
                   Value* mask) const {
  Carried lifted = lift(simd, x, index);
  if (mask != nullptr) {
    Carried nothing = identity(simd);
    for (std::size_t i = 0; i < lifted.size(); ++i) {
      lifted[i] = simd.select(mask, lifted[i], nothing[i]);
    }
  }
  return merged(simd, state, lifted);
}

Carried Fold::across_lanes(const Simd& simd, const Carried& state) const {
  Carried current = state;
  for (unsigned lanes = simd.width(); lanes > 1; lanes /= 2) {
    Simd at = simd.with_width(lanes);
    Carried low, high;
    for (Value* value : current) {
      low.push_back(half(at, value, false));
      high.push_back(half(at, value, true));
    }
    current = merged(simd.with_width(lanes / 2), low, high);
  }
  return current;
}

// The neutral element is −0: x + (−0) is x for every x, also for −0, so it folds away.
Carried SumFold::identity(const Simd& simd) const {
  return Carried(size(simd), doubles(simd).constant(-0.0));
}

static Value* in_f64(const Simd& simd, Value* x) {
  return x->getType()->getScalarType()->isDoubleTy() ? x : simd.to_f64(x);
}

Carried SumFold::lift(const Simd& simd, Value* x, Value*) const {
  Carried state{in_f64(simd, x)};
  if (!simd.is_f32()) state.push_back(simd.constant(-0.0));
  return state;
}

Carried SumFold::merged(const Simd& simd, const Carried& a, const Carried& b) const {
  Simd wide = doubles(simd);
  if (simd.is_f32()) return {wide.add(a[0], b[0])};
  auto [sum, error] = wide.two_sum(a[0], b[0]);
  return {sum, wide.add(wide.add(a[1], b[1]), error)};
}

// A masked addition is one instruction where masks are free.
Carried SumFold::step(const Simd& simd, const Carried& state, Value* x, Value* index,
                      Value* mask) const {
  if (mask == nullptr || !simd.is_f32()) return Fold::step(simd, state, x, index, mask);
  Simd wide = doubles(simd);
  if (!x->getType()->getScalarType()->isDoubleTy()) {
    Value* inside = simd.select(mask, x, simd.constant(0));
    return {wide.add(state[0], simd.to_f64(inside))};
  }
  return {wide.select(mask, wide.add(state[0], x), state[0])};
}

Simd::Pair SumFold::parts(const Simd& simd, const Carried& state) {
  Simd wide = doubles(simd);
  // −0 + 0 is 0: an empty sum is not −0.
  Value* high = wide.add(state[0], wide.constant(0));
  if (simd.is_f32()) return {high, wide.constant(0)};
  Value* finite = wide.compare_lt(wide.abs(high), wide.infinity());
  return {high, wide.select(finite, state[1], wide.constant(0))};
}

Value* SumFold::unrounded(const Simd& simd, const Carried& state) const {
  return simd.is_f32() ? parts(simd, state).first : nullptr;
}

Value* SumFold::finished(const Simd& simd, const Carried& state) const {
  auto [high, low] = parts(simd, state);
  return simd.is_f32() ? simd.from_float(high) : simd.add(high, low);
}

// The state of f64 data: Σ x² as a pair, Σ (x/2^500)², Σ (2^500·x)².
Carried NormFold::identity(const Simd& simd) const {
  Carried state = sum_.identity(simd);
  if (!simd.is_f32()) state.insert(state.end(), 2, simd.constant(0));
  return state;
}

Carried NormFold::lift(const Simd& simd, Value* x, Value* index) const {
  if (simd.is_f32()) {
    Value* wide = simd.to_f64(x);
    return {doubles(simd).mul(wide, wide)};
  }
  Carried state = sum_.lift(simd, simd.mul(x, x), index);
  for (const double factor : {0x1p-500, 0x1p500}) {
    Value* scaled = simd.mul(x, simd.constant(factor));
    state.push_back(simd.mul(scaled, scaled));
  }
  return state;
}

Carried NormFold::merged(const Simd& simd, const Carried& a, const Carried& b) const {
  Carried state = sum_.merged(simd, a, b);
  for (std::size_t i = state.size(); i < a.size(); ++i) state.push_back(simd.add(a[i], b[i]));
  return state;
}

Value* NormFold::unrounded(const Simd& simd, const Carried& state) const {
  return simd.is_f32() ? doubles(simd).sqrt(state[0]) : nullptr;
}

Value* NormFold::finished(const Simd& simd, const Carried& state) const {
  if (simd.is_f32()) return simd.from_float(unrounded(simd, state));
  auto [high, low] = sum_.parts(simd, state);
  Value* plain = simd.sqrt(simd.add(high, low));
  Value* divided = simd.mul(simd.sqrt(state[2]), simd.constant(0x1p500));
  Value* multiplied = simd.mul(simd.sqrt(state[3]), simd.constant(0x1p-500));
  // Each where its squares have all their digits; a NaN is in all of them.
  Value* large = simd.compare_gt(state[2], simd.constant(1));
  Value* small = simd.compare_lt(state[3], simd.constant(0x1p20));
  return simd.select(large, divided, simd.select(small, multiplied, plain));
}

std::unique_ptr<Fold> fold_of(ir::ReduceOp op) {
  switch (op) {
    case ir::ReduceOp::sum:
      return std::make_unique<SumFold>();
    case ir::ReduceOp::norm:
      return std::make_unique<NormFold>();
    case ir::ReduceOp::prod:
      return std::make_unique<ProductFold>();
    case ir::ReduceOp::max:
      return std::make_unique<ExtremeFold>(true);
    case ir::ReduceOp::min:
      return std::make_unique<ExtremeFold>(false);
    case ir::ReduceOp::argmax:
      return std::make_unique<ArgumentFold>(true);
    case ir::ReduceOp::argmin:
      return std::make_unique<ArgumentFold>(false);
    case ir::ReduceOp::any:
      return std::make_unique<TruthFold>(false);
    case ir::ReduceOp::all:
      return std::make_unique<TruthFold>(true);
    case ir::ReduceOp::lse:
      break;
  }
  LOSSC_UNREACHABLE("lse is folded in parts");
}

std::unique_ptr<Fold> maximum_fold() { return std::make_unique<MaximumFold>(); }

}  // namespace lossc::codegen
