// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sweep over the batch: weights, what gradients are multiplied by, what is stored and summed.
// An example of weight 0 is skipped: it contributes exactly 0, whatever its body gives.

#include <cstddef>

#include "compiler/codegen/emitter.h"
#include "compiler/support/assert.h"

namespace lossc::codegen {

bool Emitter::summed(std::size_t position) const {
  const ir::Output& output = function_.outputs[position];
  return output.kind == ir::OutputKind::value || entry_.divisor ||
         !function_.per_example(output.array);
}

std::size_t Emitter::layout_position(std::size_t position) const {
  std::vector<std::size_t> outputs = layout(function_).outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] == position) return i;
  }
  LOSSC_UNREACHABLE("codegen: an output without a place in the frame");
}

// A host array with one number per example, or one for all (stride 0).
llvm::Value* Emitter::per_example_number(std::size_t pointer_offset, std::size_t stride_offset,
                                         Scope& batch) {
  const Simd& simd = batch.simd;
  llvm::Value* base = frame_->pointer(pointer_offset);
  llvm::Value* stride = frame_->integer(stride_offset);
  auto place = [&](llvm::Value* position) {
    return builder_.CreateGEP(simd.element_type(), base, builder_.CreateMul(position, stride));
  };
  if (simd.width() == 1) return scalar_.load(place(batch.position));
  llvm::Value* first = frame_->integer(offsetof(KernelFrame, first_example));
  llvm::Value* same = nullptr;
  {
    Hoisting hoisting(builder_, batch.before);
    same = simd.splat(scalar_.load(place(first)));
  }
  llvm::Value* varies = builder_.CreateICmpNE(stride, builder_.getInt64(0));
  return emit_if(builder_, varies, {same}, Hoist::always, [&](llvm::BasicBlock*) {
    return Carried{
        loaded(batch_vector(base, stride, batch), simd.element_type(), simd.constant(1), batch)};
  })[0];
}

// Lanes along the batch of a host array: consecutive if the host's arrays are.
Emitter::Address Emitter::batch_vector(llvm::Value* base, llvm::Value* stride, Scope& batch) {
  const Simd& simd = batch.simd;
  Address address;
  address.scalar = simd.width() == 1;
  bool consecutive = options_.contiguous && batch.vectorised;
  llvm::Value* offset = consecutive ? batch.position : builder_.CreateMul(batch.position, stride);
  address.pointer = builder_.CreateGEP(simd.element_type(), base, offset);
  if (address.scalar || consecutive) return address;
  llvm::Type* lanes = simd.vector_of(builder_.getInt64Ty());
  address.lanes =
      builder_.CreateMul(builder_.CreateSExt(simd.lane_indices(), lanes), simd.splat(stride));
  return address;
}

// Done once, as soon as the weight of the example is known, because what is stored needs it.
void Emitter::find_factors(Scope& batch) {
  if (weight_ != nullptr) return;
  if (weight_root_ && !dependence_.literal(*weight_root_)) {
    Scope& at = home(*weight_root_, batch);
    if (at.values.find(weight_root_->index) == at.values.end()) return;
  }
  const Simd& simd = batch.simd;
  weight_ = per_example_number(offsetof(KernelFrame, weights),
                               offsetof(KernelFrame, weights_stride), batch);
  if (weight_root_) {
    // 0 times an infinite weight is 0: skipped as well.
    llvm::Value* own = number(*weight_root_, batch);
    llvm::Value* zero = simd.constant(0);
    llvm::Value* either = simd.mask_or(simd.compare_eq(own, zero), simd.compare_eq(weight_, zero));
    llvm::Value* both = entry_.weighted ? weight_ : simd.mul(weight_, own);
    weight_ = simd.select(either, zero, both);
  }
  skipped_ = simd.compare_eq(weight_, simd.constant(0));
  if (entry_.divisor || layout(function_).outputs.empty()) return;
  llvm::Value* upstream = per_example_number(offsetof(KernelFrame, upstream),
                                             offsetof(KernelFrame, upstream_stride), batch);
  llvm::Value* scale = frame_->number(offsetof(KernelFrame, scale));
  factor_ = simd.mul(simd.mul(weight_, upstream), simd.splat(scalar_.from_float(scale)));
}

void Emitter::emit_batch(const schedule::Sweep& sweep, Scope& call) {
  std::vector<std::unique_ptr<Fold>> folds;
  std::vector<std::size_t> sums;
  for (std::size_t position : sweep.stores) {
    bool weight = function_.outputs[position].kind == ir::OutputKind::weight && !entry_.divisor;
    if (weight || !summed(position)) continue;
    sums.push_back(position);
    folds.push_back(std::make_unique<SumFold>());
  }
  llvm::Value* first = frame_->integer(offsetof(KernelFrame, first_example));
  llvm::Value* last = frame_->integer(offsetof(KernelFrame, last_example));
  std::vector<Carried> states = swept(sweep, first, last, folds, call,
                                      [&](Scope& batch) { return contributions(sweep, batch); });
  for (std::size_t i = 0; i < sums.size(); ++i) {
    Simd::Pair parts = SumFold::parts(scalar_, states[i]);
    llvm::Value* high = nullptr;
    llvm::Type* type = builder_.getDoubleTy();
    if (entry_.divisor || function_.outputs[sums[i]].kind == ir::OutputKind::value) {
      llvm::Value* pairs = frame_->pointer(offsetof(KernelFrame, sums));
      high = builder_.CreateConstInBoundsGEP1_64(type, pairs, entry_.divisor ? 2 : 0);
    } else {
      high = frame_->output(layout_position(sums[i]), 0, options_.contiguous).base;
    }
    add_pair(high, builder_.CreateConstInBoundsGEP1_64(type, high, 1), parts);
  }
}

