// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Comparisons, logic and `if`. Inside a branch, and behind `and`, the condition is a fact: it
// refines intervals, and makes a label that may be ignored usable.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/suggest.h"

namespace lossc::sema {

Value Checker::comparison(const syntax::Comparison& syntax, const SourceRange& range) {
  const auto option_of = [&](const syntax::Expr& expr) -> const Binding* {
    const auto* reference = std::get_if<syntax::Reference>(&expr.node);
    Binding* binding = reference == nullptr ? nullptr : frame_->find(reference->name.text);
    return binding != nullptr && binding->value.options != nullptr ? binding : nullptr;
  };
  if (option_of(*syntax.left) != nullptr) {
    return compare_option(syntax, evaluate(*syntax.left), *syntax.right, range);
  }
  if (option_of(*syntax.right) != nullptr) {
    return compare_option(syntax, evaluate(*syntax.right), *syntax.left, range);
  }
  Value left = evaluate(*syntax.left);
  Value right = evaluate(*syntax.right);
  if (!left.ok() || !right.ok()) return poison();
  const bool equality =
      syntax.relation == syntax::Relation::equal || syntax.relation == syntax::Relation::not_equal;
  if (left.is_bool && right.is_bool && equality) {
    Value result = equivalence(left, right);
    if (!pair({&left, &right}, range, result)) return poison();
    if (syntax.relation == syntax::Relation::not_equal) result.id = graph_.negation(result.id);
    return result;
  }
  left = numeric(std::move(left), syntax.left->range);
  right = numeric(std::move(right), syntax.right->range);
  if (!left.ok() || !right.ok()) return poison();
  Value result;
  if (!pair({&left, &right}, range, result)) return poison();
  result.is_bool = true;
  result.ordered = result.axes.size() == 1;
  const ir::Number* a = constant(left);
  const ir::Number* b = constant(right);
  if (a != nullptr && b != nullptr) {
    const bool less = *a < *b, equal = *a == *b;
    bool holds = false;
    switch (syntax.relation) {
      case syntax::Relation::less:
        holds = less;
        break;
      case syntax::Relation::less_equal:
        holds = less || equal;
        break;
      case syntax::Relation::greater:
        holds = !less && !equal;
        break;
      case syntax::Relation::greater_equal:
        holds = !less;
        break;
      case syntax::Relation::equal:
        holds = equal;
        break;
      case syntax::Relation::not_equal:
        holds = !equal;
        break;
    }
    result.id = graph_.truth(holds);
    return result;
  }
  switch (syntax.relation) {
    case syntax::Relation::less:
      result.id = graph_.compare(ir::Relation::less, left.id, right.id);
      break;
    case syntax::Relation::less_equal:
      result.id = graph_.compare(ir::Relation::less_equal, left.id, right.id);
      break;
    case syntax::Relation::greater:
      result.id = graph_.compare(ir::Relation::less, right.id, left.id);
      break;
    case syntax::Relation::greater_equal:
      result.id = graph_.compare(ir::Relation::less_equal, right.id, left.id);
      break;
    case syntax::Relation::equal:
      result.id = graph_.compare(ir::Relation::equal, left.id, right.id);
      break;
    case syntax::Relation::not_equal:
      result.id = graph_.compare(ir::Relation::not_equal, left.id, right.id);
      break;
  }
  return result;
}

Value Checker::compare_option(const syntax::Comparison& syntax, const Value& option,
                              const syntax::Expr& word, const SourceRange& range) {
  if (!option.ok()) return option;
  const bool equality =
      syntax.relation == syntax::Relation::equal || syntax.relation == syntax::Relation::not_equal;
  const auto* reference = std::get_if<syntax::Reference>(&word.node);
  if (!equality || reference == nullptr) {
    error(Diagnostic::option_as_value, range, {option.name}).note(option.declared, "declared here");
    return poison();
  }
  const std::vector<std::string>& words = *option.options;
  const auto found = std::find(words.begin(), words.end(), reference->name.text);
  if (found == words.end()) {
    std::string list;
    for (const std::string& each : words) list += (list.empty() ? "" : ", ") + each;
    Report& report =
        error(Diagnostic::unknown_option, word.range, {reference->name.text, option.name, list});
    if (const std::string near = nearest(reference->name.text, words); !near.empty()) {
      report.fix(word.range, near, "did you mean `" + near + "`?");
    }
    return poison();
  }
  Value result;
  result.is_bool = true;
  result.id = graph_.compare(
      syntax.relation == syntax::Relation::equal ? ir::Relation::equal : ir::Relation::not_equal,
      option.id, graph_.constant(static_cast<long>(found - words.begin())));
  return result;
}

Value Checker::equivalence(const Value& left, const Value& right) {
  const ir::ExprId both[] = {left.id, right.id};
  const ir::ExprId neither[] = {graph_.negation(left.id), graph_.negation(right.id)};
  const ir::ExprId either[] = {graph_.conjunction(both), graph_.conjunction(neither)};
  Value result;
  result.is_bool = true;
  result.id = graph_.disjunction(either);
  return result;
}

Value Checker::logical(const syntax::Logical& syntax, const SourceRange& range) {
  const bool conjunction = syntax.op == syntax::LogicalOp::conjunction;
  std::vector<Value> values;
  bool ok = true;
  {
    FactScope scope(*this);
    for (const syntax::ExprPtr& operand : syntax.operands) {
      values.push_back(condition(evaluate(*operand), *operand));
      if (!values.back().ok()) {
        ok = false;
        continue;
      }
      learn(values.back().id, conjunction);  // the next operand matters only then
    }
  }
  if (!ok) return poison();
  std::vector<const Value*> operands;
  std::vector<ir::ExprId> ids;
  for (const Value& value : values) {
    operands.push_back(&value);
    ids.push_back(value.id);
  }
  Value result;
  if (!pair(operands, range, result)) return poison();
  result.is_bool = true;
  result.ordered = result.axes.size() == 1;
  result.id = conjunction ? graph_.conjunction(ids) : graph_.disjunction(ids);
  return result;
}

Value Checker::both(const Value& left, const Value& right, const SourceRange& range) {
  Value result;
  if (!pair({&left, &right}, range, result)) return poison();
  const ir::ExprId operands[] = {left.id, right.id};
  result.is_bool = true;
  result.ordered = result.axes.size() == 1;
  result.id = graph_.conjunction(operands);
  return result;
}

Value Checker::conditional(const syntax::Conditional& syntax, const SourceRange& range) {
  const Value decided = condition(evaluate(*syntax.condition), *syntax.condition);
  Value consequence, alternative;
  {
    FactScope scope(*this);
    if (decided.ok()) learn(decided.id, true);
    consequence = evaluate(*syntax.consequence);
    if (consequence.ok() && !consequence.is_bool) {
      consequence = numeric(std::move(consequence), syntax.consequence->range);
    }
  }
  {
    FactScope scope(*this);
    if (decided.ok()) learn(decided.id, false);
    alternative = evaluate(*syntax.alternative);
    if (alternative.ok() && !alternative.is_bool) {
      alternative = numeric(std::move(alternative), syntax.alternative->range);
    }
  }
  if (!decided.ok() || !consequence.ok() || !alternative.ok()) return poison();
  Value result;
  if (!pair({&decided, &consequence, &alternative}, range, result)) return poison();
  result.outer = false;
  result.ordered = result.axes.size() == 1;
  if (consequence.is_bool && alternative.is_bool) {
    const ir::ExprId taken[] = {decided.id, consequence.id};
    const ir::ExprId other[] = {graph_.negation(decided.id), alternative.id};
    const ir::ExprId either[] = {graph_.conjunction(taken), graph_.conjunction(other)};
    result.is_bool = true;
    result.id = graph_.disjunction(either);
    return result;
  }
  consequence = numeric(std::move(consequence), syntax.consequence->range);
  alternative = numeric(std::move(alternative), syntax.alternative->range);
  if (consequence.domain == alternative.domain) result.domain = consequence.domain;
  result.probable = consequence.probable && alternative.probable;
  if (consequence.classes && alternative.classes &&
      consequence.classes->size == alternative.classes->size) {
    result.classes = consequence.classes;
  }
  result.id = graph_.select(decided.id, consequence.id, alternative.id);
  return result;
}

void Checker::learn(ir::ExprId fact, bool holds) {
  // The compound fact is kept too: one that is shared many times over is taken apart once.
  constexpr std::size_t most_facts = 1000;
  if (facts_.size() >= most_facts || (holds && known(fact))) return;
  const std::vector<ir::ExprId> operands(graph_.operands(fact).begin(),
                                         graph_.operands(fact).end());
  const ir::Op op = graph_.op(fact);
  if (!holds && known(graph_.negation(fact))) return;
  if (op == ir::Op::negation) return learn(operands[0], !holds);
  const ir::Op splits = holds ? ir::Op::conjunction : ir::Op::disjunction;
  if (op == splits) {
    facts_.push_back(holds ? fact : graph_.negation(fact));
    for (const ir::ExprId operand : operands) learn(operand, holds);
    return;
  }
  if (holds) {
    facts_.push_back(fact);
    return;
  }
  if (op != ir::Op::compare) {
    facts_.push_back(graph_.negation(fact));
    return;
  }
  switch (graph_.relation(fact)) {
    case ir::Relation::less:
      facts_.push_back(graph_.compare(ir::Relation::less_equal, operands[1], operands[0]));
      break;
    case ir::Relation::less_equal:
      facts_.push_back(graph_.compare(ir::Relation::less, operands[1], operands[0]));
      break;
    case ir::Relation::equal:
      facts_.push_back(graph_.compare(ir::Relation::not_equal, operands[0], operands[1]));
      break;
    case ir::Relation::not_equal:
      facts_.push_back(graph_.compare(ir::Relation::equal, operands[0], operands[1]));
      break;
  }
}

std::vector<ir::ExprId> Checker::facts_without_axes() const {
  std::vector<ir::ExprId> result;
  for (const ir::ExprId fact : facts_) {
    const ir::AxisSet& axes = graph_.free_axes(fact);
    if (std::none_of(axes.begin(), axes.end(),
                     [&](ir::Axis axis) { return frame_->open_axis(axis) != nullptr; })) {
      result.push_back(fact);
    }
  }
  return result;
}

bool Checker::known(ir::ExprId fact) const {
  return std::find(facts_.begin(), facts_.end(), fact) != facts_.end();
}

ir::ExprId Checker::validity(const Value& label) {
  return graph_.compare(ir::Relation::not_equal, label.id,
                        graph_.constant(static_cast<long>(*label.classes->ignore)));
}

}  // namespace lossc::sema
