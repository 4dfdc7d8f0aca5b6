// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a sweep accumulates, as a monoid of a few values: identity, lift of one element, merge of
// two. Lanes left out by a mask get the identity; lanes, and the parts of a vector's tail, are
// merged in a fixed order. Emitted at any width by the same code.
//
// Errors do not grow with the number of terms: f32 data are summed in f64, f64 data in pairs
// (Knuth's two-sum with the errors added up, as Neumaier and Ogita, Rump and Oishi do).
#pragma once

#include <memory>

#include "compiler/codegen/loops.h"
#include "compiler/codegen/simd.h"
#include "compiler/ir/graph.h"

namespace lossc::codegen {

enum class Sort : std::uint8_t { number, integer, boolean };

class Fold {
 public:
  virtual ~Fold() = default;
  virtual Sort input() const { return Sort::number; }
  virtual Carried identity(const Simd& simd) const = 0;
  /// `index`: the positions along the axis, as integer lanes.
  virtual Carried lift(const Simd& simd, llvm::Value* x, llvm::Value* index) const = 0;
  virtual Carried merged(const Simd& simd, const Carried& a, const Carried& b) const = 0;
  /// The result, from a state of one lane.
  virtual llvm::Value* finished(const Simd& simd, const Carried& state) const = 0;
  /// The result of f32 data before it is rounded to f32; null: there is no such thing.
  virtual llvm::Value* unrounded(const Simd&, const Carried&) const { return nullptr; }
  /// One more element, lanes outside the mask (null: none) left out. By default merged with its
  /// lift.
  virtual Carried step(const Simd& simd, const Carried& state, llvm::Value* x, llvm::Value* index,
                       llvm::Value* mask) const;
  /// All lanes merged, the upper half with the lower until one is left.
  virtual Carried across_lanes(const Simd& simd, const Carried& state) const;
};

/// Σ, as a double and for f64 data a second one whose exact sum with the first is the result.
/// Elements of f32 data may come in f64.
class SumFold : public Fold {
 public:
  Carried identity(const Simd& simd) const override;
  Carried lift(const Simd& simd, llvm::Value* x, llvm::Value* index) const override;
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override;
  llvm::Value* finished(const Simd& simd, const Carried& state) const override;
  llvm::Value* unrounded(const Simd& simd, const Carried& state) const override;
  Carried step(const Simd& simd, const Carried& state, llvm::Value* x, llvm::Value* index,
               llvm::Value* mask) const override;
  /// High and low parts as doubles; the low one is 0 where the high one is not finite.
  static Simd::Pair parts(const Simd& simd, const Carried& state);
  static std::size_t size(const Simd& simd) { return simd.is_f32() ? 1 : 2; }
};

/// √Σ x², its squares within the range. f32 data have their squares in f64, which costs nothing;
/// f64 data are squared as they are and, for when those leave the range, divided and multiplied by
/// 2^500.
class NormFold : public Fold {
 public:
  Carried identity(const Simd& simd) const override;
  Carried lift(const Simd& simd, llvm::Value* x, llvm::Value* index) const override;
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override;
  llvm::Value* finished(const Simd& simd, const Carried& state) const override;
  llvm::Value* unrounded(const Simd& simd, const Carried& state) const override;

 private:
  SumFold sum_;
};

/// Σ exp(x − m), m given, counted apart: how many x equal m (their exponential is exactly 1), and
/// the sum of the rest. With m the maximum, 1 is among them, so that log Σ = log1p(rest) loses
/// nothing however small the rest is. State (count, rest…): the count is one number for all lanes,
/// got from the comparison's bits.
class ExponentialsFold : public Fold {
 public:
  /// The maximum as a scalar, and in every lane of the widest vector.
  ExponentialsFold(llvm::Value* scalar, llvm::Value* wide) : scalar_(scalar), wide_(wide) {}
  Carried identity(const Simd& simd) const override;
  Carried lift(const Simd& simd, llvm::Value* x, llvm::Value* index) const override;
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override;
  /// Σ − 1, scaled and in f64.
  llvm::Value* finished(const Simd& simd, const Carried& state) const override;
  Carried step(const Simd& simd, const Carried& state, llvm::Value* x, llvm::Value* index,
               llvm::Value* mask) const override;
  Carried across_lanes(const Simd& simd, const Carried& state) const override;

 private:
  llvm::Value* scalar_;
  llvm::Value* wide_;
  SumFold sum_;
};

/// The same in one sweep, with a running maximum: state (m, count, rest…). For scalar loops.
class OnlineFold : public Fold {
 public:
  Carried identity(const Simd& simd) const override;
  Carried lift(const Simd& simd, llvm::Value* x, llvm::Value* index) const override;
  Carried merged(const Simd& simd, const Carried& a, const Carried& b) const override;
  llvm::Value* finished(const Simd& simd, const Carried& state) const override;

 private:
  SumFold sum_;
};

/// The fold of a reduction other than the logarithm of a sum of exponentials.
std::unique_ptr<Fold> fold_of(ir::ReduceOp op);
/// The first half of the same: the maximum of what is not NaN. A NaN reaches the sum anyway.
std::unique_ptr<Fold> maximum_fold();

}  // namespace lossc::codegen
