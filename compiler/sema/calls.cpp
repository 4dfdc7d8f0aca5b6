// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls are substitution: the callee's body is checked again with its parameters bound to the
// arguments, in a frame of its own. Elements: an array for a parameter without axes has its axes
// put aside as indices, and they are opened again in the result.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/sema/checker.h"

namespace lossc::sema {

Value Checker::call(const syntax::Call& call, const SourceRange& range) {
  if (call.qualifier.empty()) {
    if (const LanguageFunction* row = find_language_function(call.callee.text)) {
      return language_call(call, *row, range);
    }
  }
  const FunctionRef callee = session_.find(*frame_->unit, call);
  if (!callee) {
    failed_ = true;
    // The arguments may be wrong too, and names in them are used.
    for (const syntax::Argument& argument : call.arguments) evaluate(*argument.value);
    return poison();
  }
  if (call.brackets) {
    error(Diagnostic::brackets_on_call, call.brackets->range, {call.callee.text});
    return poison();
  }
  if (testing_.calls != nullptr && is_loss(callee.function->kind)) {
    return test_call(callee, call, ir::OutputKind::value, nullptr, range);
  }
  return inlined(callee, call, range);
}

bool Checker::check_arity(const syntax::Call& call, const LanguageFunction& row) {
  const auto count = static_cast<int>(call.arguments.size());
  const SourceRange range = call.callee.range;
  if (count < row.least || count > row.most) {
    const std::string wanted =
        std::to_string(row.least) + (row.least == 1 ? " argument" : " arguments");
    Report& report =
        error(Diagnostic::wrong_argument_count, range, {row.name, wanted, std::to_string(count)});
    if (!row.signature.empty()) report.note("write `" + std::string(row.signature) + "`");
    return false;
  }
  for (const syntax::Argument& argument : call.arguments) {
    if (argument.name) {
      error(Diagnostic::named_argument_of_builtin, argument.name->range,
            {argument.name->text, row.name});
      return false;
    }
  }
  if (call.brackets && row.brackets == LanguageFunction::Brackets::none) {
    error(Diagnostic::brackets_on_call, call.brackets->range, {row.name});
    return false;
  }
  return true;
}

Value Checker::language_call(const syntax::Call& call, const LanguageFunction& row,
                             const SourceRange&) {
  if (!check_arity(call, row)) return poison();
  return (this->*row.lowering)(call, row);
}

bool Checker::may_call(const FunctionRef& callee, const syntax::Call& call,
                       const SourceRange& range) {
  const std::string& name = callee.function->name.text;
  std::string cycle;
  for (const Frame* frame = frame_; frame != nullptr; frame = frame->caller) {
    if (frame->declaration == nullptr) break;
    cycle = frame->declaration->name.text + (cycle.empty() ? "" : " → ") + cycle;
    if (frame->declaration == callee.function) {
      error(Diagnostic::recursion, range, {name, cycle + " → " + name});
      return false;
    }
  }
  if (frames_ >= session_.options().call_depth) {
    exhausted_ = true;
    error(Diagnostic::calls_too_deep, range, {std::to_string(session_.options().call_depth)});
    return false;
  }
  constexpr std::size_t most_calls = 20'000;
  if (++calls_ > most_calls) {
    exhausted_ = true;
    error(Diagnostic::too_many_nodes, range, {std::to_string(most_calls) + " calls"});
    return false;
  }
  const Frame* root = frame_;
  int metric_allowed = 0;
  for (;;) {
    metric_allowed += root->metric_allowed;
    if (root->caller == nullptr) break;
    root = root->caller;
  }
  const syntax::DeclarationKind kind = callee.function->kind;
  const bool root_is_metric = root->declaration != nullptr && is_metric(root->declaration->kind);
  const bool root_is_batch = root->declaration != nullptr && is_batch(root->declaration->kind);
  if (is_metric(kind) && !root_is_metric && metric_allowed == 0) {
    error(Diagnostic::metric_in_loss, range, {name})
        .note(callee.function->name.range, "declared as a metric here")
        .fix(range,
             "stop_gradient(" + std::string(session_.diagnostics().sources().text(range)) + ")",
             "say that it is constant in derivatives");
    return false;
  }
  if (is_batch(kind) && !root_is_batch) {
    error(Diagnostic::batch_in_loss, range, {name})
        .note(callee.function->name.range, "declared for a whole batch here");
    return false;
  }
  (void)call;
  return true;
}

Value Checker::inlined(const FunctionRef& callee, const syntax::Call& call,
                       const SourceRange& range) {
  std::vector<Bound> bound;
  std::vector<const syntax::Argument*> arguments;
  for (const syntax::Argument& argument : call.arguments) arguments.push_back(&argument);
  const bool matched = match_arguments(callee, arguments, range, bound);
  bool ok = may_call(callee, call, range) && matched;
  for (Bound& each : bound) {
    each.value = argument_value(each);
    ok = ok && each.value.ok();
  }
  if (!ok || exhausted_) {
    failed_ = true;
    return poison();
  }
  Frame frame;
  frame.unit = callee.unit;
  frame.declaration = callee.function;
  frame.caller = frame_;
  frame.call_site = range;
  Frame* const caller = frame_;
  std::vector<std::pair<AxisName, AxisName>> names;
  if (!bind_sizes(bound, frame, range, names)) return poison();

  // Axes of arguments for parameters that are one number: put aside.
  std::vector<std::pair<ir::Axis, ir::Axis>> lifted;  // aside, the caller's
  ir::Graph::Substitution aside;
  std::vector<const Value*> scalars;
  for (const Bound& each : bound) {
    if (!each.parameter->type || !each.parameter->type->axes.empty()) continue;
    scalars.push_back(&each.value);
    for (const ir::Axis axis : each.value.axes) {
      const bool known = std::any_of(lifted.begin(), lifted.end(),
                                     [&](const auto& pair) { return pair.second == axis; });
      if (known) continue;
      lifted.emplace_back(acquire(function_.sizes[axis.size.index]), axis);
      aside.emplace_back(axis, graph_.index(lifted.back().first));
    }
  }
  Value paired;
  if (!pair(scalars, range, paired)) return poison();
  FactScope scope(*this);
  const std::size_t facts = facts_.size();
  for (std::size_t i = 0; i < facts && !aside.empty(); ++i) {
    Value fact;
    fact.id = facts_[i];
    const Value moved = substituted(fact, aside);
    if (moved.id != fact.id) facts_.push_back(moved.id);
  }
  frame_ = &frame;
  ++frames_;
  bool entered_all = true;
  for (const Bound& each : bound) {
    Binding binding;
    binding.name = each.parameter->name.text;
    binding.range = each.parameter->name.range;
    binding.parameter = true;
    binding.used = true;
    binding.value = held(entered(each, frame, aside), each, frame);
    entered_all = entered_all && binding.value.ok();
    frame.define(std::move(binding));
  }
  Value result = entered_all ? body(frame, range) : poison();
  if (result.ok() && is_loss(callee.function->kind)) {
    result = numeric(std::move(result), range);
    if (result.ok() && !result.axes.empty()) result = poison();  // diagnosed at its declaration
    result.domain.reset();
    result.probable = false;
    result.classes.reset();
    if (result.ok()) result = pulled(std::move(result), frame);
    if (result.ok() && frame.weight) {
      const ir::ExprId weight = frame.weight->id;
      const ir::ExprId counts = graph_.compare(ir::Relation::not_equal, weight, graph_.constant(0));
      const ir::ExprId fixed = graph_.call(ir::Builtin::stop_gradient, {weight});
      result.id = graph_.guard(counts, graph_.times(fixed, result.id));
    }
  }
  --frames_;
  frame_ = caller;
  if (result.ok()) result = returned(std::move(result), frame, lifted, names);
  if (!result.ok()) failed_ = true;
  for (const auto& [axis, unused] : lifted) release(axis);
  release_frame(frame);
  return result;
}

Value Checker::returned(Value result, Frame& frame,
                        const std::vector<std::pair<ir::Axis, ir::Axis>>& lifted,
                        const std::vector<std::pair<AxisName, AxisName>>& names) {
  std::vector<std::pair<ir::Axis, AxisName>> order;
  for (const auto& [aside, axis] : lifted) order.emplace_back(aside, name_of(axis));
  for (const ir::Axis axis : result.axes) {
    const OpenAxis* open = frame.open_axis(axis);
    if (open == nullptr) return poison();
    if (!open->owned) {
      order.emplace_back(axis, name_of(axis));
      continue;
    }
    const auto bound = std::find_if(names.begin(), names.end(),
                                    [&](const auto& pair) { return pair.first == open->name; });
    if (bound != names.end()) {
      order.emplace_back(axis, bound->second);
      continue;
    }
    // Made in the callee, as by onehot: what the caller calls a size of that meaning.
    const ir::Size meant = frame.resolved(open->name.size);
    AxisName name{meant, meant.symbol.empty() ? 0 : next_scope_++};
    for (const auto& [symbol, size] : frame_->sizes) {
      if (size.symbol == meant.symbol && !meant.symbol.empty()) {
        name = AxisName{{symbol, meant.offset - size.offset}, 0};
      }
    }
    order.emplace_back(axis, name);
  }
  result = arranged(std::move(result), order);
  result.ordered = true;
  result.outer = false;
  result.name.clear();
  return result;
}

}  // namespace lossc::sema
