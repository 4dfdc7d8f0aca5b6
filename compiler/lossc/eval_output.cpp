// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/eval_output.h"

#include "compiler/driver/request.h"
#include "compiler/lossc/numbers.h"

namespace lossc::cli {
namespace {

const char* reduction_name(Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return "mean";
    case Reduction::sum:
      return "sum";
    case Reduction::none:
      break;
  }
  return "none";
}

/// A value is a double even where the loss computes in f32; its f32 digits are those that count.
double shown(double value, FloatType type) {
  return type == FloatType::f32 ? static_cast<double>(static_cast<float>(value)) : value;
}

/// Nested lists; the recursion is as deep as the rank, which is at most 16.
/// At most `limit` elements of each axis are written, then an ellipsis (0: all).
std::string nested(const Tensor& tensor, FloatType type, bool json, std::int64_t limit) {
  const auto number = [&](double value) {
    return json ? json_number(value, type) : number_text(value, type);
  };
  const std::size_t rank = tensor.shape.size();
  if (rank == 0) return tensor.values.empty() ? "[]" : number(tensor.values[0]);
  std::string text;
  const auto emit = [&](auto&& self, std::size_t axis, std::size_t base) -> void {
    std::size_t step = 1;
    for (std::size_t i = axis + 1; i < rank; ++i) step *= static_cast<std::size_t>(tensor.shape[i]);
    text += "[";
    for (std::int64_t i = 0; i < tensor.shape[axis]; ++i) {
      if (i != 0) text += ", ";
      if (limit != 0 && i == limit) {
        text += "…";
        break;
      }
      const std::size_t place = base + static_cast<std::size_t>(i) * step;
      if (axis + 1 == rank) {
        text += number(tensor.values[place]);
      } else {
        self(self, axis + 1, place);
      }
    }
    text += "]";
  };
  emit(emit, 0, 0);
  return text;
}

std::string json_object(const NamedTensors& tensors, FloatType type) {
  std::string text = "{";
  for (const auto& [name, tensor] : tensors) {
    text +=
        (text.size() == 1 ? "" : ", ") + json_string(name) + ": " + nested(tensor, type, true, 0);
  }
  return text + "}";
}

}  // namespace

std::string evaluation_json(const EvaluationRequest& request, const EvaluationResult& result,
                            FloatType printed) {
  const bool batch = driver::is_batch(*request.core);
  const bool none = request.reduction == Reduction::none;
  std::string text = "{\"loss\": " + json_string(request.core->name);
  text += std::string(", \"dtype\": \"") + (request.dtype == FloatType::f32 ? "f32" : "f64") + "\"";
  text += ", \"reduction\": ";
  text += batch ? "null" : "\"" + std::string(reduction_name(request.reduction)) + "\"";
  text += ", \"value\": " + (none ? "null" : json_number(shown(result.value, printed), printed));
  text += ", \"divisor\": " + (batch ? "null" : json_number(result.divisor, printed));
  text += ", \"values\": " + (none ? nested(result.values, printed, true, 0) : "null");
  text += ", \"grad\": " + json_object(result.gradients, printed);
  text += ", \"hess\": " + json_object(result.hessians, printed);
  if (!result.products.empty()) text += ", \"hvp\": " + json_object(result.products, printed);
  return text + "}\n";
}

std::string evaluation_text(const EvaluationRequest& request, const EvaluationResult& result,
                            FloatType printed) {
  constexpr std::int64_t limit = 10;
  std::string text;
  const bool batch = driver::is_batch(*request.core);
  if (request.reduction == Reduction::none) {
    text = request.core->name + " = " + nested(result.values, printed, false, limit) + "\n";
  } else {
    text = request.core->name + " = " + number_text(shown(result.value, printed), printed);
    if (!batch) {
      text += std::string("  (") + reduction_name(request.reduction) + ", divisor " +
              number_text(result.divisor, printed) + ")";
    }
    text += "\n";
  }
  for (const auto& [name, tensor] : result.gradients) {
    text += "gradient by " + name + " = " + nested(tensor, printed, false, limit) + "\n";
  }
  for (const auto& [name, tensor] : result.hessians) {
    text += "hessian by " + name + " = " + nested(tensor, printed, false, limit) + "\n";
  }
  for (const auto& [name, tensor] : result.products) {
    text += "hessian product by " + name + " = " + nested(tensor, printed, false, limit) + "\n";
  }
  return text;
}

}  // namespace lossc::cli
