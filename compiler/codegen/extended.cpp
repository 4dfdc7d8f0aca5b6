// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// f32 numbers in f64, for its range: sums over a row are accumulated in f64, and rounding them to
// f32 at once would make c·Σx² infinite where it is not, and Σx² − y no number. So what is
// multiplied in the terms of a sum is multiplied in f64 where it may leave the range, the sum is
// kept as it is beside its rounded value, and sums and products of such numbers, a few per row, are
// formed in f64. Where an element is multiplied by one of them, it comes in two factors.
//
// The invariant: an extended number is of a scope that is not vectorised, and its node's value is
// its rounding.
#include <algorithm>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/kernels/split.h"

namespace lossc::codegen {

/// The extended number of a node; null if it has none.
llvm::Value* Emitter::extended(ir::ExprId id, Scope& scope) {
  if (!scalar_.is_f32() || dependence_.literal(id)) return nullptr;
  Scope& at = home(id, scope);
  const auto found = at.extended.find(id.index);
  return found == at.extended.end() ? nullptr : found->second;
}

/// The operand as f64, in as many lanes as the scope has.
llvm::Value* Emitter::in_f64(ir::ExprId id, Scope& scope, int deep) {
  if (dependence_.literal(id)) return scope.simd.with_type(FloatType::f64).constant(literal(id));
  llvm::Value* number = scope.vectorised ? nullptr : extended(id, scope);
  if (deep > 0 && number == nullptr && &home(id, scope) == &scope) {
    if (graph_.op(id) == ir::Op::add) number = extended_sum(id, scope, deep - 1);
    if (graph_.op(id) == ir::Op::mul) number = extended_product(id, scope, deep - 1);
  }
  return number != nullptr ? number : scope.simd.to_f64(this->number(id, scope));
}

/// Not where exponentials are added, which have forms of their own.
llvm::Value* Emitter::extended_sum(ir::ExprId id, Scope& scope, int deep) {
  const auto operands = graph_.operands(id);
  const bool exponentials = std::any_of(operands.begin(), operands.end(), [&](ir::ExprId operand) {
    const bool reduced = graph_.op(operand) == ir::Op::reduce;
    return graph_.op(operand) == ir::Op::weight ||
           (reduced && graph_.reduce_op(operand) == ir::ReduceOp::lse);
  });
  if (exponentials) return nullptr;
  const Simd wide = scope.simd.with_type(FloatType::f64);
  llvm::Value* sum = wide.constant(graph_.constant_of(id).to_double());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const double factor = graph_.factors(id)[i].to_double();
    const bool leaves = leaves_f32(operands[i], scope);
    llvm::Value* x = in_f64(operands[i], scope, leaves ? std::max(deep, 1) : deep);
    sum = wide.add(sum, factor == 1 ? x : wide.mul(wide.constant(factor), x));
  }
  return sum;
}

/// Where its powers are few and whole or roots: in f64 no order of their factors leaves the range.
llvm::Value* Emitter::extended_product(ir::ExprId id, Scope& scope, int deep) {
  const auto operands = graph_.operands(id);
  long total = 0;
  for (const ir::Number& exponent : graph_.factors(id)) {
    const auto halves = (exponent + exponent).to_long();
    if (!halves) return nullptr;
    total += std::abs(*halves);
  }
  constexpr long most_halves = 12;
  if (total > most_halves) return nullptr;
  const Simd wide = scope.simd.with_type(FloatType::f64);
  llvm::Value* product = wide.constant(graph_.constant_of(id).to_double());
  std::vector<llvm::Value*> factors;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    llvm::Value* x = in_f64(operands[i], scope, deep);
    factors.push_back(x);
    const ir::Number& exponent = graph_.factors(id)[i];
    const long halves = (exponent + exponent).to_long().value_or(0);
    llvm::Value* power = whole_power(x, std::abs(halves) / 2, wide);
    if (halves % 2 != 0) {
      llvm::Value* root = wide.sqrt(x);
      power = power == nullptr ? root : wide.mul(power, root);
    }
    product = halves > 0 ? wide.mul(product, power) : wide.div(product, power);
  }
  Scope in_f64_scope(scope.outer, scope.axis, wide);
  return zero_rule(id, product, factors, in_f64_scope);
}

