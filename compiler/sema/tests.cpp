// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `test` blocks: the calls of a side become arrays call0, call1, … with the shape of their results;
// their arguments are numbers now. Array literals fit the callee's axes by place, and so give the
// sizes.
#include <algorithm>
#include <cmath>

#include "compiler/ir/builtins.h"
#include "compiler/ir/interpreter.h"
#include "compiler/sema/checker.h"
#include "compiler/sema/suggest.h"

namespace lossc::sema {

void Checker::begin_test(Frame& frame, std::vector<TestCall>& calls, const LowerLoss& lower_loss,
                         const std::vector<ir::Function>& functions) {
  testing_ = {&calls, &lower_loss, &functions};
  frame_ = &frame;
}

bool Checker::finish_test_side(const syntax::Expr& expr) {
  const Value value = evaluate_number(expr);
  if (!value.ok() || failed_) return false;
  function_.name = "test";
  function_.kind = ir::FunctionKind::metric;
  function_.range = expr.range;
  function_.outputs.push_back(output(ir::OutputKind::value, value));
  return true;
}

Value Checker::test_derivative(const syntax::Call& call, const LanguageFunction& row,
                               const SourceRange& range) {
  const auto* inner = std::get_if<syntax::Call>(&call.arguments.front().value->node);
  const syntax::Reference* subject = nullptr;
  if (call.brackets && call.brackets->items.size() == 1 && call.brackets->where == nullptr &&
      call.brackets->items.front().value != nullptr) {
    subject = std::get_if<syntax::Reference>(&call.brackets->items.front().value->node);
  }
  const bool of_language = inner != nullptr && inner->qualifier.empty() &&
                           find_language_function(inner->callee.text) != nullptr;
  if (inner == nullptr || subject == nullptr || of_language) {
    error(Diagnostic::derivative_form, range, {row.name});
    return poison();
  }
  const FunctionRef callee = session_.find(*frame_->unit, *inner);
  if (!callee) {
    failed_ = true;
    return poison();
  }
  if (!is_loss(callee.function->kind)) {
    error(Diagnostic::derivative_form, range, {row.name});
    return poison();
  }
  if (is_metric(callee.function->kind)) {
    error(Diagnostic::derivative_of_metric, inner->callee.range, {inner->callee.text});
    return poison();
  }
  const ir::OutputKind kind =
      row.name == "grad" ? ir::OutputKind::gradient : ir::OutputKind::hessian;
  return test_call(callee, *inner, kind, &subject->name, call.arguments.front().value->range);
}

bool Checker::literal_numbers(const syntax::Expr& expr, std::size_t depth,
                              TestCall::Argument& result) {
  constexpr std::size_t deepest = 8;
  const auto* literal = std::get_if<syntax::ArrayLiteral>(&expr.node);
  if (literal == nullptr) {
    if (depth != result.extents.size()) {
      error(Diagnostic::ragged_array, expr.range);
      return false;
    }
    const Value value = evaluate_number(expr);
    return value.ok() && constant_numbers(value, expr.range, result);
  }
  const auto length = static_cast<std::int64_t>(literal->elements.size());
  if (depth >= deepest) {
    error(Diagnostic::too_many_axes, expr.range,
          {"more than " + std::to_string(deepest), std::to_string(deepest)});
    return false;
  }
  if (depth == result.extents.size() && result.values.empty()) {
    result.extents.push_back(length);
  } else if (depth >= result.extents.size() || result.extents[depth] != length) {
    error(Diagnostic::ragged_array, expr.range);
    return false;
  }
  return std::all_of(
      literal->elements.begin(), literal->elements.end(),
      [&](const syntax::ExprPtr& element) { return literal_numbers(*element, depth + 1, result); });
}

bool Checker::constant_numbers(const Value& value, const SourceRange& range,
                               TestCall::Argument& result) {
  if (const ir::Number* exact = constant(value); exact != nullptr && value.axes.empty()) {
    result.values.push_back(exact->to_double());
    return true;
  }
  if (depends_on(value.id, [](const ir::Array&) { return true; })) {
    error(Diagnostic::test_argument_not_constant, range);
    return false;
  }
  const ir::Precision precision(256);
  auto extents = ir::extents(function_, {});
  if (!extents) {
    error(Diagnostic::test_argument_not_constant, range);
    return false;
  }
  ir::Example example;
  example.sizes = *extents;
  example.arrays.resize(function_.arrays.size());
  const ir::Output wanted = output(ir::OutputKind::value, value);
  const auto numbers = ir::interpret(function_, wanted, example);
  if (!numbers) {
    error(Diagnostic::test_argument_not_constant, range).note(numbers.error().message);
    return false;
  }
  for (const ir::Axis axis : wanted.axes) result.extents.push_back(example.sizes[axis.size.index]);
  for (const ir::Real& number : *numbers) result.values.push_back(number.convert_to<double>());
  return true;
}

bool Checker::test_argument(const syntax::Expr& expr, const ir::Array& array,
                            TestCall::Argument& result) {
  result.present = true;
  if (array.domain == ir::Domain::one_of) {
    const auto* word = std::get_if<syntax::Reference>(&expr.node);
    const auto found = word == nullptr
                           ? array.options.end()
                           : std::find(array.options.begin(), array.options.end(), word->name.text);
    if (found == array.options.end()) {
      std::string list;
      for (const std::string& each : array.options) list += (list.empty() ? "" : ", ") + each;
      error(Diagnostic::unknown_option, expr.range,
            {session_.diagnostics().sources().text(expr.range).substr(0, 40), array.name, list});
      return false;
    }
    result.values.push_back(static_cast<double>(found - array.options.begin()));
    return true;
  }
  return literal_numbers(expr, 0, result);
}

bool Checker::test_sizes(const ir::Function& callee, TestCall& call, const SourceRange& range) {
  std::map<std::string, std::string> fixed_by;
  for (std::size_t i = 0; i < callee.arrays.size(); ++i) {
    const ir::Array& array = callee.arrays[i];
    const TestCall::Argument& argument = call.arguments[i];
    if (!argument.present) continue;
    const bool repeats = argument.extents.empty() && array.role == ir::Role::param;
    if (argument.extents.size() != array.shape.size() && !repeats) {
      error(
          Diagnostic::test_axes, range,
          {array.name, counted_axes(array.shape.size()), std::to_string(argument.extents.size())});
      return false;
    }
    for (std::size_t axis = 0; axis < argument.extents.size(); ++axis) {
      const ir::Size& size = callee.sizes[array.shape[axis].index];
      const std::int64_t symbol_value = argument.extents[axis] - size.offset;
      if (size.symbol.empty() ? symbol_value != 0 : symbol_value < 0) {
        error(Diagnostic::size_mismatch, range,
              {array.name, size.text(), std::to_string(argument.extents[axis])});
        return false;
      }
      if (size.symbol.empty()) continue;
      const auto [known, added] = call.sizes.try_emplace(size.symbol, symbol_value);
      if (added) fixed_by[size.symbol] = array.name;
      if (known->second == symbol_value) continue;
      error(Diagnostic::size_mismatch, range,
            {array.name, std::to_string(known->second + size.offset),
             std::to_string(argument.extents[axis])})
          .note("`" + size.symbol + "` is " + std::to_string(known->second) + " by `" +
                fixed_by[size.symbol] + "`");
      return false;
    }
  }
  for (const ir::Size& size : callee.sizes) {
    if (size.symbol.empty() || call.sizes.count(size.symbol) != 0) continue;
    // An array default fixes a size that no argument does.
    for (const ir::Array& array : callee.arrays) {
      if (array.shape.size() == 1 && callee.sizes[array.shape[0].index].symbol == size.symbol &&
          array.default_values.size() > 1) {
        call.sizes[size.symbol] = static_cast<std::int64_t>(array.default_values.size()) -
                                  callee.sizes[array.shape[0].index].offset;
      }
    }
    if (call.sizes.count(size.symbol) != 0) continue;
    error(Diagnostic::size_unknown, range, {size.symbol, callee.name})
        .note("give it by name: `" + size.symbol + " = 3`");
    return false;
  }
  return true;
}

bool Checker::test_values(const ir::Function& callee, const TestCall& call,
                          const SourceRange& range) {
  for (std::size_t i = 0; i < callee.arrays.size(); ++i) {
    const ir::Array& array = callee.arrays[i];
    const ir::DomainInfo& domain = ir::info(array.domain);
    for (const double value : call.arguments[i].values) {
      bool inside = value >= domain.bounds.low && value <= domain.bounds.high &&
                    !(domain.open_low && value == domain.bounds.low) &&
                    (!domain.integer || value == std::floor(value)) &&
                    !(array.domain == ir::Domain::sign && value == 0);
      if (array.domain == ir::Domain::class_ && inside) {
        const ir::Size& size = callee.sizes[array.classes.index];
        const auto symbol = call.sizes.find(size.symbol);
        const std::int64_t classes =
            size.offset + (symbol == call.sizes.end() ? 0 : symbol->second);
        const bool ignored = array.ignore && value == static_cast<double>(*array.ignore);
        inside = ignored || (value >= 0 && value < static_cast<double>(classes));
      }
      if (inside || std::isnan(value)) continue;
      error(Diagnostic::test_value_outside_domain, range,
            {ir::Number::of_double(value).text(), array.name, domain.name});
      return false;
    }
  }
  return true;
}

Value Checker::test_call(const FunctionRef& callee, const syntax::Call& call, ir::OutputKind kind,
                         const syntax::Name* subject, const SourceRange& range) {
  if (testing_.in_argument) {
    error(Diagnostic::test_argument_not_constant, range);
    return poison();
  }
  std::vector<Bound> bound;
  TestCall result;
  // A size that no array fixes is an argument by name.
  std::vector<const syntax::Argument*> size_arguments;
  const auto is_size = [&](const syntax::Argument& argument) {
    return argument.name &&
           std::none_of(callee.function->parameters.begin(), callee.function->parameters.end(),
                        [&](const syntax::Parameter& parameter) {
                          return parameter.name.text == argument.name->text;
                        });
  };
  const auto index = (*testing_.lower_loss)(callee);
  if (!index) {
    failed_ = true;  // its own errors were reported
    return poison();
  }
  const ir::Function& function = (*testing_.functions)[*index];
  for (const syntax::Argument& argument : call.arguments) {
    if (!is_size(argument)) continue;
    const bool names_size =
        std::any_of(function.sizes.begin(), function.sizes.end(),
                    [&](const ir::Size& size) { return size.symbol == argument.name->text; });
    if (names_size) size_arguments.push_back(&argument);
  }
  for (const syntax::Argument* argument : size_arguments) {
    testing_.in_argument = true;
    const Value value = evaluate_number(*argument->value);
    testing_.in_argument = false;
    const ir::Number* fixed = constant(value);
    const auto extent = fixed == nullptr ? std::nullopt : fixed->to_long();
    if (!extent || *extent < 0) {
      if (value.ok()) error(Diagnostic::test_argument_not_constant, argument->value->range);
      return poison();
    }
    result.sizes[argument->name->text] = *extent;
  }
  std::vector<const syntax::Argument*> arguments;
  for (const syntax::Argument& argument : call.arguments) {
    if (std::find(size_arguments.begin(), size_arguments.end(), &argument) ==
        size_arguments.end()) {
      arguments.push_back(&argument);
    }
  }
  if (!match_arguments(callee, arguments, range, bound)) return poison();
  result.function = *index;
  result.kind = kind;
  result.range = range;
  result.arguments.resize(function.arrays.size());
  testing_.in_argument = true;
  bool ok = true;
  for (std::size_t i = 0; i < bound.size() && i < function.arrays.size(); ++i) {
    if (bound[i].argument == nullptr) continue;
    ok = test_argument(*bound[i].argument, function.arrays[i], result.arguments[i]) && ok;
  }
  testing_.in_argument = false;
  if (!ok) return poison();
  if (!test_sizes(function, result, range) || !test_values(function, result, range)) {
    return poison();
  }
  std::vector<ir::SizeId> shape;
  if (subject != nullptr) {
    const auto array = function.find_array(subject->text);
    if (!array) {
      error(Diagnostic::unknown_argument, subject->range, {function.name, subject->text});
      return poison();
    }
    const ir::Domain domain = function.arrays[array->index].domain;
    if (domain == ir::Domain::class_ || domain == ir::Domain::bool_ ||
        domain == ir::Domain::one_of) {
      error(Diagnostic::derivative_of_label, subject->range, {subject->text});
      return poison();
    }
    result.subject = subject->text;
    for (const ir::SizeId size : function.arrays[array->index].shape) {
      const ir::Size& spelled = function.sizes[size.index];
      const std::int64_t extent =
          spelled.offset + (spelled.symbol.empty() ? 0 : result.sizes[spelled.symbol]);
      shape.push_back(function_.size_id({"", extent}));
    }
  }
  ir::Array array;
  array.name = "call" + std::to_string(testing_.calls->size());
  array.role = ir::Role::param;
  array.domain = ir::Domain::real;
  array.shape = shape;
  array.range = range;
  const ir::ArrayId id{static_cast<std::uint16_t>(function_.arrays.size())};
  function_.arrays.push_back(array);
  testing_.calls->push_back(std::move(result));
  Value value;
  std::vector<ir::ExprId> subscripts;
  std::vector<AxisName> seen;
  for (const ir::SizeId size : shape) {
    const AxisName name{function_.sizes[size.index]};
    const int occurrence = static_cast<int>(std::count(seen.begin(), seen.end(), name));
    seen.push_back(name);
    value.axes.push_back(open_axis(name, occurrence));
    subscripts.push_back(graph_.index(value.axes.back()));
  }
  value.id = graph_.load(id, subscripts);
  value.ordered = true;
  return value;
}

}  // namespace lossc::sema
