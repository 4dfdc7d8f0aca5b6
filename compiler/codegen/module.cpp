// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules: entries put together, optimised by a short list of passes, printed or made into an
// object. What vectorisers and loop passes would do is done by construction, so a full pipeline
// costs time and gives nothing.

#include <fmt/format.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>

#include "compiler/codegen/emitter.h"
#include "compiler/support/assert.h"

namespace lossc::codegen {

namespace {

struct Built {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  Target target;
};

void optimise(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager cgscc;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(&machine);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(cgscc);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, cgscc, modules);
  llvm::FunctionPassManager pipeline;
  pipeline.addPass(llvm::EarlyCSEPass());
  pipeline.addPass(llvm::InstCombinePass());
  pipeline.addPass(llvm::EarlyCSEPass());
  pipeline.addPass(llvm::SimplifyCFGPass());
  for (llvm::Function& function : module) {
    if (!function.isDeclaration()) pipeline.run(function, functions);
  }
}

/// Beyond this many instructions, code is made by LLVM's fast path: register allocation and
/// instruction selection are linear there, at the price of slower code.
constexpr std::size_t most_optimised_instructions = 20'000;
/// Instruction selection takes more than linear time in the length of a block.
constexpr std::size_t longest_block = 500;
/// Some seconds of the fast path.
constexpr std::size_t most_instructions = 800'000;

std::size_t instruction_count(const llvm::Module& module) {
  std::size_t count = 0;
  for (const llvm::Function& function : module) count += function.getInstructionCount();
  return count;
}

void split_long_blocks(llvm::Module& module) {
  for (llvm::Function& function : module) {
    for (llvm::BasicBlock& block : function) {
      std::size_t length = 0;
      for (llvm::Instruction& instruction : block) {
        if (++length <= longest_block || llvm::isa<llvm::PHINode>(instruction)) continue;
        // What follows becomes the next block, which the loop comes to next.
        if (!instruction.isTerminator()) block.splitBasicBlock(instruction.getIterator());
        break;
      }
    }
  }
}

void set_attributes(llvm::Module& module, const Target& target) {
  for (llvm::Function& function : module) {
    if (function.isDeclaration()) continue;
    function.setDoesNotThrow();
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty()) function.addFnAttr("target-features", target.features);
    function.addFnAttr("prefer-vector-width", "512");
  }
}

Result<Built> built(const ir::Function& function, const TargetOptions& options,
                    const std::string& prefix) {
  Result<Target> target = resolved(options);
  if (!target) return target.error();
  Built result{std::make_unique<llvm::LLVMContext>(), nullptr, std::move(*target)};
  result.module = std::make_unique<llvm::Module>(prefix, *result.context);
  llvm::Module& module = *result.module;
  module.setTargetTriple(result.target.machine->getTargetTriple().str());
  module.setDataLayout(result.target.machine->createDataLayout());

  std::vector<Entry> entries{{prefix + "_kernel", schedule::kernel_outputs(function), false}};
  for (ir::OutputKind kind : {ir::OutputKind::divisor, ir::OutputKind::weight}) {
    const ir::Output* output = function.find(kind);
    if (output == nullptr) continue;
    auto position = static_cast<std::size_t>(output - function.outputs.data());
    entries.push_back({prefix + "_divisor", {position}, true});
    break;
  }
  for (Entry& entry : entries) {
    Emitter emitter(module, function, options, result.target, std::move(entry));
    emitter.emit();
    if (emitter.failure()) return Error{*emitter.failure()};
  }
  if (!label_arrays(function).empty()) {
    emit_labels(module, function, options, prefix + "_labels");
  }
  set_attributes(module, result.target);
#ifndef NDEBUG
  std::string broken;
  llvm::raw_string_ostream stream(broken);
  LOSSC_ASSERT(!llvm::verifyModule(module, &stream), stream.str());
#endif
  const std::size_t count = instruction_count(module);
  if (count > most_instructions) {
    return Error{fmt::format("too large to be compiled: {} instructions, of at most {}", count,
                             most_instructions)};
  }
  if (count > most_optimised_instructions) {
    result.target.machine->setOptLevel(llvm::CodeGenOptLevel::None);
    split_long_blocks(module);
  } else if (options.optimisation != 0) {
    optimise(module, *result.target.machine);
  }
  return result;
}

Result<llvm::SmallVector<char, 0>> emitted(const ir::Function& function,
                                           const TargetOptions& options, const std::string& prefix,
                                           llvm::CodeGenFileType type) {
  Result<Built> result = built(function, options, prefix);
  if (!result) return result.error();
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (result->target.machine->addPassesToEmitFile(passes, stream, nullptr, type,
                                                  /*DisableVerify=*/true)) {
    return Error{"LLVM cannot make this kind of file for the target"};
  }
  passes.run(*result->module);
  return bytes;
}

}  // namespace

Result<std::string> llvm_text(const ir::Function& function, const TargetOptions& options) {
  Result<Built> result = built(function, options, function.name);
  if (!result) return result.error();
  std::string text;
  llvm::raw_string_ostream stream(text);
  result->module->print(stream, nullptr);
  return text;
}

Result<std::string> assembly(const ir::Function& function, const TargetOptions& options) {
  auto bytes = emitted(function, options, function.name, llvm::CodeGenFileType::AssemblyFile);
  if (!bytes) return bytes.error();
  return std::string(bytes->begin(), bytes->end());
}

Result<std::vector<char>> object(const ir::Function& function, const TargetOptions& options,
                                 const std::string& prefix) {
  auto bytes = emitted(function, options, prefix, llvm::CodeGenFileType::ObjectFile);
  if (!bytes) return bytes.error();
  return std::vector<char>(bytes->begin(), bytes->end());
}

}  // namespace lossc::codegen
