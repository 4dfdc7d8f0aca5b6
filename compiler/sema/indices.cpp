// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Brackets of a `let` or a reduction: each entry is a size in scope (an axis) or a name that binds
// an index. An index runs along the axis at whose place it stands alone or ± a constant; the body
// is searched for such places before it is checked, and a place met later may still decide.
#include <algorithm>

#include "compiler/sema/checker.h"
#include "compiler/sema/index_terms.h"

namespace lossc::sema {

std::optional<ir::Size> Checker::size_expression(const syntax::Expr& expr) {
  if (const auto literal = whole(expr)) {
    return *literal >= 0 ? std::optional(ir::Size{"", *literal}) : std::nullopt;
  }
  std::int64_t offset = 0;
  const syntax::Reference* name = shifted_name(expr, offset);
  if (name == nullptr) return std::nullopt;
  Binding* binding = frame_->find(name->name.text);
  if (binding == nullptr || binding->kind != Binding::Kind::size) return std::nullopt;
  binding->used = true;
  return ir::Size{name->name.text, offset};
}

std::optional<AxisName> Checker::size_in(const syntax::Expr& expr) {
  const auto size = size_expression(expr);
  return size ? std::optional(AxisName{*size}) : std::nullopt;
}

Binding* Checker::index_in(const syntax::Expr& expr, std::int64_t* offset) {
  std::int64_t shift = 0;
  const syntax::Reference* name = shifted_name(expr, shift);
  if (offset != nullptr) *offset = shift;
  if (name == nullptr) return nullptr;
  Binding* binding = frame_->find(name->name.text);
  return binding != nullptr && binding->kind == Binding::Kind::index ? binding : nullptr;
}

bool Checker::settle(Binding& index, const AxisName& name, const SourceRange& range) {
  if (index.explicit_range) return true;
  if (!index.along) {
    index.along = name;
    index.axis = acquire(frame_->resolved(name.size));
    return true;
  }
  if (*index.along == name) return true;
  error(Diagnostic::index_places_disagree, range, {index.name, index.along->text(), name.text()})
      .note(index.range, "write the range: `" + index.name + " in " + name.text() + "`");
  return false;
}

bool Checker::read_index(const syntax::BracketItem& item, bool in_let, Brackets& result) {
  const auto* reference = std::get_if<syntax::Reference>(&item.value->node);
  if (reference == nullptr) {
    error(Diagnostic::not_an_axis, item.range);
    return false;
  }
  const syntax::Name& name = reference->name;
  if (Binding* known = frame_->find(name.text)) {
    error(Diagnostic::duplicate_name, name.range, {name.text})
        .note(known->range, "defined here")
        .fix(name.range, name.text + "'", "give the index another name");
    return false;
  }
  Binding binding;
  binding.kind = Binding::Kind::index;
  binding.name = name.text;
  binding.range = name.range;
  bool ok = true;
  if (item.has_range()) {
    ok = read_range(item, in_let, binding);
    if (ok && binding.computed) {
      result.computed.push_back(&item);
    } else if (ok) {
      binding.axis = acquire(frame_->resolved(binding.along->size));
    } else {
      binding.kind = Binding::Kind::value;  // the error value: its uses are no more errors
      binding.along.reset();
    }
  }
  frame_->define(std::move(binding));
  result.indices.push_back(name.text);
  result.ranges.push_back(item.range);
  return ok;
}

Checker::Brackets Checker::read_brackets(const syntax::Brackets& brackets, bool in_let) {
  Brackets result;
  constexpr std::size_t most_entries = 8;
  if (brackets.items.size() > most_entries) {
    error(Diagnostic::too_many_axes, brackets.range,
          {std::to_string(brackets.items.size()), std::to_string(most_entries)});
    result.ok = false;
    return result;
  }
  for (const syntax::BracketItem& item : brackets.items) {
    if (item.keep || item.value == nullptr) {
      if (item.keep) error(Diagnostic::not_an_axis, item.range);
      failed_ = true;
      result.ok = false;
      continue;
    }
    if (!item.has_range()) {
      if (const auto name = size_in(*item.value)) {
        result.axes.push_back(*name);
        result.ranges.push_back(item.range);
        continue;
      }
    }
    result.ok = read_index(item, in_let, result) && result.ok;
  }
  if (!result.axes.empty() && !result.indices.empty()) {
    error(Diagnostic::mixed_brackets, brackets.range);
    result.ok = false;
  }
  return result;
}

void Checker::forget(const Brackets& brackets) {
  for (const std::string& name : brackets.indices) {
    if (const Binding* binding = frame_->find(name)) {
      if (binding->along) release(binding->axis);
      frame_->remove(name);
    }
  }
}

void Checker::find_places(const Brackets& brackets,
                          const std::vector<const syntax::Expr*>& bodies) {
  const auto waiting = [&] {
    return std::any_of(brackets.indices.begin(), brackets.indices.end(),
                       [&](const std::string& name) {
                         const Binding* index = frame_->find(name);
                         return !index->along && !index->place;
                       });
  };
  // With a stack of our own, children pushed in reverse: the first place in the text decides.
  std::vector<const syntax::Expr*> stack(bodies.rbegin(), bodies.rend());
  const auto push = [&](const syntax::ExprPtr& expr) {
    if (expr != nullptr) stack.push_back(expr.get());
  };
  const auto push_brackets = [&](const syntax::Brackets& entries) {
    for (const syntax::BracketItem& item : entries.items) {
      push(item.value);
      push(item.range_first);
      push(item.range_last);
    }
    push(entries.where);
  };
  while (!stack.empty() && waiting()) {
    const syntax::Expr& expr = *stack.back();
    stack.pop_back();
    const std::size_t before = stack.size();
    std::visit(
        [&](const auto& node) {
          using Node = std::decay_t<decltype(node)>;
          if constexpr (std::is_same_v<Node, syntax::ArrayLiteral>) {
            for (const auto& element : node.elements) push(element);
          } else if constexpr (std::is_same_v<Node, syntax::Call>) {
            if (node.brackets) push_brackets(*node.brackets);
            for (const auto& argument : node.arguments) push(argument.value);
          } else if constexpr (std::is_same_v<Node, syntax::Subscript>) {
            const auto* base = std::get_if<syntax::Reference>(&node.base->node);
            const Binding* array = base == nullptr ? nullptr : frame_->find(base->name.text);
            if (array != nullptr && array->kind == Binding::Kind::value) {
              const std::vector<ir::Axis>& axes = array->value.axes;
              for (std::size_t i = 0; i < std::min(axes.size(), node.brackets.items.size()); ++i) {
                const syntax::BracketItem& item = node.brackets.items[i];
                if (item.keep || item.value == nullptr || item.has_range()) continue;
                std::int64_t offset = 0;
                Binding* index = index_in(*item.value, &offset);
                if (index == nullptr || index->along) continue;
                if (index->computed) {
                  if (!index->place) index->place = axes[i], index->place_offset = offset;
                  continue;
                }
                settle(*index, name_of(axes[i]), item.range);
              }
            }
            push(node.base);
            push_brackets(node.brackets);
          } else if constexpr (std::is_same_v<Node, syntax::Unary>) {
            push(node.operand);
          } else if constexpr (std::is_same_v<Node, syntax::Power>) {
            push(node.base);
            push(node.exponent);
          } else if constexpr (std::is_same_v<Node, syntax::Sum>) {
            for (const auto& term : node.terms) push(term.value);
          } else if constexpr (std::is_same_v<Node, syntax::Product>) {
            for (const auto& factor : node.factors) push(factor.value);
          } else if constexpr (std::is_same_v<Node, syntax::Comparison>) {
            push(node.left);
            push(node.right);
          } else if constexpr (std::is_same_v<Node, syntax::Logical>) {
            for (const auto& operand : node.operands) push(operand);
          } else if constexpr (std::is_same_v<Node, syntax::Conditional>) {
            push(node.condition);
            push(node.consequence);
            push(node.alternative);
          }
        },
        expr.node);
    std::reverse(stack.begin() + static_cast<std::ptrdiff_t>(before), stack.end());
  }
}

}  // namespace lossc::sema
