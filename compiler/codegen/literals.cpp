// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant subgraphs such as log(2π)/2, rounded once.

#include "compiler/codegen/emitter.h"
#include "compiler/ir/interpreter.h"

namespace lossc::codegen {

double literal_value(const ir::Graph& graph, ir::ExprId id) {
  if (graph.op(id) == ir::Op::constant) return graph.constant_of(id).to_double();
  return ir::constant_value(graph, id);
}

}  // namespace lossc::codegen
