// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arguments to parameters: by place, then by name, then by default; sizes of the callee bound to
// those of the arguments; domains proved.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/suggest.h"

namespace lossc::sema {

bool Checker::match_arguments(const FunctionRef& callee,
                              const std::vector<const syntax::Argument*>& arguments,
                              const SourceRange& range, std::vector<Bound>& bound) {
  const std::vector<syntax::Parameter>& parameters = callee.function->parameters;
  for (const syntax::Parameter& parameter : parameters) bound.push_back({&parameter, nullptr, {}});
  bool ok = true, named = false;
  std::size_t place = 0;
  for (const syntax::Argument* each_argument : arguments) {
    const syntax::Argument& argument = *each_argument;
    std::size_t target = place;
    if (argument.name) {
      named = true;
      const auto found = std::find_if(
          parameters.begin(), parameters.end(),
          [&](const syntax::Parameter& each) { return each.name.text == argument.name->text; });
      if (found == parameters.end()) {
        std::vector<std::string> names;
        for (const syntax::Parameter& each : parameters) names.push_back(each.name.text);
        Report& report = error(Diagnostic::unknown_argument, argument.name->range,
                               {callee.function->name.text, argument.name->text});
        if (const std::string near = nearest(argument.name->text, names); !near.empty()) {
          report.fix(argument.name->range, near, "did you mean `" + near + "`?");
        } else {
          report.note(callee.function->name.range, "declared here");
        }
        ok = false;
        evaluate(*argument.value);
        continue;
      }
      target = static_cast<std::size_t>(found - parameters.begin());
    } else {
      ++place;
      if (named) {
        error(Diagnostic::positional_after_named, argument.value->range);
        ok = false;
        continue;
      }
    }
    if (target >= parameters.size()) {
      error(Diagnostic::wrong_argument_count, range,
            {callee.function->name.text, std::to_string(parameters.size()) + " arguments",
             std::to_string(arguments.size())})
          .note(callee.function->name.range, "declared here");
      return false;
    }
    if (bound[target].argument != nullptr) {
      error(Diagnostic::argument_given_twice, argument.value->range,
            {parameters[target].name.text});
      ok = false;
      continue;
    }
    bound[target].argument = argument.value.get();
  }
  const auto unreadable = [](const Bound& each) {
    return each.argument != nullptr && std::holds_alternative<syntax::Invalid>(each.argument->node);
  };
  if (std::any_of(bound.begin(), bound.end(), unreadable)) return false;
  for (const Bound& each : bound) {
    if (each.argument != nullptr || each.parameter->default_value != nullptr) continue;
    if (!ok && each.argument == nullptr) continue;
    error(Diagnostic::missing_argument, range,
          {callee.function->name.text, each.parameter->name.text})
        .note(each.parameter->name.range, "declared here");
    ok = false;
  }
  return ok;
}

Value Checker::option_argument(const Bound& bound) {
  const syntax::Type& type = *bound.parameter->type;
  const syntax::Expr* expr =
      bound.argument != nullptr ? bound.argument : bound.parameter->default_value.get();
  std::vector<std::string> words;
  for (const syntax::DomainArgument& word : type.arguments) {
    const auto* reference =
        word.value == nullptr ? nullptr : std::get_if<syntax::Reference>(&word.value->node);
    if (reference != nullptr) words.push_back(reference->name.text);
  }
  const auto* reference = std::get_if<syntax::Reference>(&expr->node);
  if (reference != nullptr) {
    const Binding* own = frame_->find(reference->name.text);
    if (own != nullptr && own->value.options != nullptr && *own->value.options == words) {
      return evaluate(*expr);  // the caller's own option, handed on
    }
    const auto found = std::find(words.begin(), words.end(), reference->name.text);
    if (found != words.end()) {
      Value value = number(ir::Number(static_cast<long>(found - words.begin())));
      value.options = std::make_shared<const std::vector<std::string>>(words);
      return value;
    }
  }
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  const std::string written(session_.diagnostics().sources().text(expr->range));
  Report& report = error(Diagnostic::unknown_option, expr->range,
                         {written.substr(0, 40), bound.parameter->name.text, list});
  if (const std::string near = nearest(written, words); !near.empty()) {
    report.fix(expr->range, near, "did you mean `" + near + "`?");
  }
  return poison();
}

Value Checker::argument_value(const Bound& bound) {
  const syntax::Expr* expr =
      bound.argument != nullptr ? bound.argument : bound.parameter->default_value.get();
  if (expr == nullptr) return poison();
  if (bound.parameter->type && bound.parameter->type->domain.text == "one_of") {
    return option_argument(bound);
  }
  return evaluate(*expr);
}

bool Checker::bind_size(const syntax::SizeExpr& spelled, const ir::Size& actual, const Bound& bound,
                        Frame& frame, std::map<std::string, std::string>& fixed_by) {
  const std::string& parameter = bound.parameter->name.text;
  const SourceRange place =
      bound.argument != nullptr ? bound.argument->range : bound.parameter->range;
  if (!spelled.symbol) {
    if (actual == ir::Size{"", spelled.offset}) return true;
    error(Diagnostic::size_mismatch, place,
          {parameter, std::to_string(spelled.offset), actual.text()})
        .note(spelled.range, "declared here");
    return false;
  }
  const std::string& symbol = spelled.symbol->text;
  const ir::Size meant{actual.symbol, actual.offset - spelled.offset};
  const auto [known, added] = frame.sizes.try_emplace(symbol, meant);
  if (added) {
    fixed_by[symbol] = parameter;
    Binding binding;
    binding.kind = Binding::Kind::size;
    binding.name = symbol;
    binding.range = spelled.range;
    binding.used = true;
    frame.define(std::move(binding));
    return true;
  }
  if (known->second == meant) return true;
  const ir::Size expected{known->second.symbol, known->second.offset + spelled.offset};
  error(Diagnostic::size_mismatch, place, {parameter, expected.text(), actual.text()})
      .note("`" + symbol + "` is " + known->second.text() + " by the argument `" +
            fixed_by[symbol] + "`");
  return false;
}

bool Checker::bind_sizes(const std::vector<Bound>& bound, Frame& frame, const SourceRange& range,
                         std::vector<std::pair<AxisName, AxisName>>& names) {
  std::map<std::string, std::string> fixed_by;
  bool ok = true;
  const auto actual_size = [&](ir::Axis axis) { return function_.sizes[axis.size.index]; };
  for (const Bound& each : bound) {
    if (!each.parameter->type || each.parameter->type->axes.empty()) continue;
    const std::vector<syntax::SizeExpr>& axes = each.parameter->type->axes;
    const bool repeated = each.argument == nullptr && each.value.axes.empty();
    if (repeated) continue;
    if (each.value.axes.size() != axes.size()) {
      const SourceRange place = each.argument != nullptr ? each.argument->range : range;
      Report& report = error(Diagnostic::argument_axes, place,
                             {each.parameter->name.text, counted_axes(axes.size()),
                              each.value.axes.empty() ? "none" : axes_text(each.value)});
      report.note(each.parameter->range, "declared here");
      if (each.value.axes.size() > axes.size()) {
        report.note("give the others an index: `mean[t](" + frame.declaration->name.text +
                    "(z[t], …))`");
      }
      return false;
    }
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const ir::Axis axis = each.value.axes[i];
      ok = bind_size(axes[i], actual_size(axis), each, frame, fixed_by) && ok;
      const ir::Size spelled{axes[i].symbol ? axes[i].symbol->text : "", axes[i].offset};
      names.emplace_back(AxisName{spelled}, name_of(axis));
    }
  }
  for (const Bound& each : bound) {
    if (!each.parameter->type || each.parameter->type->domain.text != "class") continue;
    const std::vector<syntax::DomainArgument>& arguments = each.parameter->type->arguments;
    if (!each.value.classes || arguments.empty() || arguments.front().value == nullptr) continue;
    syntax::SizeExpr spelled;
    spelled.range = arguments.front().value->range;
    const syntax::Expr& size = *arguments.front().value;
    // The callee's frame knows the symbols met so far; a new one is bound by the class.
    if (const auto* name = std::get_if<syntax::Reference>(&size.node)) {
      spelled.symbol = name->name;
    } else {
      Frame* const caller = frame_;
      frame_ = &frame;
      const auto known = size_expression(size);
      frame_ = caller;
      if (!known) continue;
      if (!known->symbol.empty()) spelled.symbol = syntax::Name{known->symbol, size.range};
      spelled.offset = known->offset;
    }
    ok = bind_size(spelled, each.value.classes->size, each, frame, fixed_by) && ok;
  }
  if (!ok) return false;
  // What an untyped parameter brings along keeps the caller's names, unless they are taken.
  for (const Bound& each : bound) {
    if (each.parameter->type) continue;
    for (const ir::Axis axis : each.value.axes) {
      if (frame.open_axis(axis) != nullptr) continue;
      const OpenAxis* open = frame_->open_axis(axis);
      AxisName name = open == nullptr ? AxisName{actual_size(axis), next_scope_++} : open->name;
      const std::string symbol = name.size.symbol;
      if (!symbol.empty() && name.scope == 0) {
        const ir::Size meaning = frame_->resolved({symbol, 0});
        const auto [known, added] = frame.sizes.try_emplace(symbol, meaning);
        if (added) {
          Binding binding;
          binding.kind = Binding::Kind::size;
          binding.name = symbol;
          binding.range = each.parameter->name.range;
          binding.used = true;
          frame.define(std::move(binding));
        } else if (known->second != meaning) {
          name.scope = next_scope_++;
        }
      }
      frame.open.push_back({name, open == nullptr ? 0 : open->occurrence, axis, false});
    }
  }
  return true;
}

