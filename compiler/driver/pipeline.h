// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The list of passes, in order: one table from which --emit=STAGE, --print-after=PASS,
// --time-passes and the verifier that runs between passes in tests all come.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compiler/autodiff/gradient.h"
#include "compiler/codegen/codegen.h"
#include "compiler/ir/function.h"
#include "compiler/sema/check.h"
#include "compiler/simplify/simplify.h"
#include "compiler/stabilise/stabilise.h"
#include "compiler/support/diagnostics/diagnostics.h"

namespace lossc::driver {

/// What is wanted of one loss.
struct KernelRequest {
  bool value = true;
  std::vector<std::string> gradients;
  std::vector<std::string> hessians;
  simplify::Binding binding;
  autodiff::Curvature curvature = {};
  std::vector<std::string> products = {};  ///< of the Hessian by these and their directions
};

struct PassInfo {
  std::string name;   ///< `stabilise`
  std::string stage;  ///< what --emit calls its result: `stable`
  std::string doc;
};
const std::vector<PassInfo>& passes();
/// What --emit can show: the stage of every pass, and two views of the core.
const std::vector<std::string>& stages();

struct PipelineOptions {
  bool verify = false;  ///< run ir::violation after each pass
  std::vector<stabilise::Rewrite>* trace = nullptr;
  std::map<std::string, std::chrono::nanoseconds>* times = nullptr;
  /// Called after each pass with its name and result.
  std::function<void(const PassInfo&, const ir::Function&)> after;
  std::string stop_after;  ///< a pass name; empty: to the end
};

/// core → bound → stable → gradients → stable again → simplified: what codegen takes. Errors: an
/// unknown name, a gradient of a metric or a label, a request past a limit, what is not compiled
/// yet.
Result<ir::Function> lowered(const ir::Function& core, const KernelRequest& request,
                             const PipelineOptions& options = {});

}  // namespace lossc::driver
