// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sum, mean, variance, prod, max, min, logsumexp, argmax, argmin, count, any, all: over all open
// axes, over named ones, or over indices with an optional filter. A mean is a sum over a count: of
// nothing it is 0 · 0⁻¹ = 0 · ∞, which is 0.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/index_terms.h"

namespace lossc::sema {

std::optional<Checker::Reduction> Checker::reduction_named(std::string_view name) {
  static constexpr std::pair<std::string_view, Reduction> table[] = {
      {"sum", Reduction::sum},           {"mean", Reduction::mean},
      {"variance", Reduction::variance}, {"prod", Reduction::prod},
      {"max", Reduction::max},           {"min", Reduction::min},
      {"logsumexp", Reduction::lse},     {"argmax", Reduction::argmax},
      {"argmin", Reduction::argmin},     {"count", Reduction::count},
      {"any", Reduction::any},           {"all", Reduction::all}};
  for (const auto& [known, reduction] : table) {
    if (known == name) return reduction;
  }
  return std::nullopt;
}

Value Checker::reduction(const syntax::Call& call, const LanguageFunction& row) {
  const Reduction kind = *reduction_named(row.name);
  return reduce(kind, std::string(row.name), call.brackets ? &*call.brackets : nullptr,
                call.arguments.front().value.get(), call.callee.range);
}

bool Checker::axes_to_reduce(const Value& value, const Brackets* brackets, const SourceRange& range,
                             const std::string& name, std::vector<ir::Axis>& axes) {
  if (brackets == nullptr) {
    if (value.axes.empty()) {
      error(Diagnostic::nothing_to_reduce, range, {name})
          .note("the batch is implicit: the host chooses how examples are reduced");
      return false;
    }
    axes = value.axes;
    return true;
  }
  for (std::size_t i = 0; i < brackets->axes.size(); ++i) {
    const AxisName& wanted = brackets->axes[i];
    std::vector<ir::Axis> found;
    for (const ir::Axis axis : value.axes) {
      if (name_of(axis) == wanted) found.push_back(axis);
    }
    if (found.empty()) {
      error(Diagnostic::no_such_axis, brackets->ranges[i],
            {wanted.text(), value.axes.empty() ? "no axes" : "axes " + axes_text(value)});
      return false;
    }
    if (found.size() > 1 || std::find(axes.begin(), axes.end(), found.front()) != axes.end()) {
      error(Diagnostic::doubled_axis, brackets->ranges[i], {axes_text(value)})
          .note("reduce by index: `" + name + "[i](a[i, …])`");
      return false;
    }
    axes.push_back(found.front());
  }
  return true;
}

Value Checker::without(Value value, const std::vector<ir::Axis>& axes) {
  std::vector<std::pair<ir::Axis, AxisName>> order;
  for (const ir::Axis axis : value.axes) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) {
      order.emplace_back(axis, name_of(axis));
    }
  }
  value = arranged(std::move(value), order);
  value.ordered = value.axes.size() == 1;
  value.outer = false;
  value.name.clear();
  return value;
}