/// (a + b/x)/x, whose b/x may leave the range although the whole does not.
bool Emitter::divides_twice(ir::ExprId product) {
  const auto below = [&](ir::ExprId node, ir::ExprId base) {
    const auto bases = graph_.operands(node);
    const auto place = std::find(bases.begin(), bases.end(), base);
    return place != bases.end() &&
           graph_.factors(node)[static_cast<std::size_t>(place - bases.begin())].sign() < 0;
  };
  const auto unbounded = [&](ir::ExprId node) { return !ranges_[node].within(-0x1p64, 0x1p64); };
  for (const ir::ExprId sum : graph_.operands(product)) {
    if (graph_.op(sum) != ir::Op::add || below(product, sum)) continue;
    for (const ir::ExprId term : graph_.operands(sum)) {
      if (graph_.op(term) != ir::Op::mul) continue;
      for (const ir::ExprId base : graph_.operands(term)) {
        const auto large = [&](ir::ExprId factor) {
          return factor != base && !below(term, factor) && unbounded(factor);
        };
        const auto factors = graph_.operands(term);
        const bool leaves = std::any_of(factors.begin(), factors.end(), large);
        if (leaves && below(term, base) && below(product, base)) return true;
      }
    }
  }
  return false;
}

/// A sum or a product with an extended operand; such a quotient, at any width.
std::optional<Value> Emitter::emit_extended(ir::ExprId id, Scope& scope) {
  if (!scalar_.is_f32()) return std::nullopt;
  if (graph_.op(id) == ir::Op::mul && divides_twice(id)) {
    constexpr int deep = 2;
    llvm::Value* number = extended_product(id, scope, deep);
    if (number != nullptr) {
      if (!scope.vectorised) scope.extended[id.index] = number;
      return Value{scope.simd.from_float(number), Sort::number};
    }
  }
  if (scope.vectorised) return std::nullopt;
  const auto operands = graph_.operands(id);
  const bool any = std::any_of(operands.begin(), operands.end(), [&](ir::ExprId operand) {
    return extended(operand, scope) != nullptr ||
           (graph_.op(id) == ir::Op::add && leaves_f32(operand, scope));
  });
  if (!any) return std::nullopt;
  llvm::Value* number =
      graph_.op(id) == ir::Op::add ? extended_sum(id, scope) : extended_product(id, scope);
  if (number == nullptr) return std::nullopt;
  scope.extended[id.index] = number;
  return Value{scope.simd.from_float(number), Sort::number};
}

/// Whether two of the factors may be large, or one to a power.
bool Emitter::may_leave_f32(ir::ExprId product) {
  const auto operands = graph_.operands(product);
  long large = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const auto exponent = graph_.factors(product)[i].to_long();
    if (!exponent || *exponent <= 0) return false;
    constexpr double far = 0x1p32;
    const analysis::Range& range = ranges_[operands[i]];
    if (range.high > far || range.low < -far) large += *exponent;
  }
  constexpr long most = 8;
  return large > 1 && large <= most;
}

/// Beyond 2^100, and below 2^-100, the number is scaled by that: an element that it is multiplied
/// by brings it back, then the scale is applied.
std::optional<Emitter::InParts> Emitter::extended_in_parts(ir::ExprId id, Scope& scope) {
  llvm::Value* number = scope.vectorised ? extended(id, scope) : nullptr;
  const analysis::Range& range = ranges_[id];
  const bool moderate = range.within(-0x1p100, 0x1p100);
  if (number == nullptr || moderate || scope.before == nullptr) return std::nullopt;
  return in_parts(number, true, scope);
}