Value Checker::entered(const Bound& bound, Frame& frame, const ir::Graph::Substitution& lifted) {
  const syntax::Parameter& parameter = *bound.parameter;
  const SourceRange place = bound.argument != nullptr ? bound.argument->range : parameter.range;
  Value value = bound.value;
  if (!parameter.type) {
    value.name = parameter.name.text;
    value.declared = parameter.range;
    value.ordered = true;
    value.outer = false;
    return value;
  }
  const syntax::Type& type = *parameter.type;
  const auto domain = ir::find_domain(type.domain.text);
  if (!domain) {
    failed_ = true;
    return poison();
  }
  Frame* const callee = frame_;
  frame_ = frame.caller;  // domains are proved where the argument is
  bool ok = true;
  const std::string& callee_name = frame.declaration->name.text;
  if (*domain == ir::Domain::class_) {
    const ir::Number* fixed = constant(value);
    const bool whole = fixed != nullptr && fixed->is_integer() && fixed->sign() >= 0;
    if (!value.classes && !whole) {
      error(Diagnostic::domain_mismatch, place,
            {parameter.name.text, callee_name, "class", found_text(value)});
      ok = false;
    } else if (!value.classes) {
      frame_ = callee;
      const auto size = type.arguments.empty() || type.arguments.front().value == nullptr
                            ? std::nullopt
                            : size_expression(*type.arguments.front().value);
      frame_ = frame.caller;
      if (size) value.classes = ClassOf{frame.resolved(*size), std::nullopt};
    } else if (value.classes->ignore && type.arguments.size() < 2 && !known(validity(value))) {
      error(Diagnostic::ignorable_label, place,
            {value.name.empty() ? "the label" : "`" + value.name + "`"});
      ok = false;
    }
  } else if (*domain != ir::Domain::one_of) {
    if (value.classes && *domain != ir::Domain::bool_) value = numeric(std::move(value), place);
    ok = value.ok() && accepts(*domain, value, place, parameter.name.text, callee_name);
    if (ok && *domain != ir::Domain::bool_ && value.is_bool) {
      value = numeric(std::move(value), place);
    }
  }
  frame_ = callee;
  if (!ok) return poison();
  ir::Graph::Substitution map = lifted;
  std::vector<ir::Axis> axes;
  if (!type.axes.empty()) {
    map.clear();
    std::vector<AxisName> seen;
    for (std::size_t i = 0; i < type.axes.size(); ++i) {
      const syntax::SizeExpr& axis = type.axes[i];
      const AxisName name{{axis.symbol ? axis.symbol->text : "", axis.offset}};
      if (axis.symbol && frame.sizes.find(axis.symbol->text) == frame.sizes.end()) {
        error(Diagnostic::size_unknown, place, {axis.symbol->text, callee_name});
        return poison();
      }
      const int occurrence = static_cast<int>(std::count(seen.begin(), seen.end(), name));
      seen.push_back(name);
      axes.push_back(open_axis(name, occurrence));
      if (i < value.axes.size()) map.emplace_back(value.axes[i], graph_.index(axes.back()));
    }
  }
  value = substituted(std::move(value), std::move(map));
  value.axes = std::move(axes);
  value.ordered = true;
  value.outer = false;
  value.name = parameter.name.text;
  value.declared = parameter.range;
  if (*domain != ir::Domain::class_) {
    value.classes.reset();
    if (*domain != ir::Domain::one_of && *domain != ir::Domain::bool_) value.domain = domain;
  }
  value.probable = *domain == ir::Domain::probability || *domain == ir::Domain::simplex;
  return value;
}

}  // namespace lossc::sema
