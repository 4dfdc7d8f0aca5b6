// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/call_arguments.h"
#include "runtime/state.h"

namespace lossc::cli {

std::shared_ptr<runtime::EngineState> new_engine(const std::string& cpu, unsigned threads) {
  api::EngineOptions options;
  options.threads = threads;
  options.cpu = cpu;
  return api::Engine(options).state();
}

runtime::CompilerResult<EvaluationResult> evaluated_natively(const EvaluationRequest& request) {
  const auto engine = request.engine ? request.engine : new_engine(request.cpu, request.threads);
  const CallArguments arguments(request);
  const auto kernel = runtime::kernel_of(engine, request.core, arguments.kernel_options());
  if (!kernel) return runtime::CompilerError{kernel.error().message};
  const auto evaluation = kernel->call(arguments.inputs(), arguments.options());
  if (!evaluation) return runtime::CompilerError{evaluation.error().message};
  EvaluationResult result;
  result.value = evaluation->value;
  result.divisor = evaluation->divisor;
  arguments.collect(result);
  return result;
}

}  // namespace lossc::cli