Emitter::InParts Emitter::in_parts(llvm::Value* number, bool may_be_large, Scope& scope) {
  InParts parts{};
  {
    Hoisting hoisting(builder_, scope.before);
    const Simd wide = scalar_.with_type(FloatType::f64);
    llvm::Value* size = wide.abs(number);
    llvm::Value* small = wide.compare_lt(size, wide.constant(0x1p-100));
    llvm::Value* large = may_be_large ? wide.compare_gt(size, wide.constant(0x1p100)) : nullptr;
    const auto scaled = [&](const Simd& simd, double up, double down) {
      llvm::Value* scale = simd.select(small, simd.constant(down), simd.constant(1));
      return large == nullptr ? scale : simd.select(large, simd.constant(up), scale);
    };
    parts.value = scalar_.from_float(wide.mul(number, scaled(wide, 0x1p-100, 0x1p100)));
    parts.scale = scaled(scalar_, 0x1p100, 0x1p-100);
  }
  return InParts{widened(parts.value, scope), widened(parts.scale, scope)};
}

/// An element that may be large times numbers of its row, one of them a tail in f64: the element by
/// the parts of their product. Null for any other product.
llvm::Value* Emitter::element_of_row(ir::ExprId id, Scope& scope) {
  if (!scalar_.is_f32() || !scope.vectorised || scope.before == nullptr) return nullptr;
  const auto operands = graph_.operands(id);
  std::optional<ir::ExprId> element;
  bool tail = false;
  bool moderate = true;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool literal = dependence_.literal(operands[i]);
    if (!literal && &home(operands[i], scope) == &scope) {
      if (element || !graph_.factors(id)[i].is(1)) return nullptr;
      element = operands[i];
      continue;
    }
    tail = tail || (is_plain_tail(operands[i]) && extended(operands[i], scope) != nullptr);
    moderate =
        moderate && graph_.factors(id)[i].is(1) && ranges_[operands[i]].within(-0x1p32, 0x1p32);
  }
  if (!tail || !element || operands.size() > 4) return nullptr;
  if (ranges_[*element].within(-0x1p32, 0x1p32)) return nullptr;
  llvm::Value* row = unrounded_row(id, *element, scope);
  if (row == nullptr) return nullptr;
  const InParts parts = in_parts(row, !moderate, scope);
  const Simd& simd = scope.simd;
  llvm::Value* x = number(*element, scope);
  llvm::Value* product = simd.mul(simd.mul(x, parts.value), parts.scale);
  std::vector<llvm::Value*> values;
  for (const ir::ExprId operand : operands) values.push_back(number(operand, scope));
  return zero_rule(id, product, values, scope);
}

/// Split before the loop.
SplitNumber Emitter::split_extended(llvm::Value* number, Scope& scope) {
  llvm::Value* significand = nullptr;
  llvm::Value* exponent = nullptr;
  {
    Hoisting hoisting(builder_, scope.before != nullptr ? scope.before : builder_.GetInsertBlock());
    const Simd wide = scalar_.with_type(FloatType::f64);
    const Split parts = split(Real{&wide, number});
    significand = scalar_.from_float(parts.m.value);
    exponent = scalar_.from_float(parts.k.value);
  }
  return {widened(significand, scope), widened(exponent, scope)};
}

/// Whether the operand of a sum is a product that may be infinite although the sum is not: its
/// coefficient, or another term, comes too late.
bool Emitter::leaves_f32(ir::ExprId id, Scope& scope) {
  const bool product = graph_.op(id) == ir::Op::mul && !dependence_.literal(id);
  return product && may_leave_f32(id) && !needs_splitting(id, scope);
}

/// The term of a sum over an axis in f64; null where f32 will do.
llvm::Value* Emitter::extended_term(ir::ExprId id, Scope& scope) {
  if (!scalar_.is_f32() || graph_.op(id) != ir::Op::mul || !may_leave_f32(id)) return nullptr;
  return extended_product(id, scope);
}

}  // namespace lossc::codegen
