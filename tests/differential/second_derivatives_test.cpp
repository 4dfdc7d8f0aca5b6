// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hessian diagonals and Hessian products of every loss of the standard library, compiled, against
// the interpreter's dual numbers of second order, f32 and f64. How exact they are is the subject of
// `lossc verify`; here it is whether they are right.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compiler/driver/request.h"
#include "compiler/lossc/evaluation.h"
#include "compiler/sema/check.h"
#include "compiler/sema/library.h"

#include "tests/differential/comparison.h"

namespace lossc::testing {
namespace {

cli::EvaluationRequest request_of(const ir::Function& core, std::int64_t batch, std::int64_t extent,
                                  std::mt19937_64& random) {
  const BatchData data = random_data(core, batch, extent, random);
  std::normal_distribution<float> normal;
  cli::EvaluationRequest request;
  request.core = std::make_shared<const ir::Function>(core);
  request.reduction = cli::Reduction::sum;
  for (std::size_t i = 0; i < core.arrays.size(); ++i) {
    const ir::Array& array = core.arrays[i];
    if (array.domain == ir::Domain::bool_ || array.domain == ir::Domain::one_of) continue;
    cli::Tensor tensor;
    if (array.role != ir::Role::param && !driver::is_batch(core)) tensor.shape.push_back(batch);
    for (const ir::SizeId id : array.shape) {
      const ir::Size& size = core.sizes[id.index];
      tensor.shape.push_back(size.offset + (size.symbol.empty() ? 0 : data.sizes.at(size.symbol)));
    }
    tensor.values = data.arrays[i];
    if (array.role == ir::Role::pred && !ir::info(array.domain).integer) {
      request.hessians.push_back(array.name);
      cli::Tensor direction = tensor;
      for (double& value : direction.values) value = static_cast<double>(normal(random));
      request.directions.emplace_back(array.name, std::move(direction));
    }
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
    for (std::size_t k = 0; k < exact[i].second.values.size(); ++k) {
      EXPECT_NEAR(got[i].second.values[k], exact[i].second.values[k], tolerance * scale)
          << what << " by " << got[i].first << ", element " << k;
    }
  }
}

void compare(const ir::Function& core) {
  std::mt19937_64 random(7);
  for (const auto& [batch, extent] : {std::pair(1, 1), std::pair(3, 4), std::pair(2, 19)}) {
    cli::EvaluationRequest request = request_of(core, batch, extent, random);
    if (request.hessians.empty()) return;
    const auto exact = cli::interpreted(request);
    ASSERT_TRUE(exact) << exact.error().message;
    for (const FloatType dtype : {FloatType::f32, FloatType::f64}) {
      request.dtype = dtype;
      SCOPED_TRACE(::testing::Message() << core.name << (dtype == FloatType::f32 ? " f32" : " f64")
                                        << ", batch " << batch << ", rows of " << extent);
      const auto native = cli::evaluated_natively(request);
      ASSERT_TRUE(native) << native.error().message;
      const double tolerance = dtype == FloatType::f32 ? 1e-4 : 1e-12;
      expect_close(native->hessians, exact->hessians, tolerance, "hessian");
      expect_close(native->products, exact->products, tolerance, "product");
    }
  }
}

class SecondDerivatives : public ::testing::TestWithParam<std::string> {};

TEST_P(SecondDerivatives, AreThoseOfDualNumbers) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const sema::Module checked = sema::check_library(GetParam(), {}, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors()) << render_text(diagnostics);
  for (std::size_t i = 0; i < checked.own; ++i) {
    if (!driver::is_metric(checked.functions[i])) compare(checked.functions[i]);
  }
}

std::vector<std::string> modules() {
  std::vector<std::string> names;
  for (const sema::LibraryFile& file : sema::library_files()) names.push_back(file.module);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Stdlib, SecondDerivatives, ::testing::ValuesIn(modules()),
                         [](const auto& test) {
                           return test.param.substr(test.param.find('.') + 1);
                         });

}  // namespace
}  // namespace lossc::testing
