// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Comparisons, conjunctions and choices. Whole numbers are compared as integers.

#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

namespace {

llvm::CmpInst::Predicate ordered(ir::Relation relation) {
  switch (relation) {
    case ir::Relation::less:
      return llvm::CmpInst::FCMP_OLT;
    case ir::Relation::less_equal:
      return llvm::CmpInst::FCMP_OLE;
    case ir::Relation::equal:
      return llvm::CmpInst::FCMP_OEQ;
    case ir::Relation::not_equal:
      return llvm::CmpInst::FCMP_UNE;
  }
  return llvm::CmpInst::FCMP_FALSE;
}

llvm::CmpInst::Predicate whole(ir::Relation relation) {
  switch (relation) {
    case ir::Relation::less:
      return llvm::CmpInst::ICMP_SLT;
    case ir::Relation::less_equal:
      return llvm::CmpInst::ICMP_SLE;
    case ir::Relation::equal:
      return llvm::CmpInst::ICMP_EQ;
    case ir::Relation::not_equal:
      return llvm::CmpInst::ICMP_NE;
  }
  return llvm::CmpInst::ICMP_EQ;
}

}  // namespace

Value Emitter::emit_compare(ir::ExprId id, Scope& scope) {
  ir::ExprId left = graph_.operands(id)[0];
  ir::ExprId right = graph_.operands(id)[1];
  ir::Relation relation = graph_.relation(id);
  if (graph_.is_bool(left)) {
    llvm::Value* differ = scope.simd.mask_xor(boolean(left, scope), boolean(right, scope));
    return {relation == ir::Relation::equal ? scope.simd.mask_not(differ) : differ, Sort::boolean};
  }
  bool integers =
      (is_integer(left) || is_integer(right)) && integer_operand(left) && integer_operand(right);
  llvm::Value* result =
      integers ? builder_.CreateICmp(whole(relation), integer(left, scope), integer(right, scope))
               : builder_.CreateFCmp(ordered(relation), number(left, scope), number(right, scope));
  return {result, Sort::boolean};
}

Value Emitter::emit_junction(ir::ExprId id, Scope& scope) {
  bool all = graph_.op(id) == ir::Op::conjunction;
  llvm::Value* result = nullptr;
  for (ir::ExprId operand : graph_.operands(id)) {
    llvm::Value* term = boolean(operand, scope);
    result = result == nullptr ? term
             : all             ? scope.simd.mask_and(result, term)
                               : scope.simd.mask_or(result, term);
  }
  return {result == nullptr ? scope.simd.mask_constant(all) : result, Sort::boolean};
}

Value Emitter::emit_select(ir::ExprId id, Scope& scope) {
  auto operands = graph_.operands(id);
  Sort sort = graph_.is_bool(operands[1]) ? Sort::boolean
              : is_integer(id)            ? Sort::integer
                                          : Sort::number;
  llvm::Value* chosen = scope.simd.select(boolean(operands[0], scope), as(sort, operands[1], scope),
                                          as(sort, operands[2], scope));
  return {chosen, sort};
}

}  // namespace lossc::codegen
