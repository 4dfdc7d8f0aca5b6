// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a checked loss (core IR) and options to a Program, and to what the public interface says of
// a loss. For files that see the compiler's headers: include this after them (two names, Result and
// Diagnostic, exist in both worlds; the public ones live in the inline namespace lossc::api).
#pragma once

#include <memory>

#include "compiler/ir/function.h"
#include "runtime/program.h"

namespace lossc::runtime {

/// An error that no argument is to blame for; with one, it is call_error (planner.h).
api::Error failure(api::ErrorCode code, std::string message);

struct CompileOptions {
  std::string cpu = "native";
  unsigned width = 0;
  int optimisation = 2;
};

api::Signature signature_of(const ir::Function& core);

api::Result<std::shared_ptr<const Program>> compiled_program(const ir::Function& core,
                                                             const api::KernelOptions& options,
                                                             const CompileOptions& target);

/// The same without code: what checks and lays out a call for the interpreter. It reads rows, so
/// nothing is assumed of strides.
api::Result<std::shared_ptr<const Program>> interpreted_program(const ir::Function& core,
                                                                const api::KernelOptions& options);

}  // namespace lossc::runtime
