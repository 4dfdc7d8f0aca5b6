// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/task.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace lossc::runtime {
namespace {

std::int64_t elements_of(const Operand& operand) {
  std::int64_t count = 1;
  for (const std::int64_t size : operand.sizes) count *= size;
  return count;
}

void set_row_major(codegen::ArrayFrame& frame, const std::vector<std::int64_t>& sizes) {
  std::int64_t stride = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    frame.strides[i] = stride;
    stride *= sizes[i];
  }
  frame.batch_stride = stride;
}

codegen::ArrayFrame array_frame(const Operand& operand) {
  codegen::ArrayFrame frame{};
  frame.data = operand.data;
  if (!operand.batch_strides.empty()) frame.batch_stride = operand.batch_strides.back();
  for (std::size_t i = 0; i < operand.strides.size(); ++i) {
    // An axis of one element is walked along no stride; 1 is what vector code expects.
    frame.strides[i] = operand.sizes[i] > 1 ? operand.strides[i] : 1;
  }
  return frame;
}

/// An address that need not lie inside the array: only address + offset will.
char* moved(char* place, std::int64_t bytes) {
  return reinterpret_cast<char*>(reinterpret_cast<std::uintptr_t>(place) +
                                 static_cast<std::uintptr_t>(bytes));
}

constexpr std::int64_t buffer_bytes = 64 << 10;
constexpr std::size_t workspace_alignment = codegen::WorkspaceLayout::alignment;

}  // namespace

TaskFrames task_frames(const Plan& plan) {
  TaskFrames frames;
  for (const Operand& input : plan.inputs) frames.inputs.push_back(array_frame(input));
  for (const Operand& output : plan.outputs) {
    frames.outputs.push_back(array_frame(output));
    if (!output.per_example) set_row_major(frames.outputs.back(), output.sizes);
  }
  if (plan.code.examples_at_a_time > 1) {
    constexpr std::size_t beside = 3;  // values, weights, upstream
    const std::size_t arrays = plan.inputs.size() + plan.outputs.size() + beside;
    frames.lanes.resize(arrays * static_cast<std::size_t>(plan.code.examples_at_a_time) * 8);
    frames.padded_inputs = frames.inputs;
    frames.padded_outputs = frames.outputs;
  }
  if (const std::int64_t bytes = plan.code.workspace.bytes(plan.extents); bytes > 0) {
    frames.workspace.resize(static_cast<std::size_t>(bytes) + workspace_alignment);
  }
  frames.buffers.resize(plan.buffered.size());
  for (std::size_t i = 0; i < plan.buffered.size(); ++i) {
    if (!plan.buffered[i]) continue;
    const Operand& output = i < plan.outputs.size() ? plan.outputs[i] : plan.values;
    const std::int64_t row = elements_of(output) * output.element_bytes;
    frames.buffers[i].resize(static_cast<std::size_t>(std::max(row, buffer_bytes)));
    if (i < plan.outputs.size()) set_row_major(frames.outputs[i], output.sizes);
  }
  return frames;
}

const Operand& Task::output_operand(std::size_t output) const {
  return output < plan_.outputs.size() ? plan_.outputs[output] : plan_.values;
}

template <class Body>
void Task::for_segments(std::int64_t first, std::int64_t last, Body body) {
  const std::int64_t inner = plan_.batch.back();
  while (first < last) {
    Segment segment;
    segment.outer = first / inner;
    segment.first = first % inner;
    segment.last = std::min(inner, segment.first + (last - first));
    body(segment);
    first += segment.last - segment.first;
  }
}

char* Task::at_segment(const Operand& operand, std::int64_t outer) const {
  std::int64_t offset = 0;
  if (outer != 0 && operand.per_example) {
    for (std::size_t axis = plan_.batch.size() - 1; axis-- > 0;) {
      offset += outer % plan_.batch[axis] * operand.batch_strides[axis];
      outer /= plan_.batch[axis];
    }
  }
  return offset == 0 ? operand.data : moved(operand.data, offset * operand.element_bytes);
}

codegen::KernelFrame Task::frame(const Segment& segment, double* sums) {
  for (std::size_t i = 0; i < plan_.inputs.size(); ++i) {
    frames_.inputs[i].data = at_segment(plan_.inputs[i], segment.outer);
  }
  codegen::KernelFrame frame{};
  frame.first_example = segment.first;
  frame.last_example = segment.last;
  frame.sizes = plan_.extents.data();
  frame.inputs = frames_.inputs.data();
  frame.outputs = frames_.outputs.data();
  const auto host = [&](const Operand& operand, const void*& data, std::int64_t& stride) {
    data =
        operand.present ? static_cast<const void*>(at_segment(operand, segment.outer)) : &plan_.one;
    stride = operand.present && operand.per_example ? operand.batch_strides.back() : 0;
  };
  host(plan_.weights, frame.weights, frame.weights_stride);
  host(plan_.upstream, frame.upstream, frame.upstream_stride);
  frame.scale = 1;
  frame.sums = sums;
  if (!frames_.workspace.empty()) {
    void* place = frames_.workspace.data();
    std::size_t space = frames_.workspace.size();
    frame.workspace = std::align(workspace_alignment, 1, place, space);
  }
  return frame;
}

