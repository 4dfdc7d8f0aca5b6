// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluating a loss on arrays, by native code or by the reference interpreter: one request, two
// ways to answer it, the same checks and messages.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/autodiff/gradient.h"
#include "compiler/ir/function.h"
#include "compiler/lossc/arrays.h"
#include "compiler/simplify/simplify.h"
#include "compiler/support/float_type.h"
#include "compiler/support/result.h"

namespace lossc::runtime {
struct EngineState;
}

namespace lossc::cli {

enum class Reduction { mean, sum, none };

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

struct EvaluationRequest {
  std::shared_ptr<const ir::Function> core;
  simplify::Binding binding;  ///< -D, and options by --set
  NamedTensors inputs;        ///< preds, targets and params
  std::vector<std::pair<std::string, std::int64_t>> sizes;
  std::optional<Tensor> weights;
  Reduction reduction = Reduction::mean;
  FloatType dtype = FloatType::f32;
  std::vector<std::string> gradients;
  std::vector<std::string> hessians;
  autodiff::Curvature curvature;
  NamedTensors directions;  ///< of Hessian products
  unsigned threads = 0;
  std::string cpu = "native";
  unsigned width = 0;
  int optimisation = 2;
  std::shared_ptr<runtime::EngineState> engine;  ///< null: one of its own
};

struct EvaluationResult {
  double value = 0;
  double divisor = 0;
  Tensor values;  ///< by example, in the shape of the batch; with `none`
  NamedTensors gradients;
  NamedTensors hessians;
  NamedTensors products;  ///< of the Hessian
};

/// For many requests: what one has compiled, the next need not.
std::shared_ptr<runtime::EngineState> new_engine(const std::string& cpu, unsigned threads);

Result<EvaluationResult> evaluated_natively(const EvaluationRequest& request);
/// At 2048 bits, on the author's own formula, derivatives by dual numbers.
Result<EvaluationResult> interpreted(const EvaluationRequest& request);

}  // namespace lossc::cli
