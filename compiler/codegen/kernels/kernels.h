// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vector mathematics: emit_<name>(simd, x[, y]) emits the function on a whole value, as
// straight code that inlines and fuses with what surrounds it. Any width, f32 or f64 after the
// builder's type. Results are within the bounds of docs/numerics.md for every input; subnormals,
// infinities and NaN behave as in C's <math.h>, without errno and without floating-point status.

#pragma once

#include <span>
#include <string_view>

namespace llvm {
class Value;
}

namespace lossc::codegen {

class Simd;

#define LOSSC_KERNEL_PARAMETERS_1 Simd &simd, llvm::Value *x
#define LOSSC_KERNEL_PARAMETERS_2 Simd &simd, llvm::Value *x, llvm::Value *y
#define KERNEL(name, arity) llvm::Value* emit_##name(LOSSC_KERNEL_PARAMETERS_##arity);
#include "compiler/codegen/kernels/kernels.def"
#undef KERNEL
#undef LOSSC_KERNEL_PARAMETERS_1
#undef LOSSC_KERNEL_PARAMETERS_2

// The same by name: exactly one of the two emitters is set.
struct Kernel {
  std::string_view name;
  unsigned arity;
  llvm::Value* (*unary)(Simd&, llvm::Value*);
  llvm::Value* (*binary)(Simd&, llvm::Value*, llvm::Value*);
};

// In the order of kernels.def.
std::span<const Kernel> all_kernels();
// Null if there is none of that name.
const Kernel* find_kernel(std::string_view name);

}  // namespace lossc::codegen
