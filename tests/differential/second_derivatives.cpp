// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compiler/driver/request.h"
#include "compiler/lossc/evaluation.h"

#include "tests/differential/second_derivatives.h"

namespace lossc::testing {
namespace {

std::int64_t extent(const ir::Size& size, const BatchData& data) {
  return size.offset + (size.symbol.empty() ? 0 : data.sizes.at(size.symbol));
}

void ask_for(cli::EvaluationRequest& request, const ir::Array& array, const cli::Tensor& tensor,
             std::mt19937_64& random) {
  if (array.role == ir::Role::target || ir::info(array.domain).integer) return;
  request.gradients.push_back(array.name);
  if (array.role == ir::Role::pred) request.hessians.push_back(array.name);
  std::normal_distribution<float> normal;
  cli::Tensor direction = tensor;
  for (double& value : direction.values) value = static_cast<double>(normal(random));
  request.directions.emplace_back(array.name, std::move(direction));
}

}  // namespace

cli::EvaluationRequest request_of(const ir::Function& core, const BatchData& data,
                                  std::mt19937_64& random) {
  cli::EvaluationRequest request;
  request.core = std::make_shared<const ir::Function>(core);
  request.reduction = cli::Reduction::sum;
  for (const auto& [symbol, value] : data.sizes) request.sizes.emplace_back(symbol, value);
  for (std::size_t i = 0; i < core.arrays.size(); ++i) {
    const ir::Array& array = core.arrays[i];
    if (driver::is_option(array)) {
      request.binding.params[array.name] = {ir::Number(static_cast<long>(data.arrays[i][0]))};
      continue;
    }
    cli::Tensor tensor;
    if (array.role != ir::Role::param && !driver::is_batch(core))
      tensor.shape.push_back(data.batch);
    for (const ir::SizeId id : array.shape) {
      tensor.shape.push_back(extent(core.sizes[id.index], data));
    }
    tensor.values = data.arrays[i];
    ask_for(request, array, tensor, random);
    request.inputs.emplace_back(array.name, std::move(tensor));
  }
  return request;
}

void expect_close(const cli::NamedTensors& got, const cli::NamedTensors& exact, double tolerance,
                  const char* what) {
  ASSERT_EQ(got.size(), exact.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    double scale = 1;  // of numbers of order one
    for (const double value : exact[i].second.values) scale = std::max(scale, std::abs(value));
    ASSERT_EQ(got[i].second.values.size(), exact[i].second.values.size());
    for (std::size_t k = 0; k < exact[i].second.values.size(); ++k) {
      EXPECT_NEAR(got[i].second.values[k], exact[i].second.values[k], tolerance * scale)
          << what << " by " << got[i].first << ", element " << k;
    }
  }
}

std::string compare_products(const ir::Function& core, const BatchData& data,
                             std::mt19937_64& random) {
  cli::EvaluationRequest request = request_of(core, data, random);
  request.gradients.clear();
  request.hessians.clear();
  request.dtype = FloatType::f64;
  const auto exact = cli::interpreted(request);
  if (!exact) return exact.error().message + "\n";
  const auto native = cli::evaluated_natively(request);
  if (!native) return native.error().message + "\n";
  std::string problems;
  for (std::size_t i = 0; i < exact->products.size(); ++i) {
    const auto& [name, wanted] = exact->products[i];
    const std::vector<double>& got = native->products[i].second.values;
    double scale = 1;
    for (const double value : wanted.values) scale = std::max(scale, std::abs(value));
    for (std::size_t k = 0; k < wanted.values.size(); ++k) {
      if (std::abs(got[k] - wanted.values[k]) <= 1e-7 * scale) continue;
      problems += fmt::format("hvp {}[{}]: compiled {:.17g}, exact {:.17g}\n", name, k, got[k],
                              wanted.values[k]);
    }
  }
  return problems;
}

void expect_derivatives_of_dual_numbers(const ir::Function& core, const BatchData& data,
                                        std::mt19937_64& random, bool products_by_params) {
  cli::EvaluationRequest request = request_of(core, data, random);
  if (request.gradients.empty()) return;
  std::erase_if(request.directions, [&](const auto& direction) {
    const ir::Array& array = core.arrays[core.find_array(direction.first)->index];
    return array.role == ir::Role::param && !products_by_params;
  });
  const auto exact = cli::interpreted(request);
  ASSERT_TRUE(exact) << exact.error().message;
  for (const FloatType dtype : {FloatType::f32, FloatType::f64}) {
    request.dtype = dtype;
    SCOPED_TRACE(::testing::Message() << core.name << (dtype == FloatType::f32 ? " f32" : " f64")
                                      << ", batch " << data.batch);
    const auto native = cli::evaluated_natively(request);
    ASSERT_TRUE(native) << native.error().message;
    const double tolerance = dtype == FloatType::f32 ? 1e-4 : 1e-12;
    EXPECT_NEAR(native->value, exact->value, tolerance * std::max(1.0, std::abs(exact->value)));
    expect_close(native->gradients, exact->gradients, tolerance, "gradient");
    expect_close(native->hessians, exact->hessians, tolerance, "hessian");
    expect_close(native->products, exact->products, tolerance, "product");
  }
}

}  // namespace lossc::testing
