// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/call_arguments.h"

#include <algorithm>
#include <cstring>

namespace lossc::cli {
namespace {

std::size_t product(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  return count;
}

}  // namespace

CallArguments::CallArguments(const EvaluationRequest& request) : request_(request) {
  for (const auto& [name, tensor] : request.inputs) {
    const ir::Array* parameter = array(name);
    const bool label = parameter != nullptr && parameter->domain == ir::Domain::class_;
    const bool repeated = parameter != nullptr && parameter->role == ir::Role::param &&
                          tensor.shape.empty() && !label;
    inputs_.push_back({name, repeated ? api::View(tensor.values[0]) : view_of(tensor, label)});
  }
  if (request.weights) options_.weights = view_of(*request.weights, false);
  options_.reduction = static_cast<api::Reduction>(request.reduction);
  options_.sizes = request.sizes;
  options_.threads = request.threads;
  if (request.reduction == Reduction::none) {
    options_.values = output(values_, "values", batch_shape());
  }
  for (const std::string& name : request.gradients) {
    options_.gradients.push_back({name, output(gradients_, name, shape_like(name))});
  }
  for (const std::string& name : request.hessians) {
    options_.hessians.push_back({name, output(hessians_, name, shape_like(name))});
  }
  for (const auto& [name, tensor] : request.directions) {
    options_.directions.push_back({name, view_of(tensor, false)});
    options_.products.push_back({name, output(products_, name, shape_like(name))});
  }
}

const ir::Array* CallArguments::array(const std::string& name) const {
  const auto id = request_.core->find_array(name);
  return id ? &request_.core->arrays[id->index] : nullptr;
}

api::View CallArguments::view_of(const Tensor& tensor, bool label) {
  if (label) {
    std::vector<std::int64_t>& labels = labels_.emplace_back();
    for (const double value : tensor.values) {
      // What is far out of range stays out of range; fractions were refused before.
      constexpr double limit = 9e18;
      labels.push_back(value > limit     ? INT64_MAX
                       : value >= -limit ? static_cast<std::int64_t>(value)
                                         : INT64_MIN);
    }
    return {labels.data(), api::DataType::i64, tensor.shape};
  }
  if (request_.dtype == FloatType::f64) {
    return {tensor.values.data(), api::DataType::f64, tensor.shape};
  }
  std::vector<float>& singles = singles_.emplace_back();
  for (const double value : tensor.values) singles.push_back(static_cast<float>(value));
  return {singles.data(), api::DataType::f32, tensor.shape};
}

/// The shape of an argument as it is given, or declared where a default stands in for it.
std::vector<std::int64_t> CallArguments::shape_like(const std::string& name) const {
  for (const auto& [given, tensor] : request_.inputs) {
    const ir::Array* parameter = array(name);
    const bool one_for_all = parameter != nullptr && parameter->role == ir::Role::param &&
                             tensor.shape.empty() && !parameter->shape.empty();
    if (given == name && !one_for_all) return tensor.shape;
  }
  const ir::Array* parameter = array(name);
  std::vector<std::int64_t> shape;
  if (parameter == nullptr) return shape;
  for (const ir::SizeId id : parameter->shape) {
    const ir::Size& size = request_.core->sizes[id.index];
    std::int64_t extent = size.offset;
    // Another array or --set fixes the symbol.
    for (const auto& [symbol, value] : request_.sizes) {
      if (symbol == size.symbol) extent = value + size.offset;
    }
    for (const auto& [other, tensor] : request_.inputs) {
      const ir::Array* source = array(other);
      if (source == nullptr || tensor.shape.size() < source->shape.size()) continue;
      const std::size_t first = tensor.shape.size() - source->shape.size();
      for (std::size_t i = 0; i < source->shape.size(); ++i) {
        const ir::Size& known = request_.core->sizes[source->shape[i].index];
        if (!size.symbol.empty() && known.symbol == size.symbol) {
          extent = tensor.shape[first + i] - known.offset + size.offset;
        }
      }
    }
    shape.push_back(std::max<std::int64_t>(extent, 0));
  }
  return shape;
}

std::vector<std::int64_t> CallArguments::batch_shape() const {
  for (const auto& [name, tensor] : request_.inputs) {
    const ir::Array* parameter = array(name);
    if (parameter == nullptr || parameter->role == ir::Role::param) continue;
    if (tensor.shape.size() < parameter->shape.size()) continue;
    const auto count = static_cast<std::ptrdiff_t>(tensor.shape.size() - parameter->shape.size());
    return {tensor.shape.begin(), tensor.shape.begin() + count};
  }
  return {};
}

api::MutableView CallArguments::output(std::deque<Buffer>& buffers, const std::string& name,
                                       std::vector<std::int64_t> shape) {
  Buffer& buffer = buffers.emplace_back();
  buffer.name = name;
  buffer.shape = std::move(shape);
  buffer.storage.resize(product(buffer.shape) + 1);
  const bool single = request_.dtype == FloatType::f32;
  return {buffer.storage.data(), single ? api::DataType::f32 : api::DataType::f64, buffer.shape};
}

api::KernelOptions CallArguments::kernel_options() const {
  api::KernelOptions options;
  options.gradients = request_.gradients;
  options.hessians = request_.hessians;
  for (const auto& [name, tensor] : request_.directions) options.products.push_back(name);
  const autodiff::Curvature& curvature = request_.curvature;
  options.curvature = {static_cast<api::Curvature::Kind>(curvature.kind), curvature.scale,
                       curvature.floor, curvature.ceiling};
  options.dtype = request_.dtype == FloatType::f32 ? api::DataType::f32 : api::DataType::f64;
  options.cpu = request_.cpu;
  options.width = request_.width;
  options.optimisation = request_.optimisation;
  for (const auto& [name, values] : request_.binding.params) {
    std::vector<double> numbers;
    for (const ir::Number& value : values) numbers.push_back(value.to_double());
    const bool scalar = numbers.size() == 1;
    options.bind.push_back({name, scalar ? api::ParamValue(numbers[0]) : api::ParamValue(numbers)});
  }
  for (const auto& [name, value] : request_.binding.sizes) {
    options.bind.push_back({name, static_cast<double>(value)});
  }
  return options;
}

Tensor CallArguments::tensor_of(const Buffer& buffer) const {
  Tensor tensor{buffer.shape, {}};
  const std::size_t count = product(buffer.shape);
  if (request_.dtype == FloatType::f64) {
    tensor.values.assign(buffer.storage.begin(),
                         buffer.storage.begin() + static_cast<std::ptrdiff_t>(count));
    return tensor;
  }
  const auto* bytes = reinterpret_cast<const char*>(buffer.storage.data());
  for (std::size_t i = 0; i < count; ++i) {
    float single = 0;
    std::memcpy(&single, bytes + i * sizeof single, sizeof single);
    tensor.values.push_back(static_cast<double>(single));
  }
  return tensor;
}

void CallArguments::collect(EvaluationResult& result) const {
  if (!values_.empty()) result.values = tensor_of(values_.front());
  for (const Buffer& buffer : gradients_)
    result.gradients.emplace_back(buffer.name, tensor_of(buffer));
  for (const Buffer& buffer : hessians_)
    result.hessians.emplace_back(buffer.name, tensor_of(buffer));
  for (const Buffer& buffer : products_)
    result.products.emplace_back(buffer.name, tensor_of(buffer));
}

}  // namespace lossc::cli
