// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Copies of syntax trees: the tree owns its nodes, and whoever writes a formula in another way
// needs its parts again.
#pragma once

#include <functional>

#include "compiler/syntax/ast.h"

namespace lossc::testing {

using ExpressionMap = std::function<syntax::ExprPtr(const syntax::Expr&)>;

/// The node with every operand replaced by its image. What stands in brackets is copied as it is:
/// it may bind indices.
syntax::ExprPtr with_operands(const syntax::Expr& expression, const ExpressionMap& image);

syntax::ExprPtr copy_of(const syntax::Expr& expression);
syntax::Type copy_of(const syntax::Type& type);

template <class Node>
syntax::ExprPtr expression_of(Node node) {
  auto result = std::make_unique<syntax::Expr>();
  result->node = std::move(node);
  return result;
}
syntax::ExprPtr reference_to(const std::string& name);

}  // namespace lossc::testing
