// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `a[i]`, `z[y]`, `box[2]`, `a[_, t]`: substitution of what stands in the brackets for the axis at
// its place. An array in the brackets gathers: its axes come in the place of the one it indexes. A
// label that may be ignored selects 0.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/suggest.h"

namespace lossc::sema {

Value Checker::subscript(const syntax::Subscript& syntax, const SourceRange& range) {
  if (const auto* name = std::get_if<syntax::Reference>(&syntax.base->node)) {
    // `count[i where c]` has no argument list, so it reads as a subscript.
    if (name->name.text == "count" && frame_->find("count") == nullptr) {
      return reduce(Reduction::count, "count", &syntax.brackets, nullptr, range);
    }
    if (frame_->find(name->name.text) == nullptr && reduction_named(name->name.text)) {
      error(Diagnostic::reduction_without_body, range, {name->name.text});
      return poison();
    }
  }
  const Value base = evaluate(*syntax.base);
  if (syntax.brackets.where != nullptr) {
    error(Diagnostic::where_in_subscript, syntax.brackets.where->range);
    return poison();
  }
  return gathered(base, syntax.brackets, range);
}

bool Checker::check_subscript(const Value& base, ir::Axis place, const Value& at,
                              const syntax::Expr& expr) {
  if (at.is_bool || at.options != nullptr) {
    error(Diagnostic::not_a_subscript, expr.range, {found_text(at)});
    return false;
  }
  const ir::Size& size = function_.sizes[place.size.index];
  const std::string name = base.name.empty() ? "the array" : "`" + base.name + "`";
  if (const ir::Number* fixed = constant(at)) {
    const auto position = fixed->to_long();
    if (!position) {
      error(Diagnostic::not_a_subscript, expr.range, {fixed->text()});
      return false;
    }
    if (*position < 0 || (size.symbol.empty() && *position >= size.offset)) {
      error(Diagnostic::subscript_out_of_range, expr.range,
            {std::to_string(*position), name_of(place).text(), name})
          .note("indices run from 0 to the size less 1");
      return false;
    }
    return true;
  }
  if (at.classes) {
    const ir::Size& classes = at.classes->size;
    const bool fits =
        classes.symbol == size.symbol && (!classes.symbol.empty() || classes.offset <= size.offset);
    if (!fits) {
      error(Diagnostic::class_of_another_axis, expr.range,
            {classes.text(), name_of(place).text(), name})
          .note(at.declared, "declared here");
      return false;
    }
    return true;
  }
  if (!range_of(at).integer) {
    error(Diagnostic::not_a_subscript, expr.range, {found_text(at)})
        .note("a subscript is an index, a class, a count or a whole number");
    return false;
  }
  return true;
}

Value Checker::gathered(const Value& base, const syntax::Brackets& brackets,
                        const SourceRange& range) {
  std::vector<Value> subscripts(brackets.items.size());
  bool ok = base.ok();
  for (std::size_t i = 0; i < brackets.items.size(); ++i) {
    const syntax::BracketItem& item = brackets.items[i];
    if (item.keep) continue;
    if (item.has_range() || item.value == nullptr) {
      if (item.has_range()) error(Diagnostic::range_in_subscript, item.range);
      failed_ = true;
      ok = false;
      continue;
    }
    Binding* index = index_in(*item.value);
    if (index != nullptr && base.ok() && i < base.axes.size()) {
      ok = settle(*index, name_of(base.axes[i]), item.range) && ok;
    }
    if (index != nullptr && !index->along && !base.ok()) continue;  // its place was not understood
    subscripts[i] = evaluate(*item.value);
    ok = ok && subscripts[i].ok();
  }
  if (!ok) return poison();
  const std::string name = base.name.empty() ? "the expression" : "`" + base.name + "`";
  if (base.options != nullptr || base.is_bool || base.axes.size() < brackets.items.size()) {
    error(Diagnostic::too_many_subscripts, range,
          {name, counted_axes(base.axes.size()), std::to_string(brackets.items.size())});
    return poison();
  }
  if (!base.ordered && base.axes.size() > 1) {
    error(Diagnostic::unordered_subscript, range, {axes_text(base)})
        .note("name it first: `let a[i, j] = …`, then `a[…]`");
    return poison();
  }
  ir::Graph::Substitution map;
  std::vector<std::pair<ir::Axis, AxisName>> order;
  std::vector<ir::ExprId> guards;
  std::vector<ir::Axis> gathering;
  for (std::size_t i = 0; i < base.axes.size(); ++i) {
    const bool kept = i >= brackets.items.size() || brackets.items[i].keep;
    if (kept) {
      order.emplace_back(base.axes[i], name_of(base.axes[i]));
      continue;
    }
    const Value& at = subscripts[i];
    if (!check_subscript(base, base.axes[i], at, *brackets.items[i].value)) return poison();
    if (at.classes && at.classes->ignore && !known(validity(at))) guards.push_back(validity(at));
    map.emplace_back(base.axes[i], at.id);
    for (const ir::Axis axis : at.axes) {
      if (std::find(gathering.begin(), gathering.end(), axis) != gathering.end()) continue;
      gathering.push_back(axis);
      order.emplace_back(axis, name_of(axis));
    }
  }
  Value result = base;
  for (std::size_t i = 0; i < base.axes.size(); ++i) {
    const bool kept = i >= brackets.items.size() || brackets.items[i].keep;
    const bool also_gathered =
        std::find(gathering.begin(), gathering.end(), base.axes[i]) != gathering.end();
    if (!kept || !also_gathered) continue;
    const std::string axis = name_of(base.axes[i]).text();
    error(Diagnostic::doubled_axis, range, {axis + ", " + axis})
        .note("give the axes indices: `let r[i, j] = …`");
    return poison();
  }
  result = substituted(std::move(result), map);
  for (const ir::ExprId guard : guards) result.id = graph_.guard(guard, result.id);
  result = arranged(std::move(result), order);
  result.ordered = true;
  result.outer = false;
  if (result.domain == ir::Domain::simplex) {
    result.domain = ir::Domain::probability;
    result.probable = true;
  }
  if (!guards.empty() && result.domain == ir::Domain::positive) {
    result.domain = ir::Domain::nonnegative;
  }
  return result;
}

}  // namespace lossc::sema
