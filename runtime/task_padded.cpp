// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels that take whole vectors of examples: what is left of a batch is copied into one vector
// whose other lanes have weight 0, so that they are skipped, and its outputs are copied out. One
// body of code serves both, for the price of a few copies per call.
#include <cstring>

#include "runtime/task.h"

namespace lossc::runtime {
namespace {

/// `count` elements from `from`, or one of them repeated, then the bytes of `fill` up to `lanes`.
void fill_lanes(char* to, const char* from, std::size_t bytes, std::int64_t stride,
                std::int64_t count, std::int64_t lanes, const void* fill) {
  for (std::int64_t i = 0; i < lanes; ++i, to += bytes) {
    const void* element = i < count ? from + i * stride * static_cast<std::int64_t>(bytes) : fill;
    std::memcpy(to, element, bytes);
  }
}

struct Fill {
  double wide = 0;
  float single = 0;
  explicit Fill(double value) : wide(value), single(static_cast<float>(value)) {}
  const void* of(bool is_f32) const {
    return is_f32 ? static_cast<const void*>(&single) : static_cast<const void*>(&wide);
  }
};

}  // namespace

void Task::run_kernel(codegen::KernelFrame& call) {
  const std::int64_t left =
      (call.last_example - call.first_example) % plan_.code.examples_at_a_time;
  call.last_example -= left;
  if (left == 0 || call.first_example < call.last_example) {
    if (plan_.code.kernel(&call) != 0) result_.failed = true;
  }
  if (left != 0) run_padded(call, call.last_example, left);
}

void Task::run_padded(const codegen::KernelFrame& call, std::int64_t first, std::int64_t count) {
  const std::int64_t lanes = plan_.code.examples_at_a_time;
  const bool f32 = plan_.program->is_f32;
  const std::size_t number = f32 ? 4 : 8;
  const Fill zero(0);
  const Fill one(1);
  char* free = frames_.lanes.data();
  const auto taken = [&] {
    char* place = free;
    free += lanes * 8;
    return place;
  };
  const auto at = [&](const void* data, std::int64_t stride, std::size_t bytes) {
    return static_cast<const char*>(data) + first * stride * static_cast<std::int64_t>(bytes);
  };
  codegen::KernelFrame padded = call;
  padded.first_example = 0;
  padded.last_example = lanes;
  for (std::size_t i = 0; i < plan_.inputs.size(); ++i) {
    const Operand& input = plan_.inputs[i];
    codegen::ArrayFrame& frame = frames_.padded_inputs[i];
    frame = frames_.inputs[i];
    if (!input.present || !input.per_example) continue;
    const bool label = plan_.program->parameters[i].is_label;
    const auto bytes = static_cast<std::size_t>(input.element_bytes);
    frame.data = taken();
    fill_lanes(static_cast<char*>(frame.data), at(frames_.inputs[i].data, 1, bytes), bytes, 1,
               count, lanes, label ? zero.of(false) : one.of(f32));
  }
  const auto host = [&](const void*& data, std::int64_t& stride, const Fill& fill) {
    char* place = taken();
    fill_lanes(place, at(data, stride, number), number, stride, count, lanes, fill.of(f32));
    data = place;
    stride = 1;
  };
  host(padded.weights, padded.weights_stride, zero);
  host(padded.upstream, padded.upstream_stride, one);
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    frames_.padded_outputs[i] = frames_.outputs[i];
    if (plan_.outputs[i].per_example) frames_.padded_outputs[i].data = taken();
  }
  if (call.values != nullptr) padded.values = taken();
  padded.inputs = frames_.padded_inputs.data();
  padded.outputs = frames_.padded_outputs.data();
  if (plan_.code.kernel(&padded) != 0) result_.failed = true;
  const auto copied_out = [&](void* to, const void* from) {
    std::memcpy(const_cast<char*>(at(to, 1, number)), from,
                static_cast<std::size_t>(count) * number);
  };
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    if (!plan_.outputs[i].per_example) continue;
    copied_out(frames_.outputs[i].data, frames_.padded_outputs[i].data);
  }
  if (call.values != nullptr) copied_out(call.values, padded.values);
}

}  // namespace lossc::runtime
