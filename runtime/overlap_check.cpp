// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Outputs over inputs. A gradient exactly over its prediction is allowed: along the batch, each
// element is read before it is written; in rows, which may be read again after, the gradient is
// computed in a buffer and copied. Everything else that shares memory is refused.
#include <cstdint>

#include "runtime/messages.h"
#include "runtime/overlap.h"
#include "runtime/planner.h"

namespace lossc::runtime {
namespace {

Footprint footprint(const Plan& plan, const Operand& operand,
                    const std::vector<std::int64_t>& batch_sizes) {
  Footprint print{operand.data, operand.element_bytes, {}};
  for (std::size_t i = 0; i < operand.batch_strides.size() && i < batch_sizes.size(); ++i) {
    print.axes.push_back({batch_sizes[i], operand.batch_strides[i] * operand.element_bytes});
  }
  for (std::size_t i = 0; i < operand.sizes.size(); ++i) {
    print.axes.push_back({operand.sizes[i], operand.strides[i] * operand.element_bytes});
  }
  if (plan.examples == 0 && operand.per_example) print.data = nullptr;
  return print;
}

Failure over_input(Plan& plan, const Operand& output, const Operand& input, bool& buffered,
                   const std::vector<std::int64_t>& batch_sizes) {
  if (!input.present) return std::nullopt;
  const Overlap found =
      overlap(footprint(plan, output, batch_sizes), footprint(plan, input, batch_sizes));
  if (found == Overlap::none) return std::nullopt;
  if (found == Overlap::exact && output.per_example && input.per_example) {
    buffered = buffered || !plan.program->pointwise || !output.sizes.empty();
    return std::nullopt;
  }
  return call_error(api::ErrorCode::overlap, output.name,
                    "the " + output.name + " overlaps " + quoted(input.name) +
                        (found == Overlap::exact ? "" : " in part"));
}

/// First and last byte (one past) that an operand may touch.
struct Span {
  std::uintptr_t first = 0;
  std::uintptr_t last = 0;

  bool meets(const Span& other) const { return first < other.last && other.first < last; }
};

Span span_of(const Plan& plan, const Operand& operand) {
  std::int64_t low = 0;
  std::int64_t high = 1;
  const auto extend = [&](std::int64_t size, std::int64_t stride) {
    (stride < 0 ? low : high) += (size - 1) * stride;
  };
  if (operand.per_example) {
    for (std::size_t i = 0; i < operand.batch_strides.size(); ++i) {
      extend(plan.batch[i], operand.batch_strides[i]);
    }
  }
  for (std::size_t i = 0; i < operand.sizes.size(); ++i)
    extend(operand.sizes[i], operand.strides[i]);
  const auto base = reinterpret_cast<std::uintptr_t>(operand.data);
  return {base + static_cast<std::uintptr_t>(low * operand.element_bytes),
          base + static_cast<std::uintptr_t>(high * operand.element_bytes)};
}

}  // namespace

bool clearly_apart(const Plan& plan) {
  for (std::size_t i = 0; i < plan.buffered.size(); ++i) {
    if (plan.buffered[i]) return false;
    const Operand& output = i < plan.outputs.size() ? plan.outputs[i] : plan.values;
    if (!output.present) continue;
    const Span span = span_of(plan, output);
    for (const Operand& input : plan.inputs) {
      if (input.present && span.meets(span_of(plan, input))) return false;
    }
    for (const Operand* host : {&plan.weights, &plan.upstream}) {
      if (host->present && span.meets(span_of(plan, *host))) return false;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (plan.outputs[j].present && span.meets(span_of(plan, plan.outputs[j]))) return false;
    }
  }
  return true;
}

api::Result<bool> check_overlaps(Plan& plan, const std::vector<std::int64_t>& batch_sizes) {
  std::vector<const Operand*> outputs;
  for (const Operand& output : plan.outputs) outputs.push_back(&output);
  outputs.push_back(&plan.values);
  plan.buffered.assign(outputs.size(), false);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Operand& output = *outputs[i];
    if (!output.present) continue;
    if (overlaps_itself(footprint(plan, output, batch_sizes))) {
      return call_error(
          api::ErrorCode::wrong_stride, output.name,
          "the " + output.name + " overlaps itself: strides of an output must not meet");
    }
    bool buffered = false;
    for (const Operand& input : plan.inputs) {
      if (auto failure = over_input(plan, output, input, buffered, batch_sizes)) return *failure;
    }
    for (const Operand* host : {&plan.weights, &plan.upstream}) {
      if (auto failure = over_input(plan, output, *host, buffered, batch_sizes)) return *failure;
    }
    plan.buffered[i] = buffered;
    for (std::size_t j = 0; j < i; ++j) {
      if (!outputs[j]->present) continue;
      const Overlap shared =
          overlap(footprint(plan, output, batch_sizes), footprint(plan, *outputs[j], batch_sizes));
      if (shared == Overlap::none) continue;
      return call_error(api::ErrorCode::overlap, output.name,
                        "the " + output.name + " overlaps the " + outputs[j]->name);
    }
  }
  return true;
}

}  // namespace lossc::runtime
