// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bodies: `let`, `require`, the clauses, the result.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace lossc::sema {

Value Checker::body(Frame& frame, const SourceRange& range) {
  (void)range;
  FactScope scope(*this);
  Value result;
  for (const syntax::Statement& statement : frame.declaration->body) {
    if (exhausted_) return poison();
    if (const auto* definition = std::get_if<syntax::LetStatement>(&statement.node)) {
      let(*definition, statement.range);
    } else if (const auto* required = std::get_if<syntax::RequireStatement>(&statement.node)) {
      require(*required, statement.range);
    } else if (const auto* given = std::get_if<syntax::ClauseStatement>(&statement.node)) {
      clause(*given, statement.range);
    } else if (const auto* value = std::get_if<syntax::ResultStatement>(&statement.node)) {
      result = evaluate(*value->value);
    } else {
      failed_ = true;  // a check: the parser has said that its place is a test
    }
  }
  return result;
}

void Checker::let(const syntax::LetStatement& statement, const SourceRange& range) {
  Brackets brackets;
  if (statement.indices) {
    if (statement.indices->where != nullptr) {
      error(Diagnostic::where_in_let, statement.indices->where->range)
          .note("write `if … then … else …` on the right");
    }
    brackets = read_brackets(*statement.indices, true);
    find_places(brackets, {statement.value.get()});
  }
  Value value = evaluate(*statement.value);
  bool ok = brackets.ok && value.ok();
  std::vector<std::pair<ir::Axis, AxisName>> order;
  for (const std::string& name : brackets.indices) {
    const Binding* index = frame_->find(name);
    if (index->along) {
      order.emplace_back(index->axis, *index->along);
    } else if (ok) {
      error(Diagnostic::index_without_range, index->range, {name})
          .note("write `" + name + " in K`, with the size it runs over");
      ok = false;
    }
  }
  std::vector<ir::Axis> repeated;
  for (const AxisName& name : brackets.axes) {
    const int occurrence = static_cast<int>(std::count_if(
        order.begin(), order.end(), [&](const auto& entry) { return entry.second == name; }));
    order.emplace_back(open_axis(name, occurrence), name);
    repeated.push_back(order.back().first);
  }
  if (ok) {
    for (const ir::Axis axis : value.axes) {
      if (std::find(repeated.begin(), repeated.end(), axis) == repeated.end()) {
        order.emplace_back(axis, name_of(axis));
      }
    }
    value = arranged(std::move(value), order);
  }
  forget(brackets);
  Binding binding;
  binding.name = statement.name.text;
  binding.range = statement.name.range;
  if (ok) {
    binding.value = std::move(value);
    binding.value.name = statement.name.text;
    binding.value.declared = statement.name.range;
    binding.value.ordered = true;
    binding.value.outer = false;
  }
  if (frame_->define(std::move(binding)) != nullptr) return;
  const Binding* known = frame_->find(statement.name.text);
  error(Diagnostic::duplicate_name, statement.name.range, {statement.name.text})
      .note(known->range, "defined here")
      .fix(statement.name.range, statement.name.text + "'",
           "a definition is not an assignment: give it a new name");
  (void)range;
}

bool Checker::proved(ir::ExprId condition) {
  if (graph_.op(condition) == ir::Op::truth) return graph_.node(condition).attribute == 1;
  if (known(condition)) return true;
  if (graph_.op(condition) != ir::Op::compare) return false;
  const analysis::Range left = range_of(graph_.operands(condition)[0]);
  const analysis::Range right = range_of(graph_.operands(condition)[1]);
  switch (graph_.relation(condition)) {
    case ir::Relation::less:
      return left.high < right.low ||
             (left.high == right.low && (left.high_open || right.low_open));
    case ir::Relation::less_equal:
      return left.high <= right.low;
    case ir::Relation::not_equal:
      return left.high < right.low || right.high < left.low;
    case ir::Relation::equal:
      return false;
  }
  return false;
}

void Checker::require(const syntax::RequireStatement& statement, const SourceRange& range) {
  Value required = condition(evaluate(*statement.condition), *statement.condition);
  if (!required.ok()) return;
  if (graph_.op(required.id) == ir::Op::truth) {
    if (graph_.node(required.id).attribute == 0) {
      error(Diagnostic::requirement_fails, range, {statement.message});
    }
    return;
  }
  const bool in_call = frame_->caller != nullptr;
  if (in_call && proved(required.id)) return;
  const ir::ExprId fact = required.id;
  const bool on_data =
      depends_on(required.id, [](const ir::Array& array) { return array.role != ir::Role::param; });
  if (on_data) {
    if (in_call) {
      warning(Diagnostic::requirement_unchecked, frame_->call_site, {statement.message});
    } else {
      error(Diagnostic::requirement_on_data, statement.condition->range)
          .note("data is declared by its domain; a condition on it is an `if`");
    }
    return;
  }
  // Of an array of conditions, all; also of those put aside by a call by element.
  const ir::AxisSet free = graph_.free_axes(required.id);
  for (const ir::Axis axis : free) {
    required.id = graph_.reduce(ir::ReduceOp::all, axis, required.id);
  }
  if (frame_->declaration != nullptr) {
    function_.requirements.push_back({required.id, statement.message, range});
  }
  learn(fact, true);
}

