// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of the language that work element by element, and those that tell the compiler
// something.
#include "compiler/ir/builtins.h"
#include "compiler/ir/formula.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/suggest.h"

namespace lossc::sema {

Value Checker::elementwise(const syntax::Call& call, const LanguageFunction& row) {
  std::vector<Value> values;
  bool ok = true;
  for (const syntax::Argument& argument : call.arguments) {
    values.push_back(evaluate_number(*argument.value));
    ok = ok && values.back().ok();
  }
  return ok ? applied(values, call, row) : poison();
}

Value Checker::applied(const std::vector<Value>& values, const syntax::Call& call,
                       const LanguageFunction& row) {
  const SourceRange first = call.arguments.front().value->range;
  if (row.name == "log" || row.name == "log2" || row.name == "log10") {
    check_logarithm(row.name, values[0], 0, first);
  } else if (row.name == "log1p") {
    check_logarithm(row.name, values[0], -1, first);
  } else if (row.name == "sqrt") {
    check_root("sqrt", values[0], first);
  } else if (row.name == "sigmoid" || row.name == "log_sigmoid") {
    if (values[0].probable) {
      error(Diagnostic::softmax_twice, first, {row.name, found_text(values[0])})
          .note("remove this `" + std::string(row.name) + "`, or pass a logit");
      return poison();
    }
  }
  std::vector<const Value*> operands;
  std::vector<ir::ExprId> ids;
  for (const Value& value : values) {
    operands.push_back(&value);
    ids.push_back(value.id);
  }
  Value result;
  if (!pair(operands, call.callee.range, result)) return poison();
  result.ordered = result.axes.size() == 1;
  result.domain = row.result;
  result.probable = row.result == ir::Domain::probability;
  const ir::Builtin builtin = *ir::find_builtin(row.name);
  const ir::BuiltinInfo& about = ir::info(builtin);
  if (!about.kinks.empty()) {
    remark(std::string(about.name) + ": " + std::string(about.kinks), call.callee.range);
  }
  result.id =
      about.composed ? ir::instantiated(graph_, about.means, ids) : graph_.call(builtin, ids);
  return result;
}

Value Checker::extremum(const syntax::Call& call, const LanguageFunction& row) {
  if (call.arguments.size() == 1 || call.brackets) {
    if (call.arguments.size() == 1) return reduction(call, row);
    error(Diagnostic::wrong_argument_count, call.callee.range,
          {row.name, "1 argument after brackets", std::to_string(call.arguments.size())});
    return poison();
  }
  std::vector<Value> values;
  bool ok = true;
  for (const syntax::Argument& argument : call.arguments) {
    values.push_back(evaluate_number(*argument.value));
    ok = ok && values.back().ok();
  }
  if (!ok) return poison();
  std::vector<const Value*> operands;
  for (const Value& value : values) operands.push_back(&value);
  Value result;
  if (!pair(operands, call.callee.range, result)) return poison();
  result.ordered = result.axes.size() == 1;
  const ir::Builtin builtin = row.name == "max" ? ir::Builtin::max : ir::Builtin::min;
  const ir::BuiltinInfo& about = ir::info(builtin);
  remark(std::string(about.name) + ": " + std::string(about.kinks), call.callee.range);
  result.id = values.front().id;
  for (std::size_t i = 1; i < values.size(); ++i) {
    result.id = graph_.call(builtin, {result.id, values[i].id});
  }
  return result;
}

Value Checker::clamp(const syntax::Call& call, const LanguageFunction& row) {
  std::vector<Value> values;
  bool ok = true;
  for (const syntax::Argument& argument : call.arguments) {
    values.push_back(evaluate_number(*argument.value));
    ok = ok && values.back().ok();
  }
  if (!ok) return poison();
  Value result = applied(values, call, row);
  const ir::Number* least = constant(values[1]);
  const ir::Number* most = constant(values[2]);
  if (!result.ok() || least == nullptr || most == nullptr) return result;
  if (*most < *least) {
    error(Diagnostic::empty_clamp, call.callee.range, {least->text(), most->text()});
    return poison();
  }
  if (least->sign() >= 0) {
    result.domain = *most < ir::Number(1) || most->is(1) ? ir::Domain::probability
                    : least->sign() > 0                  ? ir::Domain::positive
                                                         : ir::Domain::nonnegative;
  }
  return result;
}

Value Checker::stop_gradient(const syntax::Call& call, const LanguageFunction&) {
  ++frame_->metric_allowed;
  Value value = evaluate_number(*call.arguments.front().value);
  --frame_->metric_allowed;
  if (!value.ok()) return value;
  value.id = graph_.call(ir::Builtin::stop_gradient, {value.id});
  value.name.clear();
  return value;
}

Value Checker::assume(const syntax::Call& call, const LanguageFunction&) {
  Value value = evaluate_number(*call.arguments[0].value);
  const syntax::Expr& wanted = *call.arguments[1].value;
  const auto* word = std::get_if<syntax::Reference>(&wanted.node);
  const auto domain = word == nullptr ? std::nullopt : ir::find_domain(word->name.text);
  const bool numbers = domain && *domain != ir::Domain::class_ && *domain != ir::Domain::bool_ &&
                       *domain != ir::Domain::one_of;
  if (!numbers) {
    std::vector<std::string> names;
    for (const ir::DomainInfo& each : ir::all_domains()) names.emplace_back(each.name);
    Report& report = error(Diagnostic::assume_needs_domain, wanted.range);
    if (word != nullptr) {
      if (const std::string near = nearest(word->name.text, names); !near.empty() && !domain) {
        report.fix(wanted.range, near, "did you mean `" + near + "`?");
      }
    }
    return poison();
  }
  if (!value.ok()) return value;
  value.domain = domain;
  value.probable = *domain == ir::Domain::probability || *domain == ir::Domain::simplex;
  assumed_[value.id] = *domain;
  remark("assumed to be " + std::string(ir::info(*domain).name) + ", without proof",
         call.arguments[0].value->range);
  return value;
}

Value Checker::valid(const syntax::Call& call, const LanguageFunction&) {
  const Value label = evaluate(*call.arguments.front().value);
  if (!label.ok()) return label;
  if (!label.classes) {
    error(Diagnostic::not_a_class, call.arguments.front().value->range,
          {"valid", found_text(label)});
    return poison();
  }
  Value result;
  result.is_bool = true;
  result.axes = label.axes;
  result.ordered = label.axes.size() == 1;
  result.id = label.classes->ignore ? validity(label) : graph_.truth(true);
  return result;
}

Value Checker::onehot(const syntax::Call& call, const LanguageFunction&) {
  const Value label = evaluate(*call.arguments.front().value);
  if (!label.ok()) return label;
  if (!label.classes) {
    error(Diagnostic::not_a_class, call.arguments.front().value->range,
          {"onehot", found_text(label)});
    return poison();
  }
  // The size of the classes by the name it has here.
  AxisName name{label.classes->size, 0};
  for (const auto& [symbol, size] : frame_->sizes) {
    if (size.symbol == label.classes->size.symbol && !size.symbol.empty()) {
      name.size = {symbol, label.classes->size.offset - size.offset};
    }
  }
  const ir::Axis along = acquire(label.classes->size);
  const ir::ExprId here = graph_.compare(ir::Relation::equal, graph_.index(along), label.id);
  Value result;
  result.id = graph_.select(here, graph_.constant(1), graph_.constant(0));
  result.domain = ir::Domain::binary;
  std::vector<std::pair<ir::Axis, AxisName>> order;
  for (const ir::Axis axis : label.axes) order.emplace_back(axis, name_of(axis));
  order.emplace_back(along, name);
  result = arranged(std::move(result), order);
  result.ordered = true;
  release(along);
  return result;
}

Value Checker::only_in_tests(const syntax::Call& call, const LanguageFunction& row) {
  if (testing_.calls != nullptr) return test_derivative(call, row, call.callee.range);
  error(Diagnostic::derivative_outside_test, call.callee.range, {row.name})
      .note("derivatives are asked for by the host; in a body, `" + std::string(row.name) +
            "[x] = …` replaces one");
  return poison();
}

}  // namespace lossc::sema
