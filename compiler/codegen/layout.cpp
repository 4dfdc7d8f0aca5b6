// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a compiled function offers, from its outputs.

#include "compiler/codegen/codegen.h"
#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

CompiledLayout layout(const ir::Function& function) {
  CompiledLayout layout;
  layout.wants_value = false;
  for (std::size_t position : schedule::kernel_outputs(function)) {
    switch (function.outputs[position].kind) {
      case ir::OutputKind::value:
        layout.wants_value = true;
        break;
      case ir::OutputKind::weight:
        break;
      default:
        layout.outputs.push_back(position);
    }
  }
  layout.has_divisor = function.find(ir::OutputKind::divisor) != nullptr ||
                       function.find(ir::OutputKind::weight) != nullptr;
  layout.has_labels = !label_arrays(function).empty();
  return layout;
}

std::optional<std::size_t> divisor_output(const ir::Function& function) {
  for (ir::OutputKind kind : {ir::OutputKind::divisor, ir::OutputKind::weight}) {
    const ir::Output* output = function.find(kind);
    if (output != nullptr) return static_cast<std::size_t>(output - function.outputs.data());
  }
  return std::nullopt;
}

bool takes_whole_vectors(const ir::Function& function, const TargetOptions& options) {
  if (!options.whole_vectors || !options.contiguous) return false;
  for (const ir::Array& array : function.arrays) {
    if (array.role != ir::Role::param && !array.shape.empty()) return false;
  }
  return schedule::scheduled(function).batch().vectorised;
}

}  // namespace lossc::codegen
