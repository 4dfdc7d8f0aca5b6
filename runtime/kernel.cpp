// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel and PreparedCall.
#include <algorithm>

#include "lossc/engine.h"
#include "runtime/messages.h"
#include "runtime/planner.h"
#include "runtime/state.h"

namespace lossc {
namespace runtime {
namespace {

bool wanted(const api::Output& output) {
  return output.view.present() && output.view.data() != nullptr;
}

/// Names among the outputs of a call that the kernel was not made with, or that occur twice.
Failure unknown_output(const std::vector<api::Output>& outputs,
                       const std::vector<std::string>& made, const char* kind,
                       const std::string& loss) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string name(outputs[i].name);
    if (std::find(made.begin(), made.end(), name) == made.end()) {
      return call_error(api::ErrorCode::unknown_name, name,
                        "this kernel of " + loss + " was made without the " + kind + " of " +
                            quoted(name) + suggestion(name, made));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (outputs[j].name == outputs[i].name) {
        return call_error(api::ErrorCode::unknown_name, name,
                          std::string("the ") + kind + " of " + quoted(name) + " is given twice");
      }
    }
  }
  return std::nullopt;
}

std::vector<std::string> kept(const std::vector<std::string>& made,
                              const std::vector<api::Output>& outputs, std::vector<bool>& mask) {
  std::vector<std::string> names;
  for (const std::string& name : made) {
    const bool keep = std::any_of(outputs.begin(), outputs.end(), [&](const api::Output& output) {
      return output.name == name && wanted(output);
    });
    mask.push_back(keep);
    if (keep) names.push_back(name);
  }
  return names;
}

/// The program with just the outputs of this call.
api::Result<std::shared_ptr<const Program>> program_for(const KernelState& kernel,
                                                        const api::CallOptions& options) {
  const std::string& loss = kernel.program->name;
  for (const DerivativeRow& row : derivative_kinds) {
    const auto& made = kernel.options.*row.names;
    if (auto error = unknown_output(options.*row.outputs, made, row.name, loss)) return *error;
  }
  std::vector<bool> mask;
  api::KernelOptions fewer = kernel.options;
  for (const DerivativeRow& row : derivative_kinds) {
    fewer.*row.names = kept(kernel.options.*row.names, options.*row.outputs, mask);
  }
  if (std::find(mask.begin(), mask.end(), false) == mask.end()) return kernel.program;
  {
    const std::lock_guard lock(kernel.mutex);
    const auto known = kernel.subsets.find(mask);
    if (known != kernel.subsets.end()) return known->second;
  }
  auto program = kernel.compile(fewer);
  if (!program) return program;
  const std::lock_guard lock(kernel.mutex);
  return kernel.subsets.emplace(mask, *program).first->second;
}

api::Result<std::unique_ptr<CallState>> prepared(const KernelState& kernel,
                                                 const api::Inputs& inputs,
                                                 const api::CallOptions& options) {
  auto program = program_for(kernel, options);
  if (!program) return program.error();
  if (options.values.present() && !(*program)->wants_value) {
    return call_error(api::ErrorCode::unknown_name, "values",
                      "this kernel of " + (*program)->name + " was made without the value");
  }
  auto plan = planned(*program, inputs, options, kernel.threads);
  if (!plan) return plan.error();
  auto state = std::make_unique<CallState>(std::move(*plan), kernel.pool);
  for (std::size_t i = 0; i < (*program)->derivatives.size(); ++i) {
    state->derivatives[static_cast<std::size_t>((*program)->derivatives[i].kind)].push_back(i);
  }
  return state;
}

/// After pointers moved: null pointers, and overlaps other than those at preparation.
Failure check_again(CallState& state) {
  Plan& plan = state.plan;
  const auto check = [&](const Operand& operand) -> Failure {
    if (!operand.present || operand.data != nullptr || plan.examples == 0) return std::nullopt;
    return call_error(api::ErrorCode::null_pointer, operand.name,
                      quoted(operand.name) + " is a null pointer");
  };
  for (const std::vector<Operand>* operands : {&plan.inputs, &plan.outputs}) {
    for (const Operand& operand : *operands) {
      if (auto failure = check(operand)) return failure;
    }
  }
  if (clearly_apart(plan)) return std::nullopt;
  const std::vector<bool> buffered = plan.buffered;
  const auto overlaps = check_overlaps(plan, plan.batch);
  if (!overlaps) return overlaps.error();
  if (plan.buffered == buffered) return std::nullopt;
  plan.buffered = buffered;
  return call_error(api::ErrorCode::overlap, "",
                    "an output came to lie over an input, or left it, since the call was prepared");
}

}  // namespace
}  // namespace runtime

inline namespace api {

const Signature& Kernel::signature() const { return state_->program->signature; }
DataType Kernel::dtype() const { return state_->options.dtype; }

Result<PreparedCall> Kernel::prepare(const Inputs& inputs, const CallOptions& options) const {
  auto state = runtime::prepared(*state_, inputs, options);
  if (!state) return state.error();
  return PreparedCall(std::move(*state));
}

Result<Evaluation> Kernel::call(const Inputs& inputs, const CallOptions& options) const {
  auto state = runtime::prepared(*state_, inputs, options);
  if (!state) return state.error();
  return runtime::execute((*state)->plan, (*state)->workspace, *(*state)->pool);
}

PreparedCall::PreparedCall(std::unique_ptr<runtime::CallState> state) : state_(std::move(state)) {}
PreparedCall::PreparedCall(PreparedCall&&) noexcept = default;
PreparedCall& PreparedCall::operator=(PreparedCall&&) noexcept = default;
PreparedCall::~PreparedCall() = default;

void PreparedCall::set_input(std::size_t position, const void* data) {
  if (position >= state_->plan.inputs.size()) return;
  state_->plan.inputs[position].data = static_cast<char*>(const_cast<void*>(data));
  state_->moved = true;
}
void PreparedCall::set_gradient(std::size_t position, void* data) {
  state_->set_output(runtime::DerivativeKind::gradient, position, data);
}
void PreparedCall::set_hessian(std::size_t position, void* data) {
  state_->set_output(runtime::DerivativeKind::hessian, position, data);
}
void PreparedCall::set_product(std::size_t position, void* data) {
  state_->set_output(runtime::DerivativeKind::product, position, data);
}
void PreparedCall::set_values(void* data) {
  state_->plan.values.data = static_cast<char*>(data);
  state_->moved = true;
}
void PreparedCall::set_weights(const void* data) {
  state_->plan.weights.data = static_cast<char*>(const_cast<void*>(data));
  state_->moved = true;
}

Result<Evaluation> PreparedCall::run() {
  if (state_->moved) {
    if (auto failure = runtime::check_again(*state_)) return *failure;
    state_->moved = false;
  }
  return runtime::execute(state_->plan, state_->workspace, *state_->pool);
}

}  // namespace api
}  // namespace lossc
