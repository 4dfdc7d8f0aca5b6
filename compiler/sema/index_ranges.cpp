// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `i in K` and `i in a .. b`. Ends that are fixed make an axis of their own. Computed ends select
// from an axis that holds every range they can make: what is known of the ends bounds it (an index,
// a class, a size), else the array at whose place the index stands. So the kernel's loops stay over
// sizes, and what is outside of the range is excluded as by a filter.
#include <algorithm>
#include <cmath>

#include "compiler/sema/checker.h"
#include "compiler/sema/index_terms.h"

namespace lossc::sema {

bool Checker::read_range(const syntax::BracketItem& item, bool in_let, Binding& binding) {
  binding.explicit_range = true;
  std::int64_t offset = 0;
  const syntax::Reference* end = shifted_name(*item.range_last, offset);
  const bool unknown = end != nullptr && frame_->find(end->name.text) == nullptr;
  if (unknown && may_be_of_argument(end->name.text)) return false;
  if (item.range_first == nullptr) {
    binding.along = size_in(*item.range_last);
    if (!binding.along) {
      error(Diagnostic::range_needs_size, item.range_last->range)
          .note("a range is a size, `i in K`, or has both ends, `i in 0 .. K - 1`");
      return false;
    }
    return true;
  }
  const auto first = whole(*item.range_first);
  std::optional<ir::Size> last = size_expression(*item.range_last);
  if (const auto literal = whole(*item.range_last)) last = ir::Size{"", *literal};
  if (in_let && (!first || *first != 0)) {
    error(Diagnostic::let_range_from_zero, item.range_first->range)
        .fix(item.range_first->range, "0", "begin at 0");
    return false;
  }
  if (in_let && !last) {
    error(Diagnostic::range_needs_size, item.range_last->range)
        .note("in a `let` it makes an axis: it ends with a size ± a whole number");
    return false;
  }
  if (!first || !last) {
    binding.computed = true;
    return true;
  }
  binding.first = *first;
  last->offset += 1 - *first;
  if (last->symbol.empty()) last->offset = std::max<std::int64_t>(0, last->offset);
  binding.along = AxisName{*last};
  return true;
}

Checker::EndBounds Checker::bounds_of(const syntax::Expr& end, const Value& value) {
  if (const auto literal = whole(end)) return {*literal, ir::Size{"", *literal + 1}, true};
  if (const auto size = size_expression(end)) {
    ir::Size beyond = frame_->resolved(*size);
    const std::int64_t low = beyond.offset;  // of a size that is 0
    ++beyond.offset;
    return {low, beyond, true};
  }
  std::int64_t offset = 0;
  if (const syntax::Reference* name = shifted_name(end, offset)) {
    const Binding* binding = frame_->find(name->name.text);
    std::optional<ir::Size> beyond;
    if (binding->kind == Binding::Kind::index) {
      beyond = function_.sizes[binding->axis.size.index];
      offset += binding->first;
    } else if (binding->value.classes) {
      beyond = binding->value.classes->size;
    }
    if (beyond) {
      beyond->offset += offset;
      return {offset, beyond, false};
    }
  }
  EndBounds bounds;
  const analysis::Range range = range_of(value);
  constexpr double most = 1e6;  // of a loop that only its arithmetic bounds
  if (std::fabs(range.low) <= most) bounds.low = static_cast<std::int64_t>(std::ceil(range.low));
  if (value.classes) {
    bounds.beyond = value.classes->size;
  } else if (std::fabs(range.high) <= most) {
    bounds.beyond = ir::Size{"", static_cast<std::int64_t>(std::floor(range.high)) + 1};
  }
  return bounds;
}

bool Checker::settle_range(Binding& index, const EndBounds& first, const EndBounds& last,
                           const SourceRange& range) {
  std::optional<std::int64_t> low = first.low;
  std::optional<ir::Size> beyond = last.beyond;
  if (index.place && !low) low = -index.place_offset;
  if (index.place && !beyond) {
    beyond = function_.sizes[index.place->size.index];
    beyond->offset -= index.place_offset;
  }
  if (!low || !beyond) {
    error(Diagnostic::unbounded_range, range, {index.name})
        .note("an end is bounded by a size, a class, another index, or `min(b, 100)`");
    return false;
  }
  beyond->offset -= *low;
  // Sizes are not negative: rather a longer axis, the filter excludes what is too much.
  beyond->offset = std::max<std::int64_t>(0, beyond->offset);
  index.first = *low;
  index.along = AxisName{*beyond};
  index.axis = acquire(*beyond);
  return true;
}

Value Checker::computed_range(const syntax::BracketItem& item) {
  const Value first = evaluate_number(*item.range_first);
  const Value last = evaluate_number(*item.range_last);
  if (!first.ok() || !last.ok()) return poison();
  for (const auto& [value, expr] :
       {std::pair(&first, item.range_first.get()), std::pair(&last, item.range_last.get())}) {
    if (range_of(*value).integer) continue;
    error(Diagnostic::fractional_range, expr->range, {found_text(*value)});
    return poison();
  }
  const auto& name = std::get<syntax::Reference>(item.value->node).name;
  Binding& index = *frame_->find(name.text);
  const EndBounds from = bounds_of(*item.range_first, first);
  const EndBounds to = bounds_of(*item.range_last, last);
  if (!settle_range(index, from, to, item.range)) return poison();
  const Value at = reference(name);
  std::vector<ir::ExprId> conditions;
  const ir::Size& size = function_.sizes[index.axis.size.index];
  const ir::Size beyond{size.symbol, size.offset + index.first};
  if (!whole(*item.range_first)) {
    conditions.push_back(graph_.compare(ir::Relation::less_equal, first.id, at.id));
  }
  if (!to.exact || to.beyond != beyond) {
    conditions.push_back(graph_.compare(ir::Relation::less_equal, at.id, last.id));
  }
  Value result;
  if (!pair({&first, &last}, item.range, result)) return poison();
  result.is_bool = true;
  result.id = graph_.conjunction(conditions);
  return result;
}

bool Checker::computed_ranges(Brackets& brackets, Value& filter) {
  bool ok = true;
  for (const syntax::BracketItem* item : brackets.computed) {
    const Value range = computed_range(*item);
    if (!range.ok()) {
      // The error value: its uses are no more errors.
      const auto& name = std::get<syntax::Reference>(item->value->node).name;
      frame_->find(name.text)->kind = Binding::Kind::value;
      ok = false;
      continue;
    }
    learn(range.id, true);
    filter = filter.ok() ? both(filter, range, item->range) : range;
    ok = ok && filter.ok();
  }
  return ok;
}

}  // namespace lossc::sema
