// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/planner.h"

#include <algorithm>
#include <cstring>

namespace lossc::runtime {

api::Error call_error(api::ErrorCode code, const std::string& argument, std::string message) {
  api::Error error;
  error.code = code;
  error.argument = argument;
  error.message = std::move(message);
  return error;
}

Planner::Planner(const std::shared_ptr<const Program>& program, const api::Inputs& inputs,
                 const api::CallOptions& options, unsigned threads)
    : program_(*program), options_(options), inputs_(inputs) {
  plan_.program = program;
  plan_.reduction = options.reduction;
  plan_.threads = options.threads != 0 ? options.threads : threads;
  const float one = 1;
  if (program_.is_f32) std::memcpy(&plan_.one, &one, sizeof one);
  const std::size_t count = program_.parameters.size();
  sources_.resize(count);
  plan_.inputs.resize(count);
  // Operands point into the lists: they must not move when the outer list grows.
  plan_.storage.resize(count + 2);
  plan_.outputs.resize(program_.derivatives.size());
  for (const Symbol& symbol : program_.symbols) {
    symbol_values_.push_back(symbol.bound);
    symbol_sources_.push_back(symbol.bound ? "the kernel" : "");
  }
}

api::Result<Plan> Planner::plan() {
  if (auto failure = assign_inputs(inputs_)) return *failure;
  if (auto failure = assign_directions()) return *failure;
  if (auto failure = assign_params()) return *failure;
  if (auto failure = assign_sizes()) return *failure;
  if (auto failure = require_arguments()) return *failure;
  if (auto failure = fix_sizes()) return *failure;
  for (std::size_t i = 0; i < plan_.inputs.size(); ++i) {
    if (auto failure = lay_out_input(i)) return *failure;
  }
  if (!batch_sizes_) batch_sizes_.emplace();  // neither pred nor target: a batch of one example
  plan_.examples = 1;
  for (const std::int64_t size : *batch_sizes_) {
    if (__builtin_mul_overflow(plan_.examples, size, &plan_.examples)) {
      return call_error(api::ErrorCode::wrong_shape, batch_source_,
                        "\"" + batch_source_ + "\" has more examples than 64 bits can count");
    }
  }
  if (auto failure = lay_out_outputs()) return *failure;
  if (auto failure = check_null_pointers()) return *failure;
  for (std::size_t i = 0; i < plan_.inputs.size(); ++i) {
    if (auto failure = check_param_values(i)) return *failure;
  }
  if (auto failure = check_requirements()) return *failure;
  if (auto overlaps = check_overlaps(plan_, *batch_sizes_); !overlaps) return overlaps.error();
  join_batch();
  choose_chunk();
  Variant variant;
  choose_variant(variant);
  auto code = program_.code(variant);
  if (!code) return code.error();
  plan_.code = *code;
  return std::move(plan_);
}

api::Result<Plan> planned(const std::shared_ptr<const Program>& program, const api::Inputs& inputs,
                          const api::CallOptions& options, unsigned threads) {
  return Planner(program, inputs, options, threads).plan();
}

}  // namespace lossc::runtime
