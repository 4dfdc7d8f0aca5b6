// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A whole declaration: sizes, parameters, body, outputs.
#include <algorithm>

#include "compiler/sema/checker.h"

namespace lossc::sema {

namespace {

ir::FunctionKind kind_of(syntax::DeclarationKind kind) {
  switch (kind) {
    case syntax::DeclarationKind::batch_loss:
      return ir::FunctionKind::batch_loss;
    case syntax::DeclarationKind::metric:
      return ir::FunctionKind::metric;
    case syntax::DeclarationKind::batch_metric:
      return ir::FunctionKind::batch_metric;
    default:
      return ir::FunctionKind::loss;
  }
}

}  // namespace

bool Checker::structure_is_right(const syntax::FunctionDeclaration& declaration) {
  const std::vector<syntax::Statement>& body = declaration.body;
  bool has_result = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (!std::holds_alternative<syntax::ResultStatement>(body[i].node)) continue;
    has_result = true;
    if (i + 1 == body.size()) continue;
    if (!structure_silent_) {
      error(Diagnostic::statement_after_result, body[i + 1].range)
          .note(body[i].range, "the result is here");
    }
    return false;
  }
  if (!has_result && !structure_silent_) {
    error(Diagnostic::missing_result, declaration.name.range, {declaration.name.text})
        .note("the last line of the body is its value");
  }
  return has_result;
}

Value Checker::parameter_value(const syntax::Parameter& parameter, const ir::Array& array,
                               ir::ArrayId id) {
  Value value;
  std::vector<ir::ExprId> subscripts;
  std::vector<AxisName> seen;
  for (const syntax::SizeExpr& axis : parameter.type->axes) {
    const AxisName name{{axis.symbol ? axis.symbol->text : "", axis.offset}};
    const int occurrence = static_cast<int>(std::count(seen.begin(), seen.end(), name));
    seen.push_back(name);
    value.axes.push_back(open_axis(name, occurrence));
    subscripts.push_back(graph_.index(value.axes.back()));
  }
  value.id = graph_.load(id, subscripts);
  value.domain = array.domain;
  value.ordered = true;
  value.name = array.name;
  value.declared = parameter.range;
  value.probable = array.domain == ir::Domain::probability || array.domain == ir::Domain::simplex;
  if (array.domain == ir::Domain::class_) {
    value.classes = ClassOf{function_.sizes[array.classes.index], array.ignore};
  } else if (array.domain == ir::Domain::bool_) {
    value.id = graph_.compare(ir::Relation::equal, value.id, graph_.constant(1));
    value.is_bool = true;
    value.domain.reset();
  } else if (array.domain == ir::Domain::one_of) {
    value.options = std::make_shared<const std::vector<std::string>>(array.options);
    value.domain.reset();
  }
  return value;
}

void Checker::declare_parameters(const syntax::FunctionDeclaration& declaration) {
  constexpr std::size_t most_parameters = 64;
  if (declaration.parameters.size() > most_parameters) {
    error(Diagnostic::too_many_parameters, declaration.parameters[most_parameters].range,
          {declaration.name.text, std::to_string(declaration.parameters.size()),
           std::to_string(most_parameters)});
    exhausted_ = true;
    return;
  }
  declare_sizes(declaration);
  for (const syntax::Parameter& parameter : declaration.parameters) {
    Binding binding;
    binding.name = parameter.name.text;
    binding.range = parameter.name.range;
    binding.parameter = true;
    const bool untyped_in_func =
        !parameter.type && declaration.kind == syntax::DeclarationKind::func;
    if (!untyped_in_func) {
      if (auto array = array_of(parameter)) {
        default_of(parameter, *array);
        const ir::ArrayId id{static_cast<std::uint16_t>(function_.arrays.size())};
        function_.arrays.push_back(*array);
        binding.value = parameter_value(parameter, *array, id);
      } else {
        failed_ = true;
      }
    }
    if (frame_->define(binding) == nullptr) {
      Report& report =
          error(Diagnostic::duplicate_name, parameter.name.range, {parameter.name.text});
      report.note(frame_->find(parameter.name.text)->range, "defined here");
    }
  }
}

