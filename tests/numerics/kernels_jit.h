// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels as callable functions, for tests and measurements: one loop over arrays, compiled for a
// given level of x86-64 and width. The process's own symbols are kept from the linker, so a kernel
// that calls libm, or anything else, cannot be linked and the test fails.

#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/PassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Transforms/InstCombine/InstCombine.h>
#include <llvm/Transforms/Scalar/EarlyCSE.h>

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/codegen/simd.h"

namespace lossc::codegen::testing {

struct Level {
  const char* cpu;
  SimdTarget target;
  bool host_runs() const {
    __builtin_cpu_init();
    if (target.has_avx512) return __builtin_cpu_supports("x86-64-v4");
    return !target.has_fma || __builtin_cpu_supports("x86-64-v3");
  }
};

inline constexpr Level levels[] = {
    {"x86-64-v2", {.has_fma = false, .has_avx512 = false}},
    {"x86-64-v3", {.has_fma = true, .has_avx512 = false}},
    {"x86-64-v4", {.has_fma = true, .has_avx512 = true}},
};

class CompiledKernel {
 public:
  // Element count is a multiple of the width. Arrays of float or double after the type.
  using Function = void (*)(const void* x, const void* y, void* out, std::size_t count);

  CompiledKernel(const Kernel& kernel, FloatType type, unsigned width, const Level& level) {
    initialise();
    auto context = std::make_unique<llvm::LLVMContext>();
    auto module = std::make_unique<llvm::Module>(std::string(kernel.name), *context);
    build(*module, kernel, type, width, level);

    jit_ = expect(llvm::orc::LLJITBuilder()
                      .setJITTargetMachineBuilder(expect(machine_builder(level)))
                      .setLinkProcessSymbolsByDefault(false)
                      .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                      .create());
    module->setDataLayout(jit_->getDataLayout());
    optimise(*module);
    check(jit_->addIRModule(llvm::orc::ThreadSafeModule(std::move(module), std::move(context))));
    function_ = expect(jit_->lookup("kernel")).toPtr<Function>();
  }

  // What an object file of the kernel would need from a linker.
  static std::vector<std::string> undefined_symbols(const Kernel& kernel, FloatType type,
                                                    unsigned width, const Level& level) {
    initialise();
    llvm::LLVMContext context;
    llvm::Module module(std::string(kernel.name), context);
    build(module, kernel, type, width, level);
    auto machine = expect(expect(machine_builder(level)).createTargetMachine());
    module.setDataLayout(machine->createDataLayout());
    optimise(module);
    llvm::orc::SimpleCompiler compiler(*machine);
    auto buffer = expect(compiler(module));
    auto object = expect(llvm::object::ObjectFile::createObjectFile(buffer->getMemBufferRef()));
    std::vector<std::string> names;
    for (const llvm::object::SymbolRef& symbol : object->symbols()) {
      const std::string name = expect(symbol.getName()).str();
      if ((expect(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined) && !name.empty()) {
        names.push_back(name);
      }
    }
    return names;
  }

  void operator()(const void* x, const void* y, void* out, std::size_t count) const {
    function_(x, y, out, count);
  }

 private:
  static void initialise() {
    static const bool initialised = [] {
      llvm::InitializeNativeTarget();
      llvm::InitializeNativeTargetAsmPrinter();
      return true;
    }();
    (void)initialised;
  }

  static llvm::Expected<llvm::orc::JITTargetMachineBuilder> machine_builder(const Level& level) {
    auto machine = llvm::orc::JITTargetMachineBuilder::detectHost();
    if (!machine) return machine;
    machine->setCPU(level.cpu);
    machine->getFeatures() = llvm::SubtargetFeatures();
    return machine;
  }

  static void check(llvm::Error error) {
    if (!error) return;
    std::fprintf(stderr, "%s\n", llvm::toString(std::move(error)).c_str());
    std::abort();
  }

  template <typename T>
  static T expect(llvm::Expected<T> value) {
    check(value.takeError());
    return std::move(*value);
  }

  static void build(llvm::Module& module, const Kernel& kernel, FloatType type, unsigned width,
                    const Level& level) {
    llvm::LLVMContext& context = module.getContext();
    llvm::IRBuilder<> builder(context);
    llvm::Type* pointer = builder.getPtrTy();
    auto* function_type = llvm::FunctionType::get(
        builder.getVoidTy(), {pointer, pointer, pointer, builder.getInt64Ty()}, false);
    auto* function =
        llvm::Function::Create(function_type, llvm::Function::ExternalLinkage, "kernel", module);
    function->addFnAttr("target-cpu", level.cpu);
    function->addFnAttr("prefer-vector-width", "512");
    auto* entry = llvm::BasicBlock::Create(context, "entry", function);
    auto* loop = llvm::BasicBlock::Create(context, "loop", function);
    auto* exit = llvm::BasicBlock::Create(context, "exit", function);
    builder.SetInsertPoint(entry);
    builder.CreateBr(loop);
    builder.SetInsertPoint(loop);
    auto* index = builder.CreatePHI(builder.getInt64Ty(), 2);
    index->addIncoming(builder.getInt64(0), entry);
    Simd simd(builder, type, width, level.target);
    auto at = [&](unsigned argument) {
      return builder.CreateGEP(simd.element_type(), function->getArg(argument), index);
    };
    llvm::Value* result = kernel.arity == 1
                              ? kernel.unary(simd, simd.load(at(0)))
                              : kernel.binary(simd, simd.load(at(0)), simd.load(at(1)));
    simd.store(result, at(2));
    llvm::Value* next = builder.CreateAdd(index, builder.getInt64(width));
    index->addIncoming(next, loop);
    builder.CreateCondBr(builder.CreateICmpULT(next, function->getArg(3)), loop, exit);
    builder.SetInsertPoint(exit);
    builder.CreateRetVoid();
    if (llvm::verifyModule(module, &llvm::errs())) std::abort();
  }

  static void optimise(llvm::Module& module) {
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager cgscc;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder passes;
    passes.registerModuleAnalyses(modules);
    passes.registerCGSCCAnalyses(cgscc);
    passes.registerFunctionAnalyses(functions);
    passes.registerLoopAnalyses(loops);
    passes.crossRegisterProxies(loops, functions, cgscc, modules);
    llvm::FunctionPassManager pipeline;
    pipeline.addPass(llvm::EarlyCSEPass());
    pipeline.addPass(llvm::InstCombinePass());
    for (llvm::Function& function : module) {
      if (!function.isDeclaration()) pipeline.run(function, functions);
    }
  }

  std::unique_ptr<llvm::orc::LLJIT> jit_;
  Function function_ = nullptr;
};

}  // namespace lossc::codegen::testing