Value Checker::reduce(Reduction reduction, const std::string& name, const syntax::Brackets* syntax,
                      const syntax::Expr* body, const SourceRange& range) {
  Brackets brackets;
  std::vector<ir::ExprId> outer_facts = facts_without_axes();
  outer_facts.swap(facts_);
  if (syntax != nullptr) {
    brackets = read_brackets(*syntax, false);
    if (brackets.axes.empty() && brackets.ok && brackets.indices.empty()) {
      error(Diagnostic::empty_brackets, syntax->range);
      brackets.ok = false;
    }
    std::vector<const syntax::Expr*> bodies;
    for (const syntax::BracketItem* item : brackets.computed) {
      bodies.push_back(item->range_first.get());
      bodies.push_back(item->range_last.get());
    }
    if (syntax->where != nullptr) bodies.push_back(syntax->where.get());
    if (body != nullptr) bodies.push_back(body);
    find_places(brackets, bodies);
  }
  Value filter, value, ranges;
  bool ok = computed_ranges(brackets, ranges) && brackets.ok, counts_filter = false;
  if (syntax != nullptr && syntax->where != nullptr) {
    filter = condition(evaluate(*syntax->where), *syntax->where);
    ok = ok && filter.ok();
    if (filter.ok()) learn(filter.id, true);
    if (ok && brackets.indices.empty()) {
      error(Diagnostic::filter_without_index, syntax->where->range)
          .note("name an index: `" + name + "[i where …](…)`");
      ok = false;
    }
  }
  if (body != nullptr) {
    value = evaluate(*body);
    ok = ok && value.ok();
    const bool logic =
        reduction == Reduction::count || reduction == Reduction::any || reduction == Reduction::all;
    if (ok) {
      value = logic ? condition(std::move(value), *body) : numeric(std::move(value), body->range);
      ok = value.ok();
    }
  } else if (filter.ok()) {
    value = filter;  // count[i where c] counts where c holds
    counts_filter = true;
  } else if (ok) {
    error(Diagnostic::reduction_without_body, range, {name});
    ok = false;
  }
  facts_.swap(outer_facts);
  std::vector<ir::Axis> axes;
  for (const std::string& index : brackets.indices) {
    const Binding* binding = frame_->find(index);
    if (ok && !binding->along && looks_like_size(index)) {
      error(Diagnostic::no_such_axis, binding->range,
            {index, value.axes.empty() ? "no axes" : "axes " + axes_text(value)});
      ok = false;
    } else if (ok && !binding->along) {
      error(Diagnostic::index_without_range, binding->range, {index})
          .note("write `" + index + " in K`, with the size it runs over");
      ok = false;
    }
    if (binding->along) axes.push_back(binding->axis);
  }
  if (ok && brackets.indices.empty()) {
    ok = axes_to_reduce(value, syntax == nullptr ? nullptr : &brackets, range, name, axes);
    if (ok && syntax == nullptr && value.outer &&
        (reduction == Reduction::sum || reduction == Reduction::mean)) {
      warning(Diagnostic::outer_sum, range, {name, axes_text(value)})
          .note("if every pair is meant, name the axes: `" + name + "[" + axes_text(value) +
                "](…)`");
    }
  }
  Value selected = counts_filter ? Value{} : filter;
  if (ok && ranges.ok()) selected = selected.ok() ? both(ranges, selected, range) : ranges;
  Value result =
      ok ? reduce_axes(reduction, value, axes, selected.ok() ? &selected : nullptr, range)
         : poison();
  if (result.classes && brackets.indices.size() == 1) {
    result = counted_from(frame_->find(brackets.indices.front())->first, std::move(result));
  }
  forget(brackets);
  return result;
}

/// The position along a range that begins at `first` as the index that it is.
Value Checker::counted_from(std::int64_t first, Value position) {
  if (first == 0) return position;
  const std::pair<ir::ExprId, ir::Number> term{position.id, ir::Number(1)};
  position.id = graph_.add(ir::Number(static_cast<long>(first)), {&term, 1});
  position.classes->size.offset += first;
  if (first > 0) return position;
  position.classes.reset();
  position.domain.reset();
  return position;
}

ir::ExprId Checker::fold(ir::ReduceOp op, ir::ExprId body, const std::vector<ir::Axis>& axes) {
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    body = graph_.reduce(op, *axis, body);
  }
  return body;
}

ir::ExprId Checker::average(ir::ExprId body, const std::vector<ir::Axis>& axes,
                            const Value* filter) {
  const ir::ExprId kept = filter == nullptr ? body : graph_.guard(filter->id, body);
  std::vector<std::pair<ir::ExprId, ir::Number>> powers{
      {fold(ir::ReduceOp::sum, kept, axes), ir::Number(1)}};
  if (filter != nullptr) {
    const ir::ExprId one = graph_.select(filter->id, graph_.constant(1), graph_.constant(0));
    powers.emplace_back(fold(ir::ReduceOp::sum, one, axes), ir::Number(-1));
  } else {
    for (const ir::Axis axis : axes) powers.emplace_back(graph_.size(axis.size), ir::Number(-1));
  }
  return graph_.mul(ir::Number(1), powers);
}

// Where everything selected is as bad as what is not, the first that is selected.
ir::ExprId Checker::position(bool largest, const Value& body, ir::Axis axis, const Value* filter) {
  const ir::ReduceOp op = largest ? ir::ReduceOp::argmax : ir::ReduceOp::argmin;
  if (filter == nullptr) return graph_.reduce(op, axis, body.id);
  const ir::ExprId worst = graph_.constant(ir::Number::infinity(largest));
  const ir::ExprId kept = graph_.select(filter->id, body.id, worst);
  const ir::ExprId best = graph_.reduce(op, axis, kept);
  if (!range_of(body).may_be_infinite) return best;
  const ir::ExprId one = graph_.select(filter->id, graph_.constant(1), graph_.constant(0));
  const ir::ExprId first = graph_.reduce(ir::ReduceOp::argmax, axis, one);
  const ir::ReduceOp extreme = largest ? ir::ReduceOp::max : ir::ReduceOp::min;
  const ir::ExprId found = graph_.reduce(extreme, axis, kept);
  return graph_.select(graph_.compare(ir::Relation::equal, found, worst), first, best);
}

