// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Addresses, loads and stores. A subscript that is the index of an open loop over the array's own
// size is in range by construction; every other is clamped into range first, so that a branch not
// taken, or a label not checked, never reads wild memory.

#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

namespace {

llvm::Value* clamp(llvm::IRBuilderBase& builder, llvm::Value* index, llvm::Value* last) {
  llvm::Value* zero = llvm::Constant::getNullValue(index->getType());
  llvm::Value* low = builder.CreateBinaryIntrinsic(llvm::Intrinsic::smin, index, last);
  return builder.CreateBinaryIntrinsic(llvm::Intrinsic::smax, low, zero);
}

}  // namespace

bool Emitter::in_range(ir::ExprId subscript, ir::SizeId size) const {
  if (graph_.op(subscript) == ir::Op::index) return graph_.axis(subscript).size == size;
  const ir::Size& declared = function_.sizes[size.index];
  if (graph_.op(subscript) != ir::Op::constant || !declared.symbol.empty()) return false;
  auto position = graph_.constant_of(subscript).to_long();
  return position && *position >= 0 && *position < declared.offset;
}

void Emitter::refuse_many_axes() {
  for (ir::ExprId id : dependence_.nodes()) {
    if (graph_.op(id) != ir::Op::load) continue;
    const ir::Array& array = function_.arrays[graph_.array(id).index];
    if (array.shape.size() > static_cast<std::size_t>(max_axes)) {
      fail("an array with more than 8 axes is not compiled: " + array.name);
    }
  }
}

// The subscript within 0 … extent − 1 (0 where the extent is 0), as integer lanes of the scope, or
// as a 64-bit scalar where it does not vary with the scope's lanes.
llvm::Value* Emitter::clamped(ir::ExprId subscript, ir::SizeId size, Scope& scope) {
  Scope& at = home(subscript, scope);
  // All of it goes where it is used: a value made here cannot be used further out.
  std::optional<Hoisting> hoisting;
  if (&at != &scope && scope.before != nullptr) hoisting.emplace(builder_, scope.before);
  llvm::Value* extent = narrowed(frame_->extent(size));
  llvm::Value* one = llvm::ConstantInt::get(extent->getType(), 1);
  llvm::Value* last = builder_.CreateSub(extent, one);
  if (&at == &scope && scope.simd.width() > 1) {
    llvm::Value* lanes = integer(subscript, scope);
    return clamp(builder_, lanes, scope.simd.splat(last));
  }
  Value value{nullptr, Sort::integer};
  if (dependence_.literal(subscript)) {
    value.value = scalar_.int_constant(static_cast<std::int64_t>(literal(subscript)));
  } else {
    value = at.values.at(subscript.index);
  }
  llvm::Value* inside = clamp(builder_, converted(scalar_, value, Sort::integer), last);
  return builder_.CreateSExt(inside, builder_.getInt64Ty());
}

Emitter::Address Emitter::address(const ArrayView& view, bool per_example, llvm::Type* element,
                                  const std::vector<ir::SizeId>& shape,
                                  const std::vector<Subscript>& subscripts, Scope& scope) {
  const Simd& simd = scope.simd;
  llvm::Type* lanes_type = simd.vector_of(builder_.getInt64Ty());
  llvm::Value* pointer = view.base;
  llvm::Value* gathered = nullptr;
  bool consecutive = false;
  // Offsets from loops further out are added before this loop.
  auto add_offset = [&](Scope& at, llvm::Value* position, llvm::Value* stride) {
    std::optional<Hoisting> hoisting;
    if (&at != &scope && scope.before != nullptr) hoisting.emplace(builder_, scope.before);
    pointer = builder_.CreateGEP(element, pointer, builder_.CreateMul(position, stride));
  };
  auto add_lanes = [&](llvm::Value* lanes, llvm::Value* stride) {
    lanes = builder_.CreateMul(builder_.CreateSExt(lanes, lanes_type), simd.splat(stride));
    gathered = gathered == nullptr ? lanes : builder_.CreateAdd(gathered, lanes);
  };
  struct Own {  // what moves with this scope comes last
    llvm::Value* stride;
    bool unit;
  };
  std::vector<Own> own;
  auto add_loop = [&](Scope& loop, llvm::Value* stride, bool unit) {
    if (&loop == &scope) {
      own.push_back({stride, unit});
    } else {
      add_offset(loop, loop.position, stride);
    }
  };
  if (per_example) {
    bool unit = options_.contiguous && shape.empty() && batch_->vectorised;
    add_loop(*batch_, unit ? builder_.getInt64(1) : view.batch_stride, unit);
  }
  for (bool moving : {false, true}) {
    for (std::size_t i = 0; i < subscripts.size(); ++i) {
      const Subscript& subscript = subscripts[i];
      if (subscript.loop != nullptr) {
        bool unit = options_.contiguous && i + 1 == subscripts.size();
        if (!moving) add_loop(*subscript.loop, view.strides[i], unit);
        continue;
      }
      Scope& at = home(subscript.id, scope);
      if (moving != (&at == &scope)) continue;
      llvm::Value* inside = clamped(subscript.id, shape[i], scope);
      if (inside->getType()->isVectorTy()) {
        add_lanes(inside, view.strides[i]);
      } else {
        add_offset(at, inside, view.strides[i]);
      }
    }
  }
  for (const Own& loop : own) {
    add_offset(scope, scope.position, loop.stride);
    if (!scope.vectorised || simd.width() == 1) continue;
    if (loop.unit && own.size() == 1 && gathered == nullptr) {
      consecutive = true;
    } else {
      add_lanes(simd.lane_indices(), loop.stride);
    }
  }
  return {pointer, gathered, !consecutive && gathered == nullptr, view.has_elements};
}

