// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Outputs, host weights and upstream gradients of a call; joining the batch; the variant of the
// code and the tasks that fit.
#include <algorithm>
#include <cstring>

#include "runtime/messages.h"
#include "runtime/planner.h"

namespace lossc::runtime {
namespace {

std::int64_t product(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return count;
}

api::View as_input(const api::MutableView& view) { return view; }

/// A flat array that stands for the whole of a shape, row-major.
api::View unfolded(const api::View& view, const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = view.shape().stride(0);
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return {view.data(), view.type(), shape, strides};
}

}  // namespace

Failure Planner::lay_out_host(Operand& operand, const api::View& view, const std::string& name) {
  operand.name = name;
  if (!view.present()) return std::nullopt;
  if (auto failure = check_view(view, name, false)) return failure;
  const bool flat = view.shape().rank() == 1 && batch_sizes_->size() != 1 &&
                    view.shape().size(0) == plan_.examples;
  return lay_out_view(operand, flat ? unfolded(view, *batch_sizes_) : view, 0, true);
}

Failure Planner::lay_out_outputs() {
  const bool host_factors = options_.weights.present() || options_.upstream.present();
  if (program_.is_batch && host_factors && options_.weights.present()) {
    return call_error(api::ErrorCode::unsupported, "weights",
                      program_.name + " is a loss of a whole batch: it takes no host weights");
  }
  const auto factor = [&](Operand& operand, const api::View& view, const char* name,
                          std::size_t place) -> Failure {
    if (!view.is_number()) return lay_out_host(operand, view, name);
    std::vector<double>& storage = plan_.storage[place];
    storage.assign(1, view.number());
    const auto single = static_cast<float>(view.number());
    if (program_.is_f32) std::memcpy(storage.data(), &single, sizeof single);
    operand = {
        name, reinterpret_cast<char*>(storage.data()), program_.is_f32 ? 4 : 8, {}, {}, {}, false,
        true};
    return std::nullopt;
  };
  const std::size_t count = program_.parameters.size();
  if (auto failure = factor(plan_.weights, options_.weights, "weights", count)) return failure;
  if (auto failure = factor(plan_.upstream, options_.upstream, "upstream", count + 1)) {
    return failure;
  }
  if (plan_.upstream.per_example && plan_.upstream.present &&
      plan_.reduction != api::Reduction::none) {
    return call_error(api::ErrorCode::wrong_shape, "upstream",
                      "\"upstream\" is one number, save with the reduction none");
  }
  const api::MutableView& values = options_.values;
  if (values.present() && (values.data() != nullptr || plan_.examples == 0)) {
    if (auto failure = lay_out_host(plan_.values, as_input(values), "values")) return failure;
  }
  for (std::size_t i = 0; i < program_.derivatives.size(); ++i) {
    const Derivative& derivative = program_.derivatives[i];
    const std::string& name = program_.parameters[derivative.parameter].name;
    for (const api::Output& output : options_.*row_of(derivative.kind).outputs) {
      if (output.name != name) continue;
      if (auto failure = lay_out_output(i, output.view)) return failure;
    }
  }
  return std::nullopt;
}

Failure Planner::lay_out_output(std::size_t position, const api::MutableView& output) {
  const Derivative& derivative = program_.derivatives[position];
  const Parameter& parameter = program_.parameters[derivative.parameter];
  Operand& operand = plan_.outputs[position];
  operand.name = std::string(row_of(derivative.kind).name) + " of " + parameter.name;
  api::View view = output;
  if (auto failure = check_view(view, operand.name, false)) return failure;
  std::vector<std::int64_t> wanted;
  if (parameter.per_example()) wanted = *batch_sizes_;
  for (const Extent& extent : parameter.shape) wanted.push_back(extent_of(extent));
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < view.shape().rank(); ++i) found.push_back(view.shape().size(i));
  if (found.size() == 1 && found != wanted && found[0] == product(wanted)) {
    view = unfolded(view, wanted);
    found = wanted;
  }
  if (found != wanted) {
    return call_error(api::ErrorCode::wrong_shape, parameter.name,
                      "the " + operand.name + " has the sizes " + text_of(found) + ", but " +
                          text_of(wanted) + " are needed");
  }
  return lay_out_view(operand, view, parameter.shape.size(), parameter.per_example());
}