Value Checker::reduce_axes(Reduction reduction, const Value& body,
                           const std::vector<ir::Axis>& axes, const Value* filter,
                           const SourceRange& range) {
  Value result;
  if (filter != nullptr) {
    if (!pair({&body, filter}, range, result)) return poison();
  } else {
    result.axes = body.axes;
  }
  const bool arg = reduction == Reduction::argmax || reduction == Reduction::argmin;
  if (arg && axes.size() != 1) {
    error(Diagnostic::one_axis_needed, range, {"argmax and argmin", axes_text(body)})
        .note("name one: `argmax[K](…)`");
    return poison();
  }
  const ir::ExprId infinite = graph_.constant(ir::Number::infinity());
  const ir::ExprId minus_infinite = graph_.constant(ir::Number::infinity(true));
  const auto filtered = [&](ir::ExprId otherwise) {
    return filter == nullptr ? body.id : graph_.select(filter->id, body.id, otherwise);
  };
  switch (reduction) {
    case Reduction::sum:
      result.id = fold(ir::ReduceOp::sum, filtered(graph_.constant(0)), axes);
      result.probable = body.probable;
      break;
    case Reduction::mean: {
      result.id = average(body.id, axes, filter);
      result.probable = body.probable;
      if (body.domain != ir::Domain::binary && body.domain != ir::Domain::sign &&
          body.domain != ir::Domain::count && body.domain != ir::Domain::class_) {
        result.domain = body.domain == ir::Domain::simplex ? ir::Domain::probability : body.domain;
      }
      if (filter != nullptr && result.domain == ir::Domain::positive) {
        result.domain = ir::Domain::nonnegative;
      }
      break;
    }
    case Reduction::variance: {
      const ir::ExprId deviation = graph_.minus(body.id, average(body.id, axes, filter));
      result.id = average(graph_.power(deviation, ir::Number(2)), axes, filter);
      result.domain = ir::Domain::nonnegative;
      break;
    }
    case Reduction::prod:
      result.id = fold(ir::ReduceOp::prod, filtered(graph_.constant(1)), axes);
      result.probable = body.probable;
      break;
    case Reduction::max:
    case Reduction::min: {
      const bool max = reduction == Reduction::max;
      result.id = fold(max ? ir::ReduceOp::max : ir::ReduceOp::min,
                       filtered(max ? minus_infinite : infinite), axes);
      result.domain = filter == nullptr ? body.domain : std::nullopt;
      if (result.domain == ir::Domain::simplex) result.domain = ir::Domain::probability;
      result.probable = body.probable;
      remark(std::string(max ? "max" : "min") + " has a kink where two elements tie", range);
      break;
    }
    case Reduction::lse:
      result.id = fold(ir::ReduceOp::lse, filtered(minus_infinite), axes);
      break;
    case Reduction::argmax:
    case Reduction::argmin:
      result.id = position(reduction == Reduction::argmax, body, axes.front(), filter);
      result.domain = ir::Domain::class_;
      result.classes = ClassOf{function_.sizes[axes.front().size.index], std::nullopt};
      break;
    case Reduction::count: {
      const ir::ExprId one = graph_.select(body.id, graph_.constant(1), graph_.constant(0));
      result.id =
          fold(ir::ReduceOp::sum, filter == nullptr ? one : graph_.guard(filter->id, one), axes);
      result.domain = ir::Domain::count;
      break;
    }
    case Reduction::any: {
      const ir::ExprId both[] = {filter == nullptr ? body.id : filter->id, body.id};
      result.id =
          fold(ir::ReduceOp::any, filter == nullptr ? body.id : graph_.conjunction(both), axes);
      result.is_bool = true;
      break;
    }
    case Reduction::all: {
      ir::ExprId inner = body.id;
      if (filter != nullptr) {
        const ir::ExprId either[] = {graph_.negation(filter->id), body.id};
        inner = graph_.disjunction(either);
      }
      result.id = fold(ir::ReduceOp::all, inner, axes);
      result.is_bool = true;
      break;
    }
  }
  return without(std::move(result), axes);
}

}  // namespace lossc::sema