llvm::Value* Emitter::loaded(const Address& address, llvm::Type* element, llvm::Value* fill,
                             Scope& scope) {
  const Simd& simd = scope.simd;
  if (address.scalar) return scalar_.load(element, address.pointer);
  llvm::Value* mask = scope.mask;
  if (address.lanes != nullptr) {
    if (mask == nullptr) mask = simd.mask_constant(true);
    return simd.gather(element, address.pointer, address.lanes, mask, fill);
  }
  if (address.has_elements != nullptr) {
    llvm::Value* any = simd.splat(address.has_elements);
    mask = mask == nullptr ? any : simd.mask_and(mask, any);
  }
  return mask == nullptr ? simd.load(element, address.pointer)
                         : simd.load_masked(element, address.pointer, mask, fill);
}

void Emitter::store(const Address& address, llvm::Value* value, Scope& scope) {
  const Simd& simd = scope.simd;
  if (address.scalar) {
    scalar_.store(value, address.pointer);
  } else if (address.lanes != nullptr) {
    llvm::Value* mask = scope.mask == nullptr ? simd.mask_constant(true) : scope.mask;
    simd.scatter(value, address.pointer, address.lanes, mask);
  } else if (scope.mask != nullptr) {
    simd.store_masked(value, address.pointer, scope.mask);
  } else {
    simd.store(value, address.pointer);
  }
}

Value Emitter::emit_load(ir::ExprId id, Scope& scope) {
  ir::ArrayId array = graph_.array(id);
  const ir::Array& declared = function_.arrays[array.index];
  std::vector<Subscript> subscripts;
  // Where every subscript is a loop that runs, the array has elements.
  bool guarded = false;
  auto operands = graph_.operands(id);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    bool plain =
        graph_.op(operands[i]) == ir::Op::index && in_range(operands[i], declared.shape[i]);
    guarded = guarded || !in_range(operands[i], declared.shape[i]);
    subscripts.push_back(plain ? Subscript{{}, loop_over(graph_.axis(operands[i]), scope)}
                               : Subscript{operands[i]});
  }
  const ArrayView& view = frame_->input(function_, array, options_.contiguous, guarded);
  bool label = declared.domain == ir::Domain::class_;
  bool wide =
      label && array.index < options_.wide_labels.size() && options_.wide_labels[array.index];
  llvm::Type* element = wide    ? builder_.getInt64Ty()
                        : label ? builder_.getInt32Ty()
                                : scope.simd.element_type();
  llvm::Value* fill =
      label ? llvm::Constant::getNullValue(scope.simd.vector_of(element)) : scope.simd.constant(1);
  Address place =
      address(view, function_.per_example(array), element, declared.shape, subscripts, scope);
  llvm::Value* value = loaded(place, element, fill, scope);
  if (place.scalar && scope.simd.width() > 1) value = scope.simd.splat(value);
  if (!label) return {value, Sort::number};
  llvm::Type* lanes = scope.simd.int_type();
  if (!wide) return {builder_.CreateSExt(value, lanes), Sort::integer};
  if (options_.float_type == FloatType::f64) return {value, Sort::integer};
  // Saturating: distinct labels and the ignored one stay distinct.
  auto limit = [&](std::int64_t bound) {
    return llvm::ConstantInt::getSigned(value->getType(), bound);
  };
  value = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, value, limit(-2147483648LL));
  value = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, value, limit(2147483647LL));
  return {builder_.CreateTrunc(value, lanes), Sort::integer};
}

}  // namespace lossc::codegen
