// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes of a call: what the declared axes are, which axes are the batch, whether everything agrees.
#include <algorithm>
#include <cstdlib>

#include "runtime/messages.h"
#include "runtime/planner.h"

namespace lossc::runtime {
namespace {

const char* type_name(api::DataType type) {
  switch (type) {
    case api::DataType::f32:
      return "f32";
    case api::DataType::f64:
      return "f64";
    case api::DataType::i32:
      return "i32";
    case api::DataType::i64:
      break;
  }
  return "i64";
}

std::vector<std::int64_t> sizes_of(const api::Shape& shape, std::size_t first, std::size_t count) {
  std::vector<std::int64_t> sizes;
  for (std::size_t i = first; i < first + count; ++i) sizes.push_back(shape.size(i));
  return sizes;
}

/// Lowest and highest element that a shape reaches, from its first; false if 64 bits of bytes do
/// not reach that far.
bool reach(const api::Shape& shape, std::int64_t bytes, std::int64_t& low, std::int64_t& high) {
  low = high = 0;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape.size(i) == 0) {
      low = high = 0;
      return true;
    }
  }
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    std::int64_t span = 0;
    if (__builtin_mul_overflow(shape.size(i) - 1, shape.stride(i), &span)) return false;
    std::int64_t& end = span < 0 ? low : high;
    if (__builtin_add_overflow(end, span, &end)) return false;
  }
  const std::int64_t limit = INT64_MAX / (4 * bytes);
  return low > -limit && high < limit;
}

Failure check_layout(const api::Shape& shape, std::int64_t length, api::DataType type,
                     const std::string& name) {
  if (!shape.valid()) {
    return call_error(api::ErrorCode::wrong_shape, name,
                      name +
                          " has too many axes, other than one stride per axis, or sizes whose "
                          "product is past 64 bits");
  }
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if (shape.size(i) < 0) {
      return call_error(api::ErrorCode::wrong_shape, name, name + " has a negative size");
    }
  }
  std::int64_t low = 0;
  std::int64_t high = 0;
  if (!reach(shape, static_cast<std::int64_t>(api::size_of(type)), low, high)) {
    return call_error(api::ErrorCode::wrong_stride, name,
                      name + " reaches further than memory does: its strides are too large");
  }
  const auto sizes = sizes_of(shape, 0, shape.rank());
  const bool empty = std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  if (length >= 0 && !empty && (low < 0 || high >= length)) {
    return call_error(api::ErrorCode::wrong_shape, name,
                      name + " has " + counted(length, "element") + ", too few for its sizes " +
                          text_of(sizes_of(shape, 0, shape.rank())));
  }
  return std::nullopt;
}

}  // namespace

Failure Planner::check_view(const api::View& view, const std::string& name, bool label) const {
  const bool integer = view.type() == api::DataType::i32 || view.type() == api::DataType::i64;
  if (label && !integer) {
    return call_error(
        api::ErrorCode::wrong_type, name,
        quoted(name) + " holds labels: i32 or i64 is wanted, not " + type_name(view.type()));
  }
  const api::DataType wanted = program_.is_f32 ? api::DataType::f32 : api::DataType::f64;
  if (!label && view.type() != wanted) {
    return call_error(api::ErrorCode::wrong_type, name,
                      quoted(name) + " is " + type_name(view.type()) +
                          ", but the kernel computes in " + type_name(wanted));
  }
  auto failure = check_layout(view.shape(), view.length(), view.type(), quoted(name));
  if (failure) failure->argument = name;
  return failure;
}

Failure Planner::fix_extent(const Extent& extent, std::int64_t found, const std::string& name,
                            std::size_t axis) {
  if (extent.symbol < 0) {
    if (found == extent.offset) return std::nullopt;
    return call_error(api::ErrorCode::wrong_shape, name,
                      quoted(name) + " has size " + std::to_string(found) + " along axis " +
                          std::to_string(axis) + " of its declaration, not " +
                          std::to_string(extent.offset));
  }
  const auto symbol = static_cast<std::size_t>(extent.symbol);
  const std::int64_t value = found - extent.offset;
  std::optional<std::int64_t>& known = symbol_values_[symbol];
  if (value < 0) {
    return call_error(api::ErrorCode::wrong_shape, name,
                      quoted(name) + " has size " + std::to_string(found) + ", which makes size " +
                          program_.symbols[symbol].name + " negative");
  }
  if (!known) {
    known = value;
    symbol_sources_[symbol] = quoted(name);
  } else if (*known != value) {
    return call_error(api::ErrorCode::wrong_shape, name,
                      quoted(name) + " makes size " + program_.symbols[symbol].name + " " +
                          std::to_string(value) + ", but " + symbol_sources_[symbol] +
                          " makes it " + std::to_string(*known));
  }
  return std::nullopt;
}

Failure Planner::assign_sizes() {
  for (const auto& [name, value] : options_.sizes) {
    std::vector<std::string> names;
    for (const Symbol& symbol : program_.symbols) names.push_back(symbol.name);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      return call_error(api::ErrorCode::unknown_name, name,
                        program_.name + " has no size " + quoted(name) + suggestion(name, names));
    }
    const Extent extent{static_cast<int>(found - names.begin()), 0};
    if (auto failure = fix_extent(extent, value, name, 0)) return failure;
  }
  return std::nullopt;
}

