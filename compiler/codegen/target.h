// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The machine that code is made for. Every name is looked up in LLVM's tables before LLVM sees it,
// because LLVM ends the process at a name it does not know.
#pragma once

#include "compiler/codegen/codegen.h"
#include "compiler/codegen/generator.h"
#include "compiler/codegen/simd.h"

namespace lossc::codegen {

struct Target {
  std::string cpu;
  std::string features;
  SimdTarget simd;
  unsigned width = 1;  ///< lanes
  /// Masked loads and stores are instructions; else a vector's tail is a loop of scalars.
  bool cheap_masks = false;
  BorrowedGenerator generator;
};

Result<Target> resolved(const TargetOptions& options);

}  // namespace lossc::codegen
