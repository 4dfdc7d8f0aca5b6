// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/arrays.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "compiler/driver/load.h"
#include "compiler/lossc/numbers.h"

namespace lossc::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t deepest = 16;

Result<double> number_of(const Json& value, const std::string& what) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (text == "inf") return std::numeric_limits<double>::infinity();
    if (text == "-inf") return -std::numeric_limits<double>::infinity();
    return Error{what + " holds the string " + json_string(text.substr(0, 40)) +
                 "; \"nan\", \"inf\" and \"-inf\" are the only ones that are numbers"};
  }
  return Error{what + " holds " + (value.is_null() ? "null" : "an object") +
               ", which is no number"};
}

/// The shape is that of the first elements; every list must agree with it.
Result<void> append(const Json& value, std::size_t depth, Tensor& tensor, const std::string& what) {
  if (depth == tensor.shape.size()) {
    if (value.is_array()) return Error{what + " is ragged: some lists are nested more deeply"};
    const auto number = number_of(value, what);
    if (!number) return number.error();
    tensor.values.push_back(*number);
    return {};
  }
  if (!value.is_array()) return Error{what + " is ragged: a number stands where a list should be"};
  if (static_cast<std::int64_t>(value.size()) != tensor.shape[depth]) {
    return Error{what + " is ragged: lists of " + std::to_string(tensor.shape[depth]) + " and of " +
                 std::to_string(value.size())};
  }
  for (const Json& element : value) {
    if (auto done = append(element, depth + 1, tensor, what); !done) return done;
  }
  return {};
}

Result<Tensor> tensor_of(const Json& value, const std::string& what) {
  Tensor tensor;
  for (const Json* inner = &value; inner->is_array();) {
    if (tensor.shape.size() == deepest) return Error{what + " is nested too deeply"};
    tensor.shape.push_back(static_cast<std::int64_t>(inner->size()));
    if (inner->empty()) break;
    inner = &(*inner)[0];
  }
  if (auto done = append(value, 0, tensor, what); !done) return done.error();
  return tensor;
}

Result<Json> parsed(const std::string& text, const std::string& what) {
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded())
    return Error{what + " is not valid JSON, or holds a number too large for a double"};
  return value;
}

}  // namespace

Result<Tensor> tensor_from_json(const std::string& text, const std::string& what) {
  const auto value = parsed(text, what);
  if (!value) return value.error();
  return tensor_of(*value, what);
}

Result<std::vector<std::pair<std::string, Tensor>>> tensors_from_json(const std::string& text,
                                                                      const std::string& what) {
  const auto object = parsed(text, what);
  if (!object) return object.error();
  if (!object->is_object()) {
    return Error{what + " is no object: {\"name\": [numbers], …} is wanted"};
  }
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const auto& [name, value] : object->items()) {
    auto tensor = tensor_of(value, "\"" + name + "\"");
    if (!tensor) return tensor.error();
    tensors.emplace_back(name, std::move(*tensor));
  }
  return tensors;
}

Result<std::string> data_text(const std::string& path) {
  constexpr std::size_t most = std::size_t{4} << 30;
  if (path == "-") return driver::standard_input_text(most);
  auto text = driver::file_text(path, most);
  if (text && text->size() > most) return Error{"\"" + path + "\" is larger than 4 GiB"};
  return text;
}

Result<Tensor> tensor_from_source(const std::string& source, const std::string& what) {
  const std::size_t start = source.find_first_not_of(' ');
  const bool list = start != std::string::npos && source[start] == '[';
  if (list) return tensor_from_json(source, what);
  if (const auto number = parsed_number(source)) return Tensor{{}, {*number}};
  const std::size_t colon = source.rfind(':');
  const std::string path = source.substr(0, colon);
  if (colon != std::string::npos && path.ends_with(".csv")) {
    const auto text = data_text(path);
    if (!text) return text.error();
    return tensor_from_csv(*text, source.substr(colon + 1), path);
  }
  if (source.ends_with(".csv")) {
    return Error{what + ": name a column, as in " + source + ":COLUMN"};
  }
  if (source.ends_with(".npy") || source.ends_with(".json")) {
    const auto text = data_text(source);
    if (!text) return text.error();
    return source.ends_with(".npy") ? tensor_from_npy(*text, source)
                                    : tensor_from_json(*text, source);
  }
  return Error{what + ": \"" + source + "\" is no number, list, .npy, .json or .csv file"};
}

}  // namespace lossc::cli
