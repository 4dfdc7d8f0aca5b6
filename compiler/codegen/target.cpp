// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CPUs and triples: names checked against LLVM's tables, features looked up, TargetMachines made.

#include "compiler/codegen/target.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/SubtargetFeature.h>
#include <llvm/TargetParser/Triple.h>

namespace lossc::codegen {

namespace {

const char* const levels[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4"};

const llvm::Target* x86_target() {
  static const llvm::Target* target = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    std::string error;
    return llvm::TargetRegistry::lookupTarget("x86_64-unknown-linux-gnu", error);
  }();
  return target;
}

std::unique_ptr<llvm::MCSubtargetInfo> subtarget(const std::string& cpu,
                                                 const std::string& features = "") {
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      x86_target()->createMCSubtargetInfo("x86_64-unknown-linux-gnu", cpu, features));
}

bool known(const std::string& cpu) {
  static const auto generic = subtarget("");
  // LLVM keeps 32-bit processors in the same table.
  return generic != nullptr && generic->isCPUStringValid(cpu) &&
         subtarget(cpu)->checkFeatures("+64bit");
}

std::string host_features() {
  static const std::string features = [] {
    llvm::SubtargetFeatures list;
    for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
      list.AddFeature(feature.getKey(), feature.getValue());
    }
    return list.getString();
  }();
  return features;
}

/// Asked once: the instruction that tells is slow, above all in a virtual machine.
const std::string& host_name() {
  static const std::string name = llvm::sys::getHostCPUName().str();
  return name;
}

struct Named {
  std::string cpu;
  std::string features;
};

Result<Named> named(const TargetOptions& options) {
  if (options.cpu == "native" || options.cpu.empty()) {
    return Named{host_name(), host_features()};
  }
  if (!known(options.cpu)) {
    std::string names;
    for (const char* level : levels) names += std::string(level) + ", ";
    return Error{
        fmt::format("unknown CPU '{}'; known are native, {}and LLVM's names such as znver4 "
                    "(`lossc list targets` shows all)",
                    options.cpu, names)};
  }
  return Named{options.cpu, ""};
}

}  // namespace

std::vector<std::string> known_cpus() {
  std::vector<std::string> names{"native"};
  for (const char* level : levels) names.emplace_back(level);
  auto generic = subtarget("");
  for (const llvm::SubtargetSubTypeKV& row : generic->getAllProcessorDescriptions()) {
    std::string name = row.Key;
    if (std::ranges::find(names, name) == names.end() && known(name) &&
        subtarget(name)->checkFeatures("+sse4.1")) {
      names.push_back(name);
    }
  }
  return names;
}

bool host_runs(const std::string& cpu) {
  if (cpu == "native") return true;
  if (!known(cpu)) return false;
  auto wanted = subtarget(cpu);
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    std::string plus = "+" + feature.getKey().str();
    if (!feature.getValue() && wanted->checkFeatures(plus)) return false;
  }
  return true;
}

Result<Target> resolved(const TargetOptions& options) {
  if (x86_target() == nullptr) return Error{"this LLVM was built without x86-64"};
  llvm::Triple triple(options.triple.empty() ? llvm::sys::getDefaultTargetTriple()
                                             : llvm::Triple::normalize(options.triple));
  if (triple.getArch() != llvm::Triple::x86_64 || !triple.isOSBinFormatELF()) {
    return Error{
        fmt::format("unsupported target '{}'; known are x86_64-linux-gnu and other x86_64 "
                    "triples whose objects are ELF",
                    triple.str())};
  }
  Result<Named> chosen = named(options);
  if (!chosen) return chosen.error();
  auto info = subtarget(chosen->cpu, chosen->features);
  if (!info->checkFeatures("+sse4.1")) {
    return Error{fmt::format("the CPU '{}' is too old: x86-64-v2 (SSE4.1) is needed", options.cpu)};
  }
  Target target;
  target.cpu = chosen->cpu;
  target.features = chosen->features;
  target.simd.has_fma = info->checkFeatures("+fma,+avx2");
  target.simd.has_avx512 =
      target.simd.has_fma && info->checkFeatures("+avx512f,+avx512vl,+avx512dq,+avx512bw");
  target.cheap_masks = info->checkFeatures("+avx2");
  unsigned bytes = target.simd.has_avx512 ? 64 : info->checkFeatures("+avx") ? 32 : 16;
  target.width =
      options.width != 0 ? options.width : bytes / (options.float_type == FloatType::f32 ? 4 : 8);
  if (target.width > 64 || (target.width & (target.width - 1)) != 0) {
    return Error{fmt::format("the width {} is not a power of two up to 64", target.width)};
  }
  const bool optimised = options.optimisation != 0;
  target.generator =
      borrowed_generator({triple.str(), target.cpu, target.features, optimised}, [&] {
        return std::unique_ptr<llvm::TargetMachine>(x86_target()->createTargetMachine(
            triple.str(), target.cpu, target.features, llvm::TargetOptions(), llvm::Reloc::PIC_,
            llvm::CodeModel::Small,
            optimised ? llvm::CodeGenOptLevel::Less : llvm::CodeGenOptLevel::None));
      });
  if (target.generator == nullptr) return Error{"LLVM makes no code for " + triple.str()};
  return target;
}

Result<unsigned> natural_width(const TargetOptions& options) {
  TargetOptions natural = options;
  natural.width = 0;
  Result<Target> target = resolved(natural);
  if (!target) return target.error();
  return target->width;
}

}  // namespace lossc::codegen
