// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names and values of a call: which argument is which, numbers given by value in the loss's type,
// domains and requirements of the params.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/messages.h"
#include "runtime/planner.h"

namespace lossc::runtime {
namespace {

/// Numbers in the element type of the array, packed into doubles' storage.
std::vector<double> packed(const std::vector<double>& numbers, bool is_f32, bool is_label) {
  std::vector<double> storage(numbers.size());
  auto* bytes = reinterpret_cast<unsigned char*>(storage.data());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (is_label) {
      const auto label = static_cast<std::int64_t>(numbers[i]);
      std::memcpy(bytes + i * sizeof label, &label, sizeof label);
    } else if (is_f32) {
      const auto single = static_cast<float>(numbers[i]);
      std::memcpy(bytes + i * sizeof single, &single, sizeof single);
    } else {
      storage[i] = numbers[i];
    }
  }
  return storage;
}

double element(const Operand& operand, std::int64_t offset, bool is_label) {
  const char* place = operand.data + offset * operand.element_bytes;
  if (is_label) {
    if (operand.element_bytes == 8) {
      std::int64_t value = 0;
      std::memcpy(&value, place, sizeof value);
      return static_cast<double>(value);
    }
    std::int32_t value = 0;
    std::memcpy(&value, place, sizeof value);
    return value;
  }
  if (operand.element_bytes == 4) {
    float value = 0;
    std::memcpy(&value, place, sizeof value);
    return value;
  }
  double value = 0;
  std::memcpy(&value, place, sizeof value);
  return value;
}

/// The elements of a shared array, row-major.
std::vector<double> elements(const Operand& operand, bool is_label) {
  std::vector<double> values;
  std::vector<std::int64_t> index(operand.sizes.size(), 0);
  for (const std::int64_t size : operand.sizes) {
    if (size == 0) return values;
  }
  for (;;) {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < index.size(); ++i) offset += index[i] * operand.strides[i];
    values.push_back(element(operand, offset, is_label));
    std::size_t axis = index.size();
    while (axis > 0 && ++index[axis - 1] == operand.sizes[axis - 1]) index[--axis] = 0;
    if (axis == 0) return values;
  }
}

}  // namespace

Failure Planner::unknown_argument(const std::string& name) const {
  std::vector<std::string> names;
  for (const Parameter& parameter : program_.parameters) names.push_back(parameter.name);
  return call_error(api::ErrorCode::unknown_name, name,
                    program_.name + " has no argument " + quoted(name) + suggestion(name, names));
}

Failure Planner::assign_source(std::size_t index, Source source) {
  const Parameter& parameter = program_.parameters[index];
  if (sources_[index]) {
    return call_error(api::ErrorCode::unknown_name, parameter.name,
                      quoted(parameter.name) + " is given twice");
  }
  if (parameter.is_option || parameter.bound) {
    const std::string what = parameter.is_option ? " is an option" : " was bound to a value";
    return call_error(api::ErrorCode::unknown_name, parameter.name,
                      quoted(parameter.name) + what + ": it is fixed when the kernel is made");
  }
  sources_[index] = std::move(source);
  return std::nullopt;
}

Failure Planner::assign_inputs(const api::Inputs& inputs) {
  for (const api::Input& input : inputs) {
    const auto found =
        std::find_if(program_.parameters.begin(), program_.parameters.end(),
                     [&](const Parameter& parameter) { return parameter.name == input.name; });
    if (found == program_.parameters.end()) return unknown_argument(std::string(input.name));
    if (!input.view.present()) continue;
    Source source;
    source.view = input.view;
    if (input.view.is_number()) {
      source.numbers = std::vector<double>{input.view.number()};
      source.repeated = !found->per_example();
    }
    const auto index = static_cast<std::size_t>(found - program_.parameters.begin());
    if (auto failure = assign_source(index, std::move(source))) return failure;
  }
  return std::nullopt;
}

Failure Planner::assign_directions() {
  for (const api::Input& direction : options_.directions) {
    const auto found = std::find_if(
        program_.parameters.begin(), program_.parameters.end(),
        [&](const Parameter& parameter) { return parameter.direction_of == direction.name; });
    if (found == program_.parameters.end()) {
      return call_error(api::ErrorCode::unknown_name, std::string(direction.name),
                        "a direction of " + quoted(std::string(direction.name)) +
                            " is given, but no Hessian product by it is computed");
    }
    Source source;
    source.view = direction.view;
    const auto index = static_cast<std::size_t>(found - program_.parameters.begin());
    if (auto failure = assign_source(index, std::move(source))) return failure;
  }
  return std::nullopt;
}

