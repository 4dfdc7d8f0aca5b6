// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The references of the primitives for differences that vanish: the interpreter's own definitions,
// which tests/generated compares with the meanings in builtins.def.

#include "compiler/ir/interpreter_builtins.h"
#include "tests/numerics/kernels_reference.h"

namespace lossc::codegen::testing {

long double interpreted(ir::Builtin builtin, double a, double b) {
  const ir::WorkingPrecision precision(200);
  const ir::Float x(a), y(b);
  const ir::Float* arguments[] = {&x, &y};
  const auto arity = static_cast<std::size_t>(ir::info(builtin).arity);
  const ir::Float value = ir::expansion(builtin, {arguments, arity}, 0).value;
  return mpfr_get_ld(value.get(), MPFR_RNDN);
}

}  // namespace lossc::codegen::testing