/// The parser complained about this declaration: what it left out must not be complained about
/// again.
static bool has_syntax_error(const FunctionRef& reference) {
  const SourceRange& whole = reference.declaration->range;
  return std::any_of(reference.unit->syntax_errors.begin(), reference.unit->syntax_errors.end(),
                     [&](const SourceRange& place) {
                       return place.begin <= whole.end && place.end >= whole.begin;
                     });
}

bool Checker::lower(const FunctionRef& reference) {
  const syntax::FunctionDeclaration& declaration = *reference.function;
  function_.name = declaration.name.text;
  function_.module = reference.unit->name;
  function_.kind = kind_of(declaration.kind);
  function_.documentation = reference.declaration->documentation;
  function_.range = reference.declaration->range;
  Frame frame;
  frame.unit = reference.unit;
  frame.declaration = &declaration;
  frame_ = &frame;
  if (has_syntax_error(reference)) structure_silent_ = true;
  if (structure_silent_) failed_ = true;
  declare_parameters(declaration);
  const bool structured = structure_is_right(declaration);
  const SourceRange range =
      declaration.body.empty() ? declaration.name.range : declaration.body.back().range;
  Value result = body(frame, range);
  if (result.ok()) {
    finish(result, range);
  } else {
    failed_ = true;
  }
  // Where something was wrong, what is unused may be the next thing to be written.
  if (structured && !failed_) unused_parameters();
  if (graph_.exhausted() && !exhausted_) {
    error(Diagnostic::too_many_nodes, declaration.name.range,
          {std::to_string(session_.options().node_limit) + " nodes"});
  }
  frame_ = nullptr;
  return !failed_;
}

void Checker::check_func(const FunctionRef& reference) {
  const syntax::FunctionDeclaration& declaration = *reference.function;
  Frame frame;
  frame.unit = reference.unit;
  frame.declaration = &declaration;
  frame_ = &frame;
  if (has_syntax_error(reference)) structure_silent_ = true;
  const bool had_failed = failed_;
  declare_parameters(declaration);
  const bool structured = structure_is_right(declaration);
  untyped_ = std::any_of(declaration.parameters.begin(), declaration.parameters.end(),
                         [](const syntax::Parameter& parameter) { return !parameter.type; });
  body(frame, declaration.name.range);
  if (structured && (!failed_ || had_failed)) unused_parameters();
  frame_ = nullptr;
}

void Checker::finish(const Value& value, const SourceRange& range) {
  const Value result = numeric(value, range);
  if (!result.ok()) return;
  const auto& body = frame_->declaration->body;
  const auto* last =
      body.empty() ? nullptr : std::get_if<syntax::ResultStatement>(&body.back().node);
  const SourceRange place = last != nullptr ? last->value->range : range;
  if (!result.axes.empty()) {
    const std::string text(session_.diagnostics().sources().text(place));
    error(Diagnostic::result_has_axes, place, {axes_text(result)})
        .fix(place, "sum(" + text + ")", "add its elements")
        .fix(place, "mean(" + text + ")", "or take their mean");
    return;
  }
  // The value comes first among the outputs, whatever clauses stand before it.
  function_.outputs.insert(function_.outputs.begin(), output(ir::OutputKind::value, result));
}

ir::Output Checker::output(ir::OutputKind kind, const Value& value, ir::ArrayId array) {
  ir::Output result;
  result.kind = kind;
  result.array = array;
  ir::Graph::Substitution map;
  for (const ir::Axis axis : value.axes) {
    std::uint16_t next = 0;
    for (const ir::Axis taken : result.axes)
      next = static_cast<std::uint16_t>(next + (taken.size == axis.size ? 1 : 0));
    const ir::Axis canonical{axis.size, next};
    result.axes.push_back(canonical);
    map.emplace_back(axis, graph_.index(canonical));
  }
  result.root = substituted(value, std::move(map)).id;
  return result;
}

void Checker::unused_parameters() {
  for (const syntax::Parameter& parameter : frame_->declaration->parameters) {
    const Binding* binding = frame_->find(parameter.name.text);
    if (binding == nullptr || binding->used || parameter.name.text.front() == '_') continue;
    warning(Diagnostic::unused_parameter, parameter.name.range, {parameter.name.text});
  }
}

}  // namespace lossc::sema