Failure Planner::assign_params() {
  for (const api::Binding& param : options_.params) {
    const auto found =
        std::find_if(program_.parameters.begin(), program_.parameters.end(),
                     [&](const Parameter& parameter) { return parameter.name == param.name; });
    if (found == program_.parameters.end()) return unknown_argument(param.name);
    if (found->per_example()) {
      return call_error(api::ErrorCode::unknown_name, param.name,
                        quoted(param.name) + " is not a param: give it among the inputs");
    }
    if (param.value.is_word()) {
      return call_error(
          api::ErrorCode::wrong_type, param.name,
          "param " + quoted(param.name) + " takes numbers, not " + quoted(param.value.word()));
    }
    Source source;
    source.numbers = param.value.numbers();
    source.repeated = param.value.is_scalar();
    const auto index = static_cast<std::size_t>(found - program_.parameters.begin());
    if (auto failure = assign_source(index, std::move(source))) return failure;
  }
  return std::nullopt;
}

Failure Planner::require_arguments() const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Parameter& parameter = program_.parameters[i];
    if (sources_[i] || parameter.bound || parameter.is_option || parameter.has_default) continue;
    return call_error(api::ErrorCode::missing_argument, parameter.name,
                      program_.name + " needs " + quoted(parameter.name) + ", which is missing");
  }
  return std::nullopt;
}

Failure Planner::lay_out_numbers(std::size_t index) {
  const Parameter& parameter = program_.parameters[index];
  Operand& operand = plan_.inputs[index];
  const bool from_default = !sources_[index];
  const std::vector<double>& given =
      from_default ? parameter.default_values : *sources_[index]->numbers;
  const bool repeated =
      from_default ? parameter.default_values.size() == 1 : sources_[index]->repeated;
  std::int64_t count = 1;
  for (const std::int64_t size : operand.sizes) {
    if (__builtin_mul_overflow(count, size, &count)) count = INT64_MAX;
  }
  std::vector<double> numbers = given;
  operand.strides.assign(operand.sizes.size(), 0);
  if (repeated && given.size() == 1) {
    // A vector kernel wants its innermost stride to be 1: write short arrays out.
    constexpr std::int64_t written_out = 1 << 20;
    if (count <= written_out) numbers.assign(static_cast<std::size_t>(count), given[0]);
  }
  if (static_cast<std::int64_t>(numbers.size()) == count) {
    std::int64_t stride = 1;
    for (std::size_t i = operand.sizes.size(); i-- > 0;) {
      operand.strides[i] = stride;
      stride *= operand.sizes[i];
    }
  } else if (!(repeated && given.size() == 1)) {
    return call_error(api::ErrorCode::wrong_shape, parameter.name,
                      quoted(parameter.name) + " takes " + counted(count, "number") + ", but " +
                          std::to_string(given.size()) + " were given");
  }
  for (const double number : numbers) {
    const bool whole = number == std::floor(number) && std::abs(number) < 9e18;
    if (parameter.is_label && !whole) {
      return call_error(api::ErrorCode::wrong_type, parameter.name,
                        quoted(parameter.name) + " is a label, but " + text_of(number) +
                            " is not a whole number");
    }
  }
  plan_.storage[index] = packed(numbers, program_.is_f32, parameter.is_label);
  if (plan_.storage[index].empty()) plan_.storage[index].push_back(0);
  operand.data = reinterpret_cast<char*>(plan_.storage[index].data());
  operand.element_bytes = parameter.is_label || !program_.is_f32 ? 8 : 4;
  operand.present = true;
  return std::nullopt;
}

Failure Planner::check_param_values(std::size_t index) {
  const Parameter& parameter = program_.parameters[index];
  const Operand& operand = plan_.inputs[index];
  if (parameter.per_example() || !operand.present || operand.data == nullptr) return std::nullopt;
  if (parameter.unrestricted) return std::nullopt;
  const std::vector<double> values = elements(operand, parameter.is_label);
  const std::int64_t classes = parameter.is_label ? extent_of(parameter.classes) : 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string place = values.size() > 1 ? " at " + std::to_string(i) : "";
    if (parameter.is_label) {
      const bool ignored = parameter.ignore && values[i] == static_cast<double>(*parameter.ignore);
      if (ignored || (values[i] >= 0 && values[i] < static_cast<double>(classes))) continue;
      return call_error(api::ErrorCode::label_out_of_range, parameter.name,
                        "param " + quoted(parameter.name) + place + " is " + text_of(values[i]) +
                            ", but its classes are 0 to " + std::to_string(classes - 1));
    }
    if (const auto why = parameter.outside(values[i])) {
      return call_error(api::ErrorCode::outside_domain, parameter.name,
                        "param " + quoted(parameter.name) + place + " " + *why);
    }
  }
  return std::nullopt;
}

Failure Planner::check_requirements() {
  if (!program_.has_requirements) return std::nullopt;
  std::vector<std::vector<double>> params(program_.parameters.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    const Operand& operand = plan_.inputs[i];
    if (program_.parameters[i].per_example() || !operand.present || operand.data == nullptr)
      continue;
    params[i] = elements(operand, program_.parameters[i].is_label);
  }
  const auto message = program_.failed_requirement(plan_.extents, params);
  if (!message) return message.error();
  if (!*message) return std::nullopt;
  return call_error(api::ErrorCode::requirement, "", program_.name + ": " + **message);
}

}  // namespace lossc::runtime
