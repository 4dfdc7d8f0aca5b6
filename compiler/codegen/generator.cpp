// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Generators and their pool. LLVM's usual passes for an object are some 150; those that gain
// nothing in code such as ours are left out by name, because each walks the function and throws
// away analyses that the next must then compute again.

#include "compiler/codegen/generator.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include <llvm/Analysis/CGSCCPassManager.h>
#include <llvm/CodeGen/Passes.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/Pass.h>
#include <llvm/PassRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/DCE.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>
#include <llvm/Transforms/Scalar/SimplifyCFG.h>

namespace lossc::codegen {

namespace {

/// By LLVM's names, sorted. Half of them can change nothing in code such as ours: it has no
/// atomics, no exceptions, no garbage collector, no mitigations. The others move instructions and
/// blocks about, which the order we emit in and an out-of-order processor make superfluous: without
/// them five pointwise losses and the softmax ones ran as fast to within 2 %, on Zen 4.
constexpr std::string_view left_out[] = {
    "atomic-expand",
    "break-false-deps",
    "callbrprepare",
    "canon-freeze",
    "consthoist",
    "dwarf-eh-prepare",
    "early-ifcvt",
    "early-tailduplication",
    "expand-large-div-rem",
    "expand-large-fp-convert",
    "expand-memcmp",
    "expandvp",
    "fentry-insert",
    "fixup-statepoint-caller-saved",
    "funclet-layout",
    "gc-analysis",
    "gc-lowering",
    "indirectbr-expand",
    "interleaved-access",
    "kcfi",
    "localstackalloc",
    "loop-reduce",
    "lower-amx-intrinsics",
    "lower-amx-type",
    "lower-constant-intrinsics",
    "lowertilecopy",
    "lrshrink",
    "machine-combiner",
    "machine-latecleanup",
    "machine-sanmd",
    "machine-scheduler",
    "machine-sink",
    "machinelicm",
    "mergeicmps",
    "opt-phis",
    "partially-inline-libcalls",
    "patchable-function",
    "post-RA-sched",
    "post-inline-ee-instrument",
    "postra-machine-sink",
    "pseudo-probe-inserter",
    "regallocscoringpass",
    "rename-independent-subregs",
    "replace-with-veclib",
    "safe-stack",
    "shadow-stack-gc-lowering",
    "shrink-wrap",
    "stack-coloring",
    "stack-frame-layout",
    "stack-slot-coloring",
    "stackmap-liveness",
    "tailduplication",
    "tileconfig",
    "tilepreconfig",
    "tlshoist",
    "unpack-mi-bundles",
    "unreachableblockelim",
    "x86-avoid-SFB",
    "x86-cf-opt",
    "x86-cmov-conversion",
    "x86-domain-reassignment",
    "x86-execution-domain-fix",
    "x86-fixup-LEAs",
    "x86-fixup-bw-insts",
    "x86-lvi-load",
    "x86-lvi-ret",
    "x86-optimize-LEAs",
    "x86-partial-reduction",
    "x86-return-thunks",
    "x86-seses",
    "x86-slh",
    "x86argumentstackrebase",
    "xray-instrumentation",
};

constexpr bool unverified = true;

std::string_view as_std(llvm::StringRef text) { return {text.data(), text.size()}; }

/// LLVM's usual passes but for those left out. With the 32 registers of AVX-512 the loops that
/// matter fit, and its basic register allocator, which spills where the greedy one, at a quarter of
/// the whole time, first tries to split, ran as fast; with 16 registers it cost up to a third.
class ShortPassManager : public llvm::legacy::PassManager {
 public:
  explicit ShortPassManager(const llvm::TargetMachine& machine)
      : many_registers_(machine.getMCSubtargetInfo()->checkFeatures("+avx512vl")) {}

  void add(llvm::Pass* pass) override {
    const llvm::PassInfo* info =
        llvm::PassRegistry::getPassRegistry()->getPassInfo(pass->getPassID());
    if (info != nullptr && std::ranges::binary_search(left_out, as_std(info->getPassArgument()))) {
      delete pass;
      return;
    }
    if (many_registers_ && info != nullptr && as_std(info->getPassArgument()) == "greedy") {
      delete pass;
      // The first of the two allocates the tiles of AMX, and nothing else.
      if (!std::exchange(tiles_allocated_, true)) return;
      pass = llvm::createBasicRegisterAllocator();
    }
    PassManager::add(pass);
  }