Failure Planner::fix_sizes() {
  for (std::size_t index = 0; index < sources_.size(); ++index) {
    const Parameter& parameter = program_.parameters[index];
    const std::size_t declared = parameter.shape.size();
    if (!sources_[index]) continue;
    const Source& source = *sources_[index];
    if (source.numbers) {
      if (declared == 1 && !source.repeated && !parameter.per_example()) {
        const auto count = static_cast<std::int64_t>(source.numbers->size());
        if (auto failure = fix_extent(parameter.shape[0], count, parameter.name, 0)) return failure;
      }
      continue;
    }
    if (auto failure = check_view(source.view, parameter.name, parameter.is_label)) return failure;
    const std::size_t rank = source.view.shape().rank();
    const bool exact = !parameter.per_example() || program_.is_batch;
    if (rank < declared || (exact && rank != declared)) {
      return call_error(
          api::ErrorCode::wrong_shape, parameter.name,
          quoted(parameter.name) + " has " + counted(static_cast<std::int64_t>(rank), "dimension") +
              ", but " + (exact ? "" : "at least ") + std::to_string(declared) + " are declared");
    }
    for (std::size_t i = 0; i < declared; ++i) {
      const std::int64_t found = source.view.shape().size(rank - declared + i);
      if (auto failure = fix_extent(parameter.shape[i], found, parameter.name, i)) return failure;
    }
  }
  for (std::size_t i = 0; i < symbol_values_.size(); ++i) {
    if (symbol_values_[i]) continue;
    return call_error(api::ErrorCode::missing_argument, program_.symbols[i].name,
                      "size " + program_.symbols[i].name + " of " + program_.name +
                          " is fixed by no array: give it by name");
  }
  for (const Extent& size : program_.sizes) {
    const std::int64_t extent = extent_of(size);
    if (extent < 0 && size.of_array) {
      const std::string& symbol = program_.symbols[static_cast<std::size_t>(size.symbol)].name;
      return call_error(api::ErrorCode::wrong_shape, symbol,
                        "size " + symbol + " is " + std::to_string(extent - size.offset) +
                            ", which makes an axis of " + program_.name + " negative");
    }
    plan_.extents.push_back(std::max<std::int64_t>(extent, 0));
  }
  return std::nullopt;
}

std::int64_t Planner::extent_of(const Extent& extent) const {
  if (extent.symbol < 0) return extent.offset;
  return *symbol_values_[static_cast<std::size_t>(extent.symbol)] + extent.offset;
}

Failure Planner::fix_batch(const std::vector<std::int64_t>& sizes, const std::string& name) {
  if (!batch_sizes_) {
    batch_sizes_ = sizes;
    batch_source_ = name;
    return std::nullopt;
  }
  if (*batch_sizes_ == sizes) return std::nullopt;
  return call_error(api::ErrorCode::wrong_shape, name,
                    quoted(name) + " has a batch of " + text_of(sizes) + ", but " +
                        quoted(batch_source_) + " has one of " + text_of(*batch_sizes_));
}

Failure Planner::lay_out_view(Operand& operand, const api::View& view, std::size_t declared,
                              bool per_example) {
  const api::Shape& shape = view.shape();
  const std::size_t batch_rank = shape.rank() - declared;
  operand.data = static_cast<char*>(const_cast<void*>(view.data()));
  operand.element_bytes = static_cast<std::int64_t>(api::size_of(view.type()));
  operand.per_example = per_example;
  operand.present = true;
  operand.sizes = sizes_of(shape, batch_rank, declared);
  for (std::size_t i = 0; i < batch_rank; ++i) operand.batch_strides.push_back(shape.stride(i));
  for (std::size_t i = batch_rank; i < shape.rank(); ++i)
    operand.strides.push_back(shape.stride(i));
  return per_example ? fix_batch(sizes_of(shape, 0, batch_rank), operand.name) : std::nullopt;
}

Failure Planner::lay_out_input(std::size_t index) {
  const Parameter& parameter = program_.parameters[index];
  Operand& operand = plan_.inputs[index];
  operand.name = parameter.name;
  operand.per_example = parameter.per_example();
  if (parameter.bound || parameter.is_option) return std::nullopt;
  if (sources_[index] && !sources_[index]->numbers) {
    return lay_out_view(operand, sources_[index]->view, parameter.shape.size(),
                        parameter.per_example());
  }
  for (const Extent& extent : parameter.shape) operand.sizes.push_back(extent_of(extent));
  if (parameter.per_example() && !operand.sizes.empty()) {
    return call_error(api::ErrorCode::wrong_shape, parameter.name,
                      quoted(parameter.name) + " is an array, but one number was given");
  }
  if (auto failure = lay_out_numbers(index)) return failure;
  return parameter.per_example() ? fix_batch({}, parameter.name) : std::nullopt;
}

}  // namespace lossc::runtime
