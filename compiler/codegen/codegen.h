// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function of the IR (gradients added, simplified) → LLVM IR, assembly or an object, for one CPU.
// No LLVM type is reachable from here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/codegen/kernel_abi.h"
#include "compiler/ir/function.h"
#include "compiler/support/float_type.h"
#include "compiler/support/result.h"

namespace lossc::codegen {

struct CompileProfile;

struct TargetOptions {
  std::string cpu = "native";  ///< LLVM's name: native, x86-64-v2, x86-64-v3, x86-64-v4, znver4 …
  std::string triple;          ///< empty: the host's
  FloatType float_type = FloatType::f32;
  unsigned width = 0;    ///< lanes; 0: as many as the CPU's registers hold
  int optimisation = 2;  ///< 0 or 2
  /// The last axis of every array has stride 1 and, where the loss is vectorised along the batch,
  /// per-example arrays without axes and `values` have batch stride 1, weights and upstream 0 or 1:
  /// plain vector loads. Otherwise all strides come from the frame and vectors are gathered.
  bool contiguous = true;
  /// The caller gives the kernel whole vectors of examples where takes_whole_vectors() holds, those
  /// beyond the batch with weight 0: then there is no code for what is left over, which halves what
  /// there is to compile.
  bool whole_vectors = false;
  /// Per ArrayId: labels are 64-bit (else 32-bit).
  std::vector<bool> wide_labels;
};

/// What is computed, in order, of a compiled function.
struct CompiledLayout {
  bool wants_value = true;
  std::vector<std::size_t> outputs;  ///< positions in Function::outputs (gradients, Hessians)
  bool has_divisor = false;          ///< an entry `divisor` exists; else it is 1 per example
  bool has_labels = false;           ///< an entry `labels` exists
};

/// Text of the module: `--emit=llvm` (after optimisation) and `--emit=asm`.
Result<std::string> llvm_text(const ir::Function& function, const TargetOptions& options);
Result<std::string> assembly(const ir::Function& function, const TargetOptions& options);
/// A relocatable object with the entries named <prefix>_kernel, _divisor, _labels. `profile`: where
/// to put what it took, if anybody asks.
Result<std::vector<char>> object(const ir::Function& function, const TargetOptions& options,
                                 const std::string& prefix, CompileProfile* profile = nullptr);

/// The memory that code for this function wants beside its arrays.
WorkspaceLayout workspace(const ir::Function& function, FloatType type);

/// The layout that code for this function has.
CompiledLayout layout(const ir::Function& function);
/// The output that the entry `divisor` sums.
std::optional<std::size_t> divisor_output(const ir::Function& function);

/// Whether the kernel's number of examples is to be a multiple of the width: it is asked for, the
/// loss is vectorised along the batch, and one example of every array is one number.
bool takes_whole_vectors(const ir::Function& function, const TargetOptions& options);

/// Names of the CPUs that `--cpu` knows, for `list targets` and messages.
std::vector<std::string> known_cpus();
/// Whether this machine can run code for the CPU.
bool host_runs(const std::string& cpu);
/// Lanes of the widest register of the CPU.
Result<unsigned> natural_width(const TargetOptions& options);

}  // namespace lossc::codegen