// One pass of the batch's body: what each sum gets.
std::vector<llvm::Value*> Emitter::contributions(const schedule::Sweep& sweep, Scope& batch) {
  batch_ = &batch;
  weight_ = skipped_ = factor_ = nullptr;
  emit_region(sweep.body, batch);
  find_factors(batch);
  const Simd& simd = batch.simd;
  std::vector<llvm::Value*> inputs;
  for (std::size_t position : sweep.stores) {
    const ir::Output& output = function_.outputs[position];
    if (output.kind == ir::OutputKind::weight && !entry_.divisor) continue;
    if (output.kind != ir::OutputKind::value && !entry_.divisor) {
      if (summed(position)) {
        inputs.push_back(weighted_gradient(position, batch));
      } else {
        store_output(position, batch);
      }
      continue;
    }
    llvm::Value* value = simd.mul(weight_, number(output.root, batch));
    value = simd.select(skipped_, simd.constant(0), value);
    if (!entry_.divisor) store_values(value, batch);
    inputs.push_back(value);
  }
  return inputs;
}

llvm::Value* Emitter::weighted_gradient(std::size_t position, Scope& scope) {
  const Simd& simd = scope.simd;
  auto here = [&](llvm::Value* of_example) {
    return of_example->getType()->isVectorTy() || simd.width() == 1 ? of_example
                                                                    : widened(of_example, scope);
  };
  llvm::Value* gradient = number(function_.outputs[position].root, scope);
  return simd.select(here(skipped_), simd.constant(0), simd.mul(gradient, here(factor_)));
}

void Emitter::store_output(std::size_t position, Scope& scope) {
  const ir::Output& output = function_.outputs[position];
  const ArrayView& view =
      frame_->output(layout_position(position), output.axes.size(), options_.contiguous);
  llvm::Value* value = weighted_gradient(position, scope);
  if (summed(position)) {
    add_to_planes(position, value, view, scope);
    return;
  }
  std::vector<Subscript> subscripts;
  for (ir::Axis axis : output.axes) subscripts.push_back({{}, loop_over(axis, scope)});
  const auto& shape = function_.arrays[output.array.index].shape;
  store(address(view, true, scope.simd.element_type(), shape, subscripts, scope), value, scope);
}

// The gradient of a param's element, added to its pair of doubles: a plane of high parts, then one
// of low parts.
void Emitter::add_to_planes(std::size_t position, llvm::Value* value, const ArrayView& view,
                            Scope& scope) {
  const ir::Output& output = function_.outputs[position];
  Simd wide = scope.simd.with_type(FloatType::f64);
  std::vector<Subscript> subscripts;
  llvm::Value* elements = builder_.getInt64(1);
  for (ir::Axis axis : output.axes) {
    subscripts.push_back({{}, loop_over(axis, scope)});
    elements = builder_.CreateMul(elements, frame_->extent(axis.size));
  }
  Address high = address(view, false, builder_.getDoubleTy(),
                         function_.arrays[output.array.index].shape, subscripts, scope);
  Address low = high;
  low.pointer = builder_.CreateGEP(builder_.getDoubleTy(), high.pointer, elements);
  Scope doubles(scope.outer, scope.axis, wide);
  doubles.mask = scope.mask;
  auto read = [&](const Address& address) {
    return loaded(address, builder_.getDoubleTy(), wide.constant(0), doubles);
  };
  auto [sum, error] = wide.two_sum(read(high), scope.simd.to_f64(value));
  llvm::Value* finite = wide.compare_lt(wide.abs(sum), wide.infinity());
  llvm::Value* rest = wide.select(finite, wide.add(read(low), error), wide.constant(0));
  store(high, sum, doubles);
  store(low, rest, doubles);
}

void Emitter::store_values(llvm::Value* contribution, Scope& batch) {
  llvm::Value* base = frame_->pointer(offsetof(KernelFrame, values));
  llvm::Value* stride = frame_->integer(offsetof(KernelFrame, values_stride));
  emit_if(builder_, builder_.CreateIsNotNull(base), {}, Hoist::always, [&](llvm::BasicBlock*) {
    store(batch_vector(base, stride, batch), contribution, batch);
    return Carried{};
  });
}

void Emitter::add_pair(llvm::Value* high_place, llvm::Value* low_place, const Simd::Pair& pair) {
  Simd wide = scalar_.with_type(FloatType::f64);
  auto [sum, error] = wide.two_sum(wide.load(high_place), pair.first);
  llvm::Value* rest = wide.add(wide.add(wide.load(low_place), pair.second), error);
  llvm::Value* finite = wide.compare_lt(wide.abs(sum), wide.infinity());
  wide.store(sum, high_place);
  wide.store(wide.select(finite, rest, wide.constant(0)), low_place);
}

}  // namespace lossc::codegen