Failure Planner::check_null_pointers() const {
  const auto missing = [&](const Operand& operand) {
    const std::int64_t elements = product(operand.sizes);
    return operand.present && operand.data == nullptr && plan_.examples > 0 && elements > 0;
  };
  std::vector<const Operand*> operands{&plan_.weights, &plan_.upstream};
  for (const Operand& input : plan_.inputs) operands.push_back(&input);
  for (const Operand* operand : operands) {
    if (!missing(*operand)) continue;
    return call_error(api::ErrorCode::null_pointer, operand->name,
                      quoted(operand->name) + " is a null pointer");
  }
  return std::nullopt;
}

void Planner::join_batch() {
  std::vector<Operand*> operands;
  for (Operand& input : plan_.inputs) operands.push_back(&input);
  for (Operand& output : plan_.outputs) operands.push_back(&output);
  for (Operand* host : {&plan_.values, &plan_.weights, &plan_.upstream}) operands.push_back(host);
  std::erase_if(operands,
                [](const Operand* operand) { return !operand->present || !operand->per_example; });
  // A batch of one or of nothing is walked along no stride; 1 is the one that vector code likes.
  if (plan_.examples <= 1 || program_.is_batch) {
    plan_.batch = {plan_.examples};
    for (Operand* operand : operands) operand->batch_strides = {1};
    return;
  }
  std::vector<std::vector<std::int64_t>> strides(operands.size());
  for (std::size_t axis = 0; axis < batch_sizes_->size(); ++axis) {
    const std::int64_t size = (*batch_sizes_)[axis];
    if (size == 1) continue;
    bool joins = !plan_.batch.empty();
    for (std::size_t i = 0; i < operands.size() && joins; ++i) {
      joins = strides[i].back() == operands[i]->batch_strides[axis] * size;
    }
    if (joins) {
      plan_.batch.back() *= size;
    } else {
      plan_.batch.push_back(size);
    }
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (joins) strides[i].pop_back();
      strides[i].push_back(operands[i]->batch_strides[axis]);
    }
  }
  for (std::size_t i = 0; i < operands.size(); ++i) operands[i]->batch_strides = strides[i];
}

void Planner::choose_variant(Variant& variant) const {
  const auto suits = [&](const Operand& operand, bool may_repeat) {
    if (!operand.present) return true;
    if (!operand.sizes.empty() && operand.sizes.back() > 1 && operand.strides.back() != 1)
      return false;
    if (!operand.per_example || !operand.sizes.empty()) return true;
    const std::int64_t stride = operand.batch_strides.back();
    return stride == 1 || (may_repeat && stride == 0);
  };
  for (const Operand& input : plan_.inputs) variant.contiguous &= suits(input, false);
  for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
    variant.contiguous &= plan_.buffered[i] || suits(plan_.outputs[i], false);
  }
  variant.contiguous &= suits(plan_.values, false);
  variant.contiguous &= suits(plan_.weights, true) && suits(plan_.upstream, true);
  for (std::size_t i = 0; i < plan_.inputs.size(); ++i) {
    const bool wide = program_.parameters[i].is_label && plan_.inputs[i].element_bytes == 8;
    if (wide && plan_.inputs[i].present) variant.wide_labels |= std::uint64_t{1} << i;
  }
}

void Planner::choose_chunk() {
  // Fixed by the call alone, never by the number of threads: the order of all sums hangs on it.
  constexpr std::int64_t bytes_per_task = 256 << 10;
  constexpr std::int64_t most_examples = 16384;
  constexpr std::int64_t plane_budget = std::int64_t{64} << 20;
  std::int64_t bytes = 0;
  for (const Operand& input : plan_.inputs) {
    if (input.per_example) bytes += product(input.sizes) * input.element_bytes;
  }
  plan_.chunk =
      std::clamp<std::int64_t>(bytes_per_task / std::max<std::int64_t>(bytes, 1), 1, most_examples);
  if (program_.pointwise) plan_.chunk = most_examples;
  std::int64_t planes = 0;
  for (const Operand& output : plan_.outputs) {
    if (!output.per_example) planes += product(output.sizes) * 16;
  }
  if (planes == 0) return;
  // Every task has a plane of its own to add gradients of params in: few tasks.
  const std::int64_t tasks = std::clamp<std::int64_t>(plane_budget / planes, 1, 64);
  plan_.chunk = std::max(plan_.chunk, (plan_.examples + tasks - 1) / tasks);
}

}  // namespace lossc::runtime
