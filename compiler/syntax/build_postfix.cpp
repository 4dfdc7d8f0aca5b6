// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls, subscripts and what stands in brackets. The grammar takes any chain of `.name`, `(…)` and
// `[…]`; here it is decided what the chain is.
#include <antlr4-runtime.h>

#include "compiler/syntax/builder.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

namespace {

/// The token, if the child is one, or null.
antlr4::Token* token_of(antlr4::tree::ParseTree* child) {
  auto* terminal = dynamic_cast<antlr4::tree::TerminalNode*>(child);
  return terminal == nullptr ? nullptr : terminal->getSymbol();
}

}  // namespace

/// What has been read of a chain: a path of names, perhaps with brackets, until something is done
/// with it; then a value.
struct Builder::Chain {
  std::vector<Name> path;
  std::optional<Brackets> selected;
  ExprPtr value;
  SourceRange range;
  bool invalid = false;  ///< diagnosed: nothing more is said about it
};

ExprPtr Builder::postfix(Context* tree) {
  const auto& children = tree->children;
  auto* first = static_cast<LossParser::PrimaryContext*>(children[0]);
  if (children.size() == 1) return primary(first);
  Chain chain;
  chain.range = range(first);
  chain.invalid = first->getStart()->getType() == LossParser::INVALID;
  if (first->name() != nullptr) {
    chain.path.push_back(name(first->name()));
  } else {
    chain.value = primary(first);
  }
  for (std::size_t i = 1; i < children.size(); ++i) {
    antlr4::Token* sign = token_of(children[i]);
    if (sign == nullptr) {
      select(chain, brackets(static_cast<Context*>(children[i])));
    } else if (sign->getType() == LossParser::DOT) {
      qualify(chain, name(static_cast<Context*>(children[++i])));
    } else {
      std::vector<Context*> trees;
      antlr4::Token* last = nullptr;
      while ((last = token_of(children[++i])) == nullptr || last->getType() == LossParser::COMMA) {
        if (last == nullptr) trees.push_back(static_cast<Context*>(children[i]));
      }
      call(chain, range(sign), arguments(trees), range(last));
    }
  }
  settle(chain);
  if (chain.invalid) return make(chain.range, Invalid{});
  return std::move(chain.value);
}

void Builder::qualify(Chain& chain, Name part) {
  chain.range = cover(chain.range, part.range);
  if (chain.value == nullptr && !chain.selected) {
    chain.path.push_back(std::move(part));
    return;
  }
  if (!chain.invalid) {
    diagnostics_.report(Diagnostic::qualified_value, chain.range, {text(chain.range)});
  }
  chain.invalid = true;
}

void Builder::call(Chain& chain, const SourceRange& open, std::vector<Argument> values,
                   const SourceRange& close) {
  chain.range = cover(chain.range, close);
  if (chain.value != nullptr) {
    if (!chain.invalid) diagnostics_.report(Diagnostic::not_callable, open);
    chain.invalid = true;
    return;
  }
  Call call;
  call.callee = std::move(chain.path.back());
  chain.path.pop_back();
  call.qualifier = std::move(chain.path);
  call.brackets = std::move(chain.selected);
  call.arguments = std::move(values);
  chain.path.clear();
  chain.selected.reset();
  chain.value = make(chain.range, std::move(call));
}

void Builder::select(Chain& chain, Brackets next) {
  if (chain.value == nullptr && !chain.selected) {
    chain.range = cover(chain.range, next.range);
    chain.selected = std::move(next);  // of a call, if `(` follows
    return;
  }
  settle(chain);
  chain.range = cover(chain.range, next.range);
  chain.value = make(chain.range, Subscript{std::move(chain.value), std::move(next)});
}

/// The path is not called, so it is a value.
void Builder::settle(Chain& chain) {
  if (chain.value != nullptr) return;
  const SourceRange place = cover(chain.path.front().range, chain.path.back().range);
  if (chain.path.size() > 1) {
    if (!chain.invalid) diagnostics_.report(Diagnostic::qualified_value, place, {text(place)});
    chain.invalid = true;
  }
  chain.value = make(place, Reference{std::move(chain.path.back())});
  if (!chain.selected) return;
  const SourceRange whole = cover(place, chain.selected->range);
  chain.value = make(whole, Subscript{std::move(chain.value), std::move(*chain.selected)});
  chain.selected.reset();
}

std::vector<Argument> Builder::arguments(const std::vector<Context*>& trees) {
  std::vector<Argument> result;
  const Argument* named = nullptr;
  result.reserve(trees.size());
  for (Context* tree : trees) {
    result.push_back(argument(tree));
    if (result.back().name) {
      named = &result.back();
    } else if (named != nullptr) {
      diagnostics_.report(Diagnostic::positional_after_named, range(tree))
          .note(cover(named->name->range, named->value->range), "after this named argument");
    }
  }
  return result;
}

Argument Builder::argument(Context* tree) {
  auto* argument = static_cast<LossParser::ArgumentContext*>(tree);
  ExprPtr first = expression(argument->expr(0));
  if (argument->ASSIGN() == nullptr) return {std::nullopt, std::move(first)};
  ExprPtr value = expression(argument->expr(1));
  if (const auto* reference = std::get_if<Reference>(&first->node)) {
    return {reference->name, std::move(value)};
  }
  if (!std::holds_alternative<Invalid>(first->node)) {
    diagnostics_.report(Diagnostic::not_a_name, first->range, {"before `=`"});
  }
  return {std::nullopt, make(range(tree), Invalid{})};
}

Brackets Builder::brackets(Context* tree) {
  auto* context = static_cast<LossParser::BracketsContext*>(tree);
  Brackets result;
  result.range = range(tree);
  for (LossParser::ItemContext* next : context->item()) result.items.push_back(item(next));
  if (context->expr() != nullptr) result.where = expression(context->expr());
  return result;
}

BracketItem Builder::item(Context* tree) {
  auto* context = static_cast<LossParser::ItemContext*>(tree);
  BracketItem result;
  result.range = range(tree);
  const auto parts = context->expr();
  if (parts.empty()) {
    result.keep = true;
    return result;
  }
  result.value = expression(parts[0]);
  if (parts.size() == 2) result.range_last = expression(parts[1]);
  if (parts.size() == 3) {
    result.range_first = expression(parts[1]);
    result.range_last = expression(parts[2]);
  }
  const bool is_name = std::holds_alternative<Reference>(result.value->node) ||
                       std::holds_alternative<Invalid>(result.value->node);
  if (result.has_range() && !is_name) {
    diagnostics_.report(Diagnostic::not_a_name, result.value->range, {"before `in`"});
    result.value = make(result.value->range, Invalid{});
  }
  return result;
}

}  // namespace lossc::syntax
