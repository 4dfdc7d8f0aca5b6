// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/test_runner.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "compiler/driver/request.h"
#include "compiler/ir/interpreter.h"
#include "compiler/lossc/numbers.h"

namespace lossc::cli {
namespace {

constexpr unsigned precision_bits = 256;

/// The distance from |x| to the next number of the type.
double spacing(double x, FloatType dtype) {
  if (dtype == FloatType::f64) {
    const double size = std::abs(x);
    return std::nextafter(size, std::numeric_limits<double>::infinity()) - size;
  }
  const auto size = static_cast<float>(std::abs(x));
  const float next = std::nextafter(size, std::numeric_limits<float>::infinity());
  return static_cast<double>(next) - static_cast<double>(size);
}

EvaluationRequest request_of(const sema::Module& module, const sema::TestCall& call,
                             const TestConfiguration& configuration) {
  EvaluationRequest request;
  request.core = std::make_shared<const ir::Function>(module.functions[call.function]);
  request.reduction = driver::is_batch(*request.core) ? Reduction::sum : Reduction::none;
  request.dtype = configuration.dtype;
  request.width = configuration.width;
  request.cpu = configuration.cpu;
  request.engine = configuration.engine;
  request.threads = 1;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const sema::TestCall::Argument& argument = call.arguments[i];
    const ir::Array& array = request.core->arrays[i];
    if (!argument.present) continue;
    if (driver::is_option(array)) {
      request.binding.params[array.name] = {ir::Number::of_double(argument.values.at(0))};
    } else {
      request.inputs.emplace_back(array.name, Tensor{argument.extents, argument.values});
    }
  }
  for (const auto& [symbol, extent] : call.sizes) request.sizes.emplace_back(symbol, extent);
  if (call.kind == ir::OutputKind::gradient) request.gradients = {call.subject};
  if (call.kind == ir::OutputKind::hessian) request.hessians = {call.subject};
  return request;
}

Result<std::vector<double>> called(const sema::Module& module, const sema::TestCall& call,
                                   const TestConfiguration& configuration) {
  const EvaluationRequest request = request_of(module, call, configuration);
  auto result = evaluated_natively(request);
  if (!result) return result.error();
  if (call.kind == ir::OutputKind::gradient) return result->gradients.at(0).second.values;
  if (call.kind == ir::OutputKind::hessian) return result->hessians.at(0).second.values;
  if (request.reduction == Reduction::none) return result->values.values;
  return std::vector<double>{result->value};
}

/// One side of a check: its calls by native code, the expression over their results exactly.
Result<std::vector<double>> side(const sema::Module& module, const sema::TestExpression& expression,
                                 const TestConfiguration& configuration) {
  ir::Example example;
  for (const sema::TestCall& call : expression.calls) {
    const auto values = called(module, call, configuration);
    if (!values) return values.error();
    example.arrays.emplace_back(values->begin(), values->end());
  }
  const auto extents = ir::extents(expression.function, {});
  if (!extents) return extents.error();
  example.sizes = *extents;
  std::vector<double> numbers;
  for (const ir::Output& output : expression.function.outputs) {
    const auto values = ir::interpret(expression.function, output, example);
    if (!values) return values.error();
    for (const ir::Real& value : *values) numbers.push_back(value.convert_to<double>());
  }
  return numbers;
}

std::string difference(double found, double expected, const sema::TestCheck& check,
                       FloatType dtype) {
  std::string text =
      "found " + number_text(found, dtype) + ", expected " + number_text(expected, FloatType::f64);
  if (check.has_tolerance) return text + " +- " + number_text(check.tolerance, FloatType::f64);
  const double units = std::abs(found - expected) / spacing(expected, dtype);
  constexpr double countable = 1e6;
  if (units < countable) text += fmt::format(" ({:.0f} units in the last place)", units);
  return text;
}

}  // namespace

std::string TestConfiguration::text() const {
  return std::string(dtype == FloatType::f32 ? "f32" : "f64") + ", " + std::to_string(width) +
         (width == 1 ? " lane" : " lanes");
}

bool agrees(double found, double expected, bool has_tolerance, double tolerance, FloatType dtype) {
  if (std::isnan(found) || std::isnan(expected)) return std::isnan(found) && std::isnan(expected);
  if (found == expected) return true;
  if (std::isinf(found) || std::isinf(expected)) {
    // A number past the largest f32 is infinite there.
    return dtype == FloatType::f32 && static_cast<float>(found) == static_cast<float>(expected);
  }
  constexpr double units = 4;
  const double allowed = has_tolerance ? tolerance : units * spacing(expected, dtype);
  return std::abs(found - expected) <= allowed;
}

std::vector<CheckFailure> test_failures(const sema::Module& module, const sema::Test& test,
                                        const TestConfiguration& configuration) {
  const ir::Precision precision(precision_bits);
  std::vector<CheckFailure> failures;
  for (const sema::TestCheck& check : test.checks) {
    const auto left = side(module, check.left, configuration);
    const auto right = left ? side(module, check.right, configuration) : left;
    if (!right) {
      failures.push_back({check.range, right.error().message});
      continue;
    }
    const std::size_t count = std::max(left->size(), right->size());
    const auto at = [](const std::vector<double>& values, std::size_t i) {
      return values.size() == 1 ? values[0] : values[i];
    };
    if (left->size() != right->size() && left->size() != 1 && right->size() != 1) {
      failures.push_back({check.range, std::to_string(left->size()) + " numbers against " +
                                           std::to_string(right->size())});
      continue;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const double found = at(*left, i);
      const double expected = at(*right, i);
      if (agrees(found, expected, check.has_tolerance, check.tolerance, configuration.dtype))
        continue;
      const std::string place = count > 1 ? "element " + std::to_string(i) + ": " : "";
      failures.push_back(
          {check.range, place + difference(found, expected, check, configuration.dtype)});
      break;
    }
  }
  return failures;
}

}  // namespace lossc::cli
