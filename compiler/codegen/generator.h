// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's code generator for one CPU: a target machine and the passes over it. Setting them up costs
// as much as compiling a small loss, so they are used for one module after another. A generator
// serves one thread at a time; who needs one borrows it, and it goes back to be used again.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/CGSCCPassManager.h>
#include <llvm/Analysis/LoopAnalysisManager.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/PassManager.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include "compiler/support/result.h"

namespace lossc::codegen {

using Bytes = llvm::SmallVector<char, 0>;

class Generator {
 public:
  explicit Generator(std::unique_ptr<llvm::TargetMachine> machine);

  const llvm::TargetMachine& machine() const { return *machine_; }
  /// Passes over LLVM IR. Thorough ones gain some 5 % where a loop is nothing but arithmetic, and
  /// take three times as long.
  enum class Effort { quick, thorough };
  void optimise(llvm::Function& function, Effort effort);
  Result<Bytes> object(llvm::Module& module);
  /// By LLVM's fast path, which is linear in the size of the module.
  Result<Bytes> unoptimised_object(llvm::Module& module);
  Result<Bytes> assembly(llvm::Module& module, bool optimised);

 private:
  Result<Bytes> file(llvm::Module& module, llvm::CodeGenFileType type, bool optimised);

  std::unique_ptr<llvm::TargetMachine> machine_;
  llvm::LoopAnalysisManager loops_;
  llvm::FunctionAnalysisManager functions_;
  llvm::CGSCCAnalysisManager components_;
  llvm::ModuleAnalysisManager modules_;
  llvm::FunctionPassManager quick_, thorough_;
  Bytes object_;
  llvm::raw_svector_ostream stream_{object_};
  std::unique_ptr<llvm::legacy::PassManager> to_object_;  ///< null until it is first needed
};

/// What generators differ in.
struct Processor {
  std::string triple;
  std::string cpu;
  std::string features;
  bool optimised = true;
  auto operator<=>(const Processor&) const = default;
};

using BorrowedGenerator = std::unique_ptr<Generator, std::function<void(Generator*)>>;
/// Null if LLVM has no target machine for it.
BorrowedGenerator borrowed_generator(
    const Processor& processor,
    const std::function<std::unique_ptr<llvm::TargetMachine>()>& machine);

}  // namespace lossc::codegen
