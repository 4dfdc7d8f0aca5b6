// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types of parameters: domain, axes, role and default, as an array of the function.
#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/suggest.h"

namespace lossc::sema {

bool Checker::declare_size(const syntax::SizeExpr& size) {
  constexpr std::int64_t largest = std::int64_t{1} << 48;
  const bool negative = !size.symbol && size.offset < 0;
  if (negative || size.offset > largest || size.offset < -largest) {
    error(Diagnostic::impossible_size, size.range, {std::to_string(size.offset)});
    return false;
  }
  if (!size.symbol) return true;
  const std::string& name = size.symbol->text;
  if (frame_->find(name) != nullptr) return true;
  frame_->sizes[name] = {name, 0};
  Binding binding;
  binding.kind = Binding::Kind::size;
  binding.name = name;
  binding.range = size.range;
  binding.used = true;
  frame_->define(std::move(binding));
  return true;
}

bool Checker::declare_sizes(const syntax::FunctionDeclaration& declaration) {
  bool ok = true;
  for (const syntax::Parameter& parameter : declaration.parameters) {
    if (!parameter.type) continue;
    for (const syntax::SizeExpr& axis : parameter.type->axes) ok = declare_size(axis) && ok;
    if (parameter.type->domain.text != "class" || parameter.type->arguments.empty()) continue;
    // class(K), class(J + 1): the one name in it is a size.
    const syntax::Expr* size = parameter.type->arguments.front().value.get();
    if (size == nullptr) continue;
    const auto* name = std::get_if<syntax::Reference>(&size->node);
    if (const auto* sum = std::get_if<syntax::Sum>(&size->node)) {
      for (const syntax::Term& term : sum->terms) {
        if (name == nullptr) name = std::get_if<syntax::Reference>(&term.value->node);
      }
    }
    if (name != nullptr) ok = declare_size({name->name, 0, name->name.range}) && ok;
  }
  return ok;
}

std::optional<ir::Size> Checker::size_of(const syntax::SizeExpr& size) {
  constexpr std::int64_t largest = std::int64_t{1} << 48;
  if (size.offset > largest || size.offset < -largest) return std::nullopt;
  if (!size.symbol) {
    return size.offset < 0 ? std::nullopt : std::optional(ir::Size{"", size.offset});
  }
  return frame_->resolved({size.symbol->text, size.offset});
}

bool Checker::class_arguments(const syntax::Type& type, ir::Array& array) {
  const SourceRange range = type.domain.range;
  const bool has_size = !type.arguments.empty() && !type.arguments.front().name &&
                        type.arguments.front().value != nullptr;
  const auto size = has_size ? size_expression(*type.arguments.front().value) : std::nullopt;
  if (!size) {
    error(Diagnostic::class_needs_size, has_size ? type.arguments.front().value->range : range);
    return false;
  }
  array.classes = function_.size_id(frame_->resolved(*size));
  for (std::size_t i = 1; i < type.arguments.size(); ++i) {
    const syntax::DomainArgument& argument = type.arguments[i];
    if (!argument.name || argument.name->text != "ignore" || i > 1 || argument.value == nullptr) {
      error(Diagnostic::unknown_domain_argument,
            argument.value != nullptr ? argument.value->range : range, {"class"})
          .note("write `class(K, ignore = -100)`");
      return false;
    }
    const Value value = evaluate_number(*argument.value);
    const ir::Number* fixed = constant(value);
    const auto label = fixed == nullptr ? std::nullopt : fixed->to_long();
    constexpr long int32_limit = 2147483647L;
    if (!label || *label > int32_limit || *label < -int32_limit - 1) {
      if (value.ok()) error(Diagnostic::ignore_not_whole, argument.value->range);
      return false;
    }
    array.ignore = *label;
  }
  return true;
}

bool Checker::option_words(const syntax::Type& type, ir::Array& array) {
  for (const syntax::DomainArgument& argument : type.arguments) {
    const auto* word =
        argument.value == nullptr ? nullptr : std::get_if<syntax::Reference>(&argument.value->node);
    if (word == nullptr || argument.name) {
      error(Diagnostic::unknown_domain_argument, type.range, {"one_of"})
          .note("write words: `one_of(normal, logistic)`");
      return false;
    }
    const std::string& text = word->name.text;
    if (std::find(array.options.begin(), array.options.end(), text) != array.options.end()) {
      error(Diagnostic::duplicate_name, word->name.range, {text});
      return false;
    }
    array.options.push_back(text);
  }
  if (array.options.empty()) {
    error(Diagnostic::unknown_domain_argument, type.range, {"one_of"})
        .note("write words: `one_of(normal, logistic)`");
    return false;
  }
  return true;
}

bool Checker::domain_arguments(const syntax::Type& type, const syntax::Parameter& parameter,
                               ir::Array& array) {
  (void)parameter;
  if (array.domain == ir::Domain::class_) return class_arguments(type, array);
  if (array.domain == ir::Domain::one_of) return option_words(type, array);
  if (!type.arguments.empty()) {
    error(Diagnostic::unknown_domain_argument, type.range, {type.domain.text})
        .note("axes stand in brackets: `" + type.domain.text + "[K]`");
    return false;
  }
  return true;
}

bool Checker::role_of(const syntax::Parameter& parameter, ir::Array& array) {
  const bool of_func = frame_->declaration->kind == syntax::DeclarationKind::func;
  switch (parameter.role) {
    case syntax::Role::pred:
      array.role = ir::Role::pred;
      break;
    case syntax::Role::target:
      array.role = ir::Role::target;
      break;
    case syntax::Role::param:
      array.role = ir::Role::param;
      break;
    case syntax::Role::none:
      array.role = ir::Role::param;
      break;
  }
  if (of_func) {
    if (parameter.role == syntax::Role::none) return true;
    error(Diagnostic::role_in_func, parameter.range, {parameter.name.text});
    return false;
  }
  if (parameter.role == syntax::Role::none) {
    error(Diagnostic::role_missing, parameter.range, {parameter.name.text})
        .fix({parameter.range.file, parameter.range.begin, parameter.range.begin}, "pred ",
             "`pred` is differentiated, `target` is data, `param` is shared");
    return false;
  }
  const bool option = array.domain == ir::Domain::bool_ || array.domain == ir::Domain::one_of;
  if (option && parameter.role != syntax::Role::param) {
    error(Diagnostic::domain_of_param_only, parameter.type->range, {parameter.type->domain.text})
        .note(array.domain == ir::Domain::bool_ ? "for data of 0 and 1 the domain is `binary`"
                                                : "for labels the domain is `class(K)`");
    return false;
  }
  if (array.domain == ir::Domain::class_ && parameter.role == syntax::Role::pred) {
    error(Diagnostic::pred_not_differentiable, parameter.type->range, {parameter.name.text})
        .note("a label is a `target`");
    return false;
  }
  if (option && !parameter.type->axes.empty()) {
    error(Diagnostic::option_with_axes, parameter.type->range, {parameter.name.text});
    return false;
  }
  return true;
}

std::optional<ir::Array> Checker::array_of(const syntax::Parameter& parameter) {
  ir::Array array;
  array.name = parameter.name.text;
  array.range = parameter.range;
  if (!parameter.type) {
    error(Diagnostic::type_missing, parameter.range, {parameter.name.text})
        .fix({parameter.name.range.file, parameter.name.range.end, parameter.name.range.end},
             ": real", "give it a domain");
    return std::nullopt;
  }
  const syntax::Type& type = *parameter.type;
  const auto domain = ir::find_domain(type.domain.text);
  if (!domain) {
    std::vector<std::string> names;
    for (const ir::DomainInfo& each : ir::all_domains()) names.emplace_back(each.name);
    Report& report = error(Diagnostic::unknown_domain, type.domain.range, {type.domain.text});
    if (const std::string near = nearest(type.domain.text, names); !near.empty()) {
      report.fix(type.domain.range, near, "did you mean `" + near + "`?");
    } else {
      report.note("for any number write `real`");
    }
    return std::nullopt;
  }
  array.domain = *domain;
  bool ok = domain_arguments(type, parameter, array);
  ok = role_of(parameter, array) && ok;
  constexpr std::size_t most_axes = 8;
  if (type.axes.size() > most_axes) {
    error(Diagnostic::too_many_axes, type.range,
          {std::to_string(type.axes.size()), std::to_string(most_axes)});
    return std::nullopt;
  }
  // An axis that is no size is missing from the tree; what the array would be is unknown then.
  for (const SourceRange& place : frame_->unit->syntax_errors) {
    if (place.begin >= type.range.begin && place.end <= type.range.end) return std::nullopt;
  }
  for (const syntax::SizeExpr& axis : type.axes) {
    const auto size = size_of(axis);
    if (!size) return std::nullopt;  // diagnosed with the sizes
    array.shape.push_back(function_.size_id(*size));
  }
  if (array.domain == ir::Domain::simplex && array.shape.empty()) {
    error(Diagnostic::simplex_needs_axis, type.range)
        .fix({type.range.file, type.range.end, type.range.end}, "[K]", "give it an axis");
    return std::nullopt;
  }
  return ok ? std::optional(std::move(array)) : std::nullopt;
}

bool Checker::default_numbers(const syntax::Expr& expr, const ir::Array& array, std::size_t depth,
                              std::vector<ir::Number>& numbers) {
  if (const auto* literal = std::get_if<syntax::ArrayLiteral>(&expr.node)) {
    const ir::Size* size =
        depth < array.shape.size() ? &function_.sizes[array.shape[depth].index] : nullptr;
    const auto length = static_cast<std::int64_t>(literal->elements.size());
    if (size == nullptr || (size->symbol.empty() && size->offset != length)) {
      error(Diagnostic::default_shape, expr.range, {array.name});
      return false;
    }
    bool ok = true;
    for (const syntax::ExprPtr& element : literal->elements) {
      ok = default_numbers(*element, array, depth + 1, numbers) && ok;
    }
    return ok;
  }
  if (depth != 0 && depth != array.shape.size()) {
    error(Diagnostic::default_shape, expr.range, {array.name});
    return false;
  }
  const Value value = evaluate(expr);
  if (!value.ok()) return false;
  if (value.is_bool && array.domain == ir::Domain::bool_ && graph_.op(value.id) == ir::Op::truth) {
    numbers.emplace_back(static_cast<long>(graph_.node(value.id).attribute));
    return true;
  }
  const Value as_number = numeric(value, expr.range);
  if (!as_number.ok()) return false;
  const bool fixed = as_number.axes.empty() && graph_.free_axes(as_number.id).empty() &&
                     !depends_on(as_number.id, [](const ir::Array&) { return true; });
  bool has_size = false;
  for (const ir::ExprId node : graph_.reachable({&as_number.id, 1})) {
    has_size = has_size || graph_.op(node) == ir::Op::size;
  }
  if (!fixed || has_size) {
    error(Diagnostic::default_not_constant, expr.range, {array.name});
    return false;
  }
  if (array.domain == ir::Domain::bool_) {
    error(Diagnostic::domain_mismatch, expr.range,
          {array.name, frame_->declaration->name.text, "bool", "a number"});
    return false;
  }
  const ir::Number* exact = constant(as_number);
  numbers.push_back(
      exact != nullptr ? *exact : ir::Number::of_double(ir::constant_value(graph_, as_number.id)));
  Value known = number(numbers.back());
  if (array.domain == ir::Domain::class_) return true;
  if (!lies_in(array.domain, known)) {
    error(Diagnostic::default_outside_domain, expr.range,
          {array.name, numbers.back().text(), ir::info(array.domain).name});
    return false;
  }
  return true;
}

void Checker::default_of(const syntax::Parameter& parameter, ir::Array& array) {
  if (parameter.default_value == nullptr) return;
  const syntax::Expr& expr = *parameter.default_value;
  if (parameter.role == syntax::Role::pred || parameter.role == syntax::Role::target) {
    error(Diagnostic::default_of_data, expr.range, {parameter.name.text});
    return;
  }
  if (array.domain == ir::Domain::one_of) {
    const Value value = option_argument({&parameter, nullptr, {}});
    if (!value.ok()) return;
    if (constant(value) == nullptr) {
      error(Diagnostic::default_not_constant, expr.range, {parameter.name.text});
      return;
    }
    array.default_values.push_back(*constant(value));
    array.has_default = true;
    return;
  }
  array.has_default = default_numbers(expr, array, 0, array.default_values);
  if (array.domain == ir::Domain::simplex && array.default_values.size() == 1 &&
      !(array.shape.size() == 1 && function_.sizes[array.shape[0].index] == ir::Size{"", 1})) {
    error(Diagnostic::default_outside_domain, expr.range,
          {array.name, array.default_values[0].text(), "simplex"});
  }
}

}  // namespace lossc::sema