void Checker::clause(const syntax::ClauseStatement& statement, const SourceRange& range) {
  const syntax::DeclarationKind kind = frame_->declaration->kind;
  const bool weighting =
      statement.clause == syntax::Clause::weight || statement.clause == syntax::Clause::divisor;
  if (!is_loss(kind)) {
    error(Diagnostic::clause_in_func, range);
    return;
  }
  if (weighting && is_batch(kind)) {
    error(Diagnostic::weight_in_batch_loss, range);
    return;
  }
  if (!weighting) return derivative_clause(statement, range);
  const bool is_weight = statement.clause == syntax::Clause::weight;
  const std::string_view word = is_weight ? "weight" : "divisor";
  ++frame_->metric_allowed;
  Value value = evaluate_number(*statement.value);
  --frame_->metric_allowed;
  if (is_weight ? frame_->weight.has_value() : frame_->divisor) {
    error(Diagnostic::duplicate_clause, range, {word});
    return;
  }
  if (!is_weight) frame_->divisor = true;
  if (!value.ok()) return;
  if (!value.axes.empty()) {
    const std::string text(session_.diagnostics().sources().text(statement.value->range));
    error(Diagnostic::result_has_axes, statement.value->range, {axes_text(value)})
        .fix(statement.value->range, "sum(" + text + ")", "add its elements")
        .fix(statement.value->range, "mean(" + text + ")", "or take their mean");
    return;
  }
  const bool root = frame_->caller == nullptr;
  if (root &&
      depends_on(value.id, [](const ir::Array& array) { return array.role == ir::Role::pred; })) {
    error(Diagnostic::weight_of_prediction, statement.value->range, {word})
        .note("multiply the loss by it instead, under `stop_gradient` if it is constant");
    return;
  }
  if (range_of(value).high < 0) {
    error(Diagnostic::negative_weight, statement.value->range, {word});
    return;
  }
  if (is_weight) frame_->weight = value;
  if (!root) return;
  function_.outputs.push_back(
      output(is_weight ? ir::OutputKind::weight : ir::OutputKind::divisor, value));
}

void Checker::derivative_clause(const syntax::ClauseStatement& statement,
                                const SourceRange& range) {
  const bool is_gradient = statement.clause == syntax::Clause::grad;
  const std::string word = is_gradient ? "grad" : "hess";
  Value value = evaluate_number(*statement.value);
  if (frame_->caller != nullptr) return derivative_of_call(statement, std::move(value));
  if (!statement.subject) {
    failed_ = true;
    return;
  }
  const syntax::Name& subject = *statement.subject;
  const auto array = function_.find_array(subject.text);
  Binding* binding = frame_->find(subject.text);
  if (binding != nullptr) binding->used = true;
  if (!array || function_.arrays[array->index].role != ir::Role::pred) {
    if (binding != nullptr && !binding->value.ok()) return;
    error(Diagnostic::derivative_of_no_pred, subject.range, {word, subject.text});
    return;
  }
  if (is_metric(frame_->declaration->kind)) {
    error(Diagnostic::derivative_of_metric, range, {frame_->declaration->name.text});
    return;
  }
  if (!value.ok()) return;
  const ir::OutputKind kind =
      is_gradient ? ir::OutputKind::given_gradient : ir::OutputKind::given_hessian;
  if (function_.find(kind, *array) != nullptr) {
    error(Diagnostic::duplicate_clause, range, {word + "[" + subject.text + "]"});
    return;
  }
  const Value& pred = binding->value;
  for (const ir::Axis axis : value.axes) {
    if (std::find(pred.axes.begin(), pred.axes.end(), axis) != pred.axes.end()) continue;
    error(Diagnostic::derivative_axes, statement.value->range,
          {subject.text, pred.axes.empty() ? "none" : axes_text(pred), axes_text(value)});
    return;
  }
  value.axes = pred.axes;  // what it lacks is repeated
  function_.outputs.push_back(output(kind, value, *array));
}

}  // namespace lossc::sema