 private:
  bool many_registers_;
  bool tiles_allocated_ = false;
};

}  // namespace

Generator::Generator(std::unique_ptr<llvm::TargetMachine> machine) : machine_(std::move(machine)) {
  llvm::PassBuilder builder(machine_.get());
  builder.registerModuleAnalyses(modules_);
  builder.registerCGSCCAnalyses(components_);
  builder.registerFunctionAnalyses(functions_);
  builder.registerLoopAnalyses(loops_);
  builder.crossRegisterProxies(loops_, functions_, components_, modules_);
  quick_.addPass(llvm::EarlyCSEPass());
  quick_.addPass(llvm::DCEPass());
  quick_.addPass(llvm::SimplifyCFGPass());
  thorough_.addPass(llvm::EarlyCSEPass());
  thorough_.addPass(llvm::InstCombinePass());
  thorough_.addPass(llvm::EarlyCSEPass());
  thorough_.addPass(llvm::SimplifyCFGPass());
}

void Generator::optimise(llvm::Function& function, Effort effort) {
  (effort == Effort::thorough ? thorough_ : quick_).run(function, functions_);
  modules_.clear();
  components_.clear();
  functions_.clear();
  loops_.clear();
}

Result<Bytes> Generator::object(llvm::Module& module) {
  if (to_object_ == nullptr) {
    auto passes = std::make_unique<ShortPassManager>(*machine_);
    if (machine_->addPassesToEmitFile(*passes, stream_, nullptr, llvm::CodeGenFileType::ObjectFile,
                                      unverified)) {
      return Error{"LLVM cannot make this kind of file for the target"};
    }
    to_object_ = std::move(passes);
  }
  to_object_->run(module);
  return std::exchange(object_, {});
}

Result<Bytes> Generator::file(llvm::Module& module, llvm::CodeGenFileType type, bool optimised) {
  const llvm::CodeGenOptLevel level = machine_->getOptLevel();
  if (!optimised) machine_->setOptLevel(llvm::CodeGenOptLevel::None);
  Bytes bytes;
  llvm::raw_svector_ostream stream(bytes);
  ShortPassManager passes(*machine_);
  const bool refused = machine_->addPassesToEmitFile(passes, stream, nullptr, type, unverified);
  if (!refused) passes.run(module);
  machine_->setOptLevel(level);
  if (refused) return Error{"LLVM cannot make this kind of file for the target"};
  return bytes;
}

Result<Bytes> Generator::unoptimised_object(llvm::Module& module) {
  return file(module, llvm::CodeGenFileType::ObjectFile, false);
}

Result<Bytes> Generator::assembly(llvm::Module& module, bool optimised) {
  return file(module, llvm::CodeGenFileType::AssemblyFile, optimised);
}

namespace {

struct Idle {
  Processor processor;
  std::unique_ptr<Generator> generator;
};

/// Generators that nobody uses at the moment, the one used last at the end.
class Pool {
 public:
  std::unique_ptr<Generator> take(const Processor& processor) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&](const Idle& idle) { return idle.processor == processor; });
    if (found == idle_.rend()) return nullptr;
    std::unique_ptr<Generator> generator = std::move(found->generator);
    idle_.erase(std::prev(found.base()));
    return generator;
  }

  void give_back(const Processor& processor, std::unique_ptr<Generator> generator) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() == most_idle) idle_.erase(idle_.begin());
    idle_.push_back({processor, std::move(generator)});
  }

 private:
  static constexpr std::size_t most_idle = 8;
  std::mutex mutex_;
  std::vector<Idle> idle_;
};

Pool& pool() {
  // Never destroyed: a kernel may be compiled while other statics end.
  static Pool& instance = *new Pool;
  return instance;
}

}  // namespace

BorrowedGenerator borrowed_generator(
    const Processor& processor,
    const std::function<std::unique_ptr<llvm::TargetMachine>()>& machine) {
  std::unique_ptr<Generator> generator = pool().take(processor);
  if (generator == nullptr) {
    std::unique_ptr<llvm::TargetMachine> made = machine();
    if (made == nullptr) return nullptr;
    generator = std::make_unique<Generator>(std::move(made));
  }
  return BorrowedGenerator(generator.release(), [processor](Generator* used) {
    pool().give_back(processor, std::unique_ptr<Generator>(used));
  });
}

}  // namespace lossc::codegen
