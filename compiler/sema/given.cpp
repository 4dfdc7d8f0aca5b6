// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls of losses that give their own derivatives: the argument is held still in the body, and the
// clauses pull it instead (autodiff/given.h). Mistakes in the clauses are diagnosed where the loss
// is declared; here they end the call.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/sema/checker.h"

namespace lossc::sema {

namespace {

bool gives(const syntax::FunctionDeclaration& loss, syntax::Clause clause, const std::string& by) {
  return std::any_of(loss.body.begin(), loss.body.end(), [&](const syntax::Statement& statement) {
    const auto* found = std::get_if<syntax::ClauseStatement>(&statement.node);
    return found != nullptr && found->clause == clause && found->subject &&
           found->subject->text == by;
  });
}

}  // namespace

/// The argument as the body sees it.
Value Checker::held(Value argument, const Bound& bound, Frame& frame) {
  const std::string& name = bound.parameter->name.text;
  if (!argument.ok() || !is_loss(frame.declaration->kind)) return argument;
  const Value original = argument;
  for (const bool gradient : {true, false}) {
    const auto clause = gradient ? syntax::Clause::grad : syntax::Clause::hess;
    if (!gives(*frame.declaration, clause, name)) continue;
    const auto hold = gradient ? ir::Builtin::hold_first : ir::Builtin::hold_second;
    argument.id = graph_.call(hold, {argument.id});
    frame.given[{name, gradient}] = {gradient, original, {}};
  }
  return argument;
}

void Checker::derivative_of_call(const syntax::ClauseStatement& statement, Value value) {
  if (!statement.subject || !value.ok()) {
    failed_ = true;
    return;
  }
  const bool gradient = statement.clause == syntax::Clause::grad;
  const auto given = frame_->given.find({statement.subject->text, gradient});
  if (given == frame_->given.end()) {
    failed_ = true;
    return;
  }
  if (Binding* binding = frame_->find(statement.subject->text)) binding->used = true;
  given->second.value = std::move(value);
}

/// Σ over the elements of the argument of what moves the result by it.
Value Checker::pulled(Value result, const Frame& frame) {
  for (const auto& [place, given] : frame.given) {
    if (!given.value.ok()) return poison();
    const std::vector<ir::Axis>& axes = given.argument.axes;
    for (const ir::Axis axis : given.value.axes) {
      if (std::find(axes.begin(), axes.end(), axis) == axes.end()) return poison();
    }
    const auto pull = given.gradient ? ir::Builtin::pull_first : ir::Builtin::pull_second;
    ir::ExprId sum = graph_.call(pull, {given.argument.id, given.value.id});
    for (const ir::Axis axis : axes) sum = graph_.reduce(ir::ReduceOp::sum, axis, sum);
    result.id = graph_.plus(result.id, sum);
  }
  return result;
}

}  // namespace lossc::sema
