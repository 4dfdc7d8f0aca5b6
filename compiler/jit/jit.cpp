// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Objects linked into this process. One session serves all kernels; each kernel has a dylib of its
// own, without generators, so that nothing is found that was not put there: an object that needs
// any symbol does not link. Memory is written first and made executable afterwards, never both.

#include "compiler/jit/jit.h"

#include <atomic>

#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/Support/MemoryBuffer.h>

#include "compiler/codegen/profile.h"

namespace lossc::jit {

namespace {

namespace orc = llvm::orc;

class Session {
 public:
  static Result<Session*> get() {
    // Never destroyed: kernels may outlive every other static.
    static Result<Session*> session = made();
    return session;
  }

  orc::ExecutionSession& execution() { return execution_; }
  orc::ObjectLinkingLayer& layer() { return layer_; }
  std::string next_name() { return "kernel " + std::to_string(next_++); }

 private:
  explicit Session(std::unique_ptr<orc::ExecutorProcessControl> process)
      : execution_(std::move(process)), layer_(execution_) {
    execution_.setErrorReporter([](llvm::Error error) { llvm::consumeError(std::move(error)); });
  }

  static Result<Session*> made() {
    auto process = orc::SelfExecutorProcessControl::Create();
    if (!process) return Error{llvm::toString(process.takeError())};
    return new Session(std::move(*process));
  }

  orc::ExecutionSession execution_;
  orc::ObjectLinkingLayer layer_;
  std::atomic<std::uint64_t> next_{0};
};

/// Owns the dylib, and with it the code.
class Code {
 public:
  Code(Session& session, orc::JITDylib& dylib) : session_(session), dylib_(dylib) {}
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { llvm::consumeError(session_.execution().removeJITDylib(dylib_)); }

  Result<orc::ExecutorAddr> entry(const std::string& name) {
    auto symbol = session_.execution().lookup(
        orc::JITDylibSearchOrder{{&dylib_, orc::JITDylibLookupFlags::MatchAllSymbols}},
        session_.execution().intern(name));
    if (!symbol) return Error{"linking failed: " + llvm::toString(symbol.takeError())};
    return symbol->getAddress();
  }

 private:
  Session& session_;
  orc::JITDylib& dylib_;
};

}  // namespace

Result<std::shared_ptr<const CompiledKernel>> compiled(const ir::Function& function,
                                                       const codegen::TargetOptions& options,
                                                       codegen::CompileProfile* profile) {
  const std::string prefix = "loss";
  auto object = codegen::object(function, options, prefix, profile);
  if (!object) return object.error();
  codegen::CpuStopwatch stopwatch;
  auto session = Session::get();
  if (!session) return session.error();
  orc::JITDylib& dylib = (*session)->execution().createBareJITDylib((*session)->next_name());
  auto code = std::make_shared<Code>(**session, dylib);
  auto buffer =
      llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object->data(), object->size()), prefix);
  if (llvm::Error error = (*session)->layer().add(dylib, std::move(buffer))) {
    return Error{"linking failed: " + llvm::toString(std::move(error))};
  }
  auto kernel = std::make_shared<CompiledKernel>();
  kernel->layout = codegen::layout(function);
  kernel->workspace = codegen::workspace(function, options.float_type);
  if (codegen::takes_whole_vectors(function, options)) {
    const auto width = codegen::natural_width(options);
    if (!width) return width.error();
    kernel->examples_at_a_time = options.width != 0 ? options.width : *width;
  }
  kernel->code = code;
  struct Wanted {
    const char* name;
    bool exists;
    codegen::KernelEntry* entry;
  };
  const Wanted entries[] = {{"_kernel", true, &kernel->kernel},
                            {"_divisor", kernel->layout.has_divisor, &kernel->divisor},
                            {"_labels", kernel->layout.has_labels, &kernel->labels}};
  for (const Wanted& wanted : entries) {
    if (!wanted.exists) continue;
    auto entry = code->entry(prefix + wanted.name);
    if (!entry) return entry.error();
    *wanted.entry = entry->toPtr<codegen::KernelEntry>();
  }
  if (profile != nullptr) profile->linking = stopwatch.lap();
  return std::shared_ptr<const CompiledKernel>(std::move(kernel));
}

}  // namespace lossc::jit
