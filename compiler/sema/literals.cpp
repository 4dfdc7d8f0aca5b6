// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers and array literals. A whole number is exact; any other literal is the nearest double,
// exactly. from_chars and not strtod: a locale with decimal commas must not matter.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "compiler/sema/checker.h"

namespace lossc::sema {

namespace {

bool is_whole(const std::string& spelling) {
  return spelling.find_first_not_of("0123456789") == std::string::npos;
}

/// Exactly, by groups of digits that fit a machine word.
ir::Number whole_number(const std::string& digits) {
  constexpr std::size_t group = 15;
  ir::Number value(0);
  for (std::size_t at = 0; at < digits.size(); at += group) {
    const std::string part = digits.substr(at, group);
    long scale = 1;
    for (std::size_t i = 0; i < part.size(); ++i) scale *= 10;
    value = value * ir::Number(scale) + ir::Number(std::stol(part));
  }
  return value;
}

/// Whether a literal that no double holds is too large (and not too small): where its first digit
/// that is not 0 stands, by the decimal point and the exponent.
bool is_too_large(const std::string& spelling) {
  const std::size_t exponent_at = spelling.find_first_of("eE");
  const std::string digits = spelling.substr(0, exponent_at);
  std::size_t point = digits.find('.');
  if (point == std::string::npos) point = digits.size();
  const std::size_t first = digits.find_first_of("123456789");
  if (first == std::string::npos) return false;
  // An exponent of many digits is as good as one of six.
  double exponent = 0;
  if (exponent_at != std::string::npos) {
    bool negative = false;
    for (std::size_t i = exponent_at + 1; i < spelling.size(); ++i) {
      if (spelling[i] == '-') negative = true;
      if (spelling[i] >= '0' && spelling[i] <= '9' && exponent < 1e6) {
        exponent = exponent * 10 + (spelling[i] - '0');
      }
    }
    if (negative) exponent = -exponent;
  }
  const double magnitude =
      first < point ? static_cast<double>(point - first) : -static_cast<double>(first - point);
  return magnitude + exponent > 0;
}

}  // namespace

Value Checker::literal(const syntax::Number& syntax, const SourceRange& range) {
  const std::string& text = syntax.spelling;
  double nearest_double = 0;
  const auto [end, status] =
      std::from_chars(text.data(), text.data() + text.size(), nearest_double);
  if (status == std::errc::result_out_of_range) {
    if (is_too_large(text)) {
      error(Diagnostic::literal_too_large, range, {text.size() > 40 ? text.substr(0, 40) : text})
          .fix(range, "inf", "for infinity write `inf`");
      return poison();
    }
    warning(Diagnostic::literal_too_small, range, {text.size() > 40 ? text.substr(0, 40) : text});
    return number(ir::Number(0));
  }
  if (status != std::errc() || end != text.data() + text.size()) {
    failed_ = true;  // the parser lets no such spelling through
    return poison();
  }
  if (std::isinf(nearest_double)) {
    error(Diagnostic::literal_too_large, range, {text.substr(0, 40)});
    return poison();
  }
  if (is_whole(text)) return number(whole_number(text));
  return number(ir::Number::of_double(nearest_double));
}

Value Checker::array_literal(const syntax::ArrayLiteral& literal, const SourceRange& range) {
  std::vector<Value> elements;
  bool ok = true;
  for (const syntax::ExprPtr& element : literal.elements) {
    elements.push_back(evaluate_number(*element));
    ok = ok && elements.back().ok();
  }
  if (!ok) return poison();
  if (elements.empty()) {
    failed_ = true;  // the parser has said so
    return poison();
  }
  Value result;
  result.domain = elements.front().domain;
  result.probable = elements.front().probable;
  std::vector<const Value*> operands;
  for (const Value& element : elements) {
    operands.push_back(&element);
    if (element.domain != result.domain) result.domain.reset();
    result.probable = result.probable && element.probable;
    if (element.axes != elements.front().axes) {
      error(Diagnostic::ragged_array, range)
          .note("the elements have axes [" + axes_text(elements.front()) + "] and [" +
                axes_text(element) + "]");
      return poison();
    }
  }
  if (!pair(operands, range, result)) return poison();
  result.outer = false;
  const AxisName name{{"", static_cast<std::int64_t>(elements.size())}};
  const ir::Axis along = acquire(name.size);
  const ir::ExprId place = graph_.index(along);
  ir::ExprId chain = elements.back().id;
  for (std::size_t i = elements.size() - 1; i-- > 0;) {
    const ir::ExprId here =
        graph_.compare(ir::Relation::equal, place, graph_.constant(static_cast<long>(i)));
    chain = graph_.select(here, elements[i].id, chain);
  }
  result.id = chain;
  std::vector<std::pair<ir::Axis, AxisName>> order{{along, name}};
  for (const ir::Axis axis : result.axes) order.emplace_back(axis, name_of(axis));
  result = arranged(std::move(result), order);
  release(along);
  result.ordered = true;
  return result;
}

}  // namespace lossc::sema
