// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Modules: entries put together, optimised by a short list of passes, printed or made into an
// object. What vectorisers and loop passes would do is done by construction, so a full pipeline
// costs time and gives nothing.

#include <algorithm>

#include <fmt/format.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/profile.h"
#include "compiler/support/assert.h"

namespace lossc::codegen {

namespace {

struct Built {
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  Target target;
  bool optimised = true;
};

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
                    const std::string& prefix, CompileProfile& profile) {
  CpuStopwatch stopwatch;
  Result<Target> target = resolved(options);
  if (!target) return target.error();
  Built result{std::make_unique<llvm::LLVMContext>(), nullptr, std::move(*target),
               options.optimisation != 0};
  result.module = std::make_unique<llvm::Module>(prefix, *result.context);
  llvm::Module& module = *result.module;
  Generator& generator = *result.target.generator;
  module.setTargetTriple(generator.machine().getTargetTriple().str());
  module.setDataLayout(generator.machine().createDataLayout());

  const std::optional<ir::Function> product = weighted(function);
  const bool has_product = product.has_value();
  std::vector<Entry> entries{
      {prefix + "_kernel", schedule::kernel_outputs(function), false, has_product}};
  if (const auto position = divisor_output(function)) {
    entries.push_back({prefix + "_divisor", {*position}, true, false});
  }
  std::vector<llvm::Function*> arithmetic;  // loops along the batch
  for (Entry& entry : entries) {
    const bool divisor = entry.divisor;
    const ir::Function& evaluated = entry.weighted ? *product : function;
    // Beside loops over rows the divisor takes no time, and one example at a time less code.
    entry.one_by_one = divisor && arithmetic.empty();
    Emitter emitter(module, evaluated, options, result.target, std::move(entry));
    llvm::Function* emitted = emitter.emit();
    if (emitter.failure()) return Error{*emitter.failure()};
    if (emitter.pointwise() && !divisor) arithmetic.push_back(emitted);
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
  profile.instructions = count;
  profile.emission = stopwatch.lap();
  if (count > most_instructions) {
    return Error{fmt::format("too large to be compiled: {} instructions, of at most {}", count,
                             most_instructions)};
  }
  if (count > most_optimised_instructions) {
    result.optimised = false;
    split_long_blocks(module);
  } else if (options.optimisation != 0) {
    for (llvm::Function& emitted : module) {
      if (emitted.isDeclaration()) continue;
      const bool thorough = std::ranges::find(arithmetic, &emitted) != arithmetic.end();
      generator.optimise(emitted,
                         thorough ? Generator::Effort::thorough : Generator::Effort::quick);
    }
  }
  profile.passes = stopwatch.lap();
  return result;
}

std::size_t code_bytes(const Bytes& object) {
  auto file = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(llvm::StringRef(object.data(), object.size()), "object"));
  if (!file) {
    llvm::consumeError(file.takeError());
    return 0;
  }
  std::size_t bytes = 0;
  for (const llvm::object::SectionRef& section : (*file)->sections()) {
    if (section.isText() || section.isData()) bytes += section.getSize();
  }
  return bytes;
}

}  // namespace

Result<std::string> llvm_text(const ir::Function& function, const TargetOptions& options) {
  CompileProfile unused;
  Result<Built> result = built(function, options, function.name, unused);
  if (!result) return result.error();
  std::string text;
  llvm::raw_string_ostream stream(text);
  result->module->print(stream, nullptr);
  return text;
}

Result<std::string> assembly(const ir::Function& function, const TargetOptions& options) {
  CompileProfile unused;
  Result<Built> result = built(function, options, function.name, unused);
  if (!result) return result.error();
  auto bytes = result->target.generator->assembly(*result->module, result->optimised);
  if (!bytes) return bytes.error();
  return std::string(bytes->begin(), bytes->end());
}

Result<std::vector<char>> object(const ir::Function& function, const TargetOptions& options,
                                 const std::string& prefix, CompileProfile* profile) {
  CompileProfile measured;
  Result<Built> result = built(function, options, prefix, measured);
  if (!result) return result.error();
  CpuStopwatch stopwatch;
  Generator& generator = *result->target.generator;
  auto bytes = result->optimised || options.optimisation == 0
                   ? generator.object(*result->module)
                   : generator.unoptimised_object(*result->module);
  if (!bytes) return bytes.error();
  measured.generation = stopwatch.lap();
  if (profile != nullptr) {
    measured.code_bytes = code_bytes(*bytes);
    *profile = measured;
  }
  return std::vector<char>(bytes->begin(), bytes->end());
}

}  // namespace lossc::codegen