void Task::check_labels(std::int64_t first, std::int64_t last) {
  for_segments(first, last, [&](const Segment& segment) {
    if (result_.bad_argument >= 0) return;
    double sums[4] = {};
    codegen::KernelFrame call = frame(segment, sums);
    const std::int64_t status = plan_.code.labels(&call);
    if (status == 0) return;
    result_.bad_argument = status - 1;
    result_.bad_example = segment.outer * plan_.batch.back() + call.bad_example;
    result_.bad_value = call.bad_value;
  });
}

void Task::add_divisors(std::int64_t first, std::int64_t last) {
  for_segments(first, last, [&](const Segment& segment) {
    double sums[4] = {};
    codegen::KernelFrame call = frame(segment, sums);
    if (plan_.code.divisor != nullptr) {
      plan_.code.divisor(&call);
      result_.divisor = result_.divisor + normalised(sums[2], sums[3]);
      return;
    }
    // Every example counts 1, times its host weight.
    const auto* place = static_cast<const char*>(call.weights);
    for (std::int64_t i = segment.first; i < segment.last; ++i) {
      const char* at = place + i * call.weights_stride * (plan_.program->is_f32 ? 4 : 8);
      double weight = 0;
      if (plan_.program->is_f32) {
        float single = 0;
        std::memcpy(&single, at, sizeof single);
        weight = single;
      } else {
        std::memcpy(&weight, at, sizeof weight);
      }
      result_.divisor = result_.divisor + Pair{weight, 0};
    }
  });
}

std::int64_t Task::block_size() const {
  std::int64_t most = INT64_MAX;
  for (std::size_t i = 0; i < plan_.buffered.size(); ++i) {
    if (!plan_.buffered[i]) continue;
    const Operand& output = output_operand(i);
    const std::int64_t row = std::max<std::int64_t>(elements_of(output) * output.element_bytes, 1);
    most = std::min(most, std::max<std::int64_t>(buffer_bytes / row, 1));
  }
  return most;
}

/// Makes the frame of an output point into its buffer, so that the segment's first example is
/// there.
void Task::redirect(std::size_t output, const Segment& segment) {
  codegen::ArrayFrame& frame = frames_.outputs[output];
  frame.data = moved(frames_.buffers[output].data(),
                     -segment.first * frame.batch_stride * plan_.outputs[output].element_bytes);
}

void Task::copy_out(std::size_t output, const Segment& segment) const {
  const Operand& operand = output_operand(output);
  const std::int64_t row = elements_of(operand);
  const auto bytes = static_cast<std::size_t>(operand.element_bytes);
  const char* from = frames_.buffers[output].data();
  char* const base = at_segment(operand, segment.outer);
  std::vector<std::int64_t> index(operand.sizes.size(), 0);
  for (std::int64_t example = segment.first; example < segment.last; ++example) {
    for (std::int64_t element = 0; element < row; ++element, from += bytes) {
      std::int64_t offset = example * operand.batch_strides.back();
      for (std::size_t i = 0; i < index.size(); ++i) offset += index[i] * operand.strides[i];
      std::memcpy(moved(base, offset * operand.element_bytes), from, bytes);
      for (std::size_t i = index.size(); i-- > 0 && ++index[i] == operand.sizes[i];) index[i] = 0;
    }
  }
}

void Task::compute_segment(const Segment& segment, double scale, double* planes,
                           const std::vector<std::int64_t>& plane_offsets) {
  double sums[4] = {};
  codegen::KernelFrame call = frame(segment, sums);
  call.scale = scale;
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    if (plane_offsets[i] >= 0) {
      frames_.outputs[i].data = planes + plane_offsets[i];
    } else if (plan_.buffered[i]) {
      redirect(i, segment);
    } else {
      frames_.outputs[i].data = at_segment(plan_.outputs[i], segment.outer);
    }
  }
  const std::size_t values = plan_.outputs.size();
  if (plan_.values.present) {
    call.values = plan_.buffered[values] ? moved(frames_.buffers[values].data(),
                                                 -segment.first * plan_.values.element_bytes)
                                         : at_segment(plan_.values, segment.outer);
    call.values_stride = plan_.buffered[values] ? 1 : plan_.values.batch_strides.back();
  }
  run_kernel(call);
  result_.value = result_.value + normalised(sums[0], sums[1]);
  for (std::size_t i = 0; i < plan_.buffered.size(); ++i) {
    if (plan_.buffered[i]) copy_out(i, segment);
  }
}

void Task::compute(std::int64_t first, std::int64_t last, double scale, double* planes,
                   const std::vector<std::int64_t>& plane_offsets) {
  const std::int64_t block = block_size();
  for_segments(first, last, [&](const Segment& segment) {
    for (std::int64_t begin = segment.first; begin < segment.last;) {
      const std::int64_t end = segment.last - begin > block ? begin + block : segment.last;
      compute_segment({segment.outer, begin, end}, scale, planes, plane_offsets);
      begin = end;
    }
  });
}

}  // namespace lossc::runtime
