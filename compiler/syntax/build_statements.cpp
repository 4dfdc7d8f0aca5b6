// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bodies. The grammar has one form for what is set, checked or returned, `expr = expr +- expr`, all
// parts but the first optional; which it is, is decided by what stands left of the `=` and by
// whether the body is a test's.
#include <antlr4-runtime.h>
#include <fmt/format.h>

#include "compiler/syntax/builder.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

std::vector<Statement> Builder::function_body(Context* block, const Name& name) {
  auto* context = static_cast<LossParser::BlockContext*>(block);
  std::vector<Statement> body;
  std::optional<Statement> result;
  bool broken = context->exception != nullptr;
  for (auto* line : context->line()) {
    std::optional<Statement> next =
        line->exception != nullptr ? broken_statement(line) : statement(line->statement(), false);
    if (result && (next || line->exception != nullptr)) {
      const ExprPtr& early = std::get<ResultStatement>(result->node).value;
      if (!std::holds_alternative<Invalid>(early->node)) {
        diagnostics_.report(Diagnostic::statement_after_result, result->range)
            .note(range(line), "this comes after it");
      }
      result.reset();
      broken = true;
    }
    if (!next) {
      broken = true;
    } else if (std::holds_alternative<ResultStatement>(next->node)) {
      result = std::move(next);
    } else {
      body.push_back(std::move(*next));
      // The value of a broken `let` may have swallowed the line of the result.
      broken = broken || line->exception != nullptr;
    }
  }
  if (!result) {
    const SourceRange brace = range(context->getStop());
    const bool unclosed = brace.begin == brace.end;  // its `}` was added
    if (!broken && !unclosed) report_missing_result(name, body, brace);
    result = Statement{brace, ResultStatement{make(brace, Invalid{})}};
  }
  body.push_back(std::move(*result));
  return body;
}

void Builder::report_missing_result(const Name& name, const std::vector<Statement>& body,
                                    const SourceRange& brace) {
  Report& report = diagnostics_.report(Diagnostic::missing_result, name.range, {name.text});
  report.note(brace, "the body ends here, without a line that is an expression");
  if (body.empty()) return;
  const auto* let = std::get_if<LetStatement>(&body.back().node);
  if (let == nullptr || let->indices) return;
  report.note(let->name.range, fmt::format("to return `{0}`, write `{0}` on a line after this one",
                                           text(let->name.range)));
}

std::vector<Statement> Builder::test_body(Context* block) {
  std::vector<Statement> body;
  for (auto* line : static_cast<LossParser::BlockContext*>(block)->line()) {
    std::optional<Statement> next =
        line->exception != nullptr ? broken_statement(line) : statement(line->statement(), true);
    if (next) body.push_back(std::move(*next));
  }
  return body;
}

/// Of a line with an error nothing is kept but the name that it would define.
std::optional<Statement> Builder::broken_statement(Context* line) {
  auto* context = static_cast<LossParser::LineContext*>(line)->statement();
  if (context == nullptr || context->LET() == nullptr || context->name() == nullptr ||
      context->name()->exception != nullptr || context->name()->children.empty()) {
    return std::nullopt;
  }
  const Name defined = name(context->name());
  return Statement{defined.range,
                   LetStatement{defined, std::nullopt, make(defined.range, Invalid{})}};
}

std::optional<Statement> Builder::statement(Context* tree, bool in_test) {
  auto* context = static_cast<LossParser::StatementContext*>(tree);
  if (context->LET() != nullptr) return definition(tree);
  if (context->REQUIRE() != nullptr) return requirement(tree, in_test);
  if (context->ASSIGN() != nullptr) return assignment(tree, in_test);
  if (in_test) return check(tree);
  ExprPtr value = expression(context->expr(0));
  return Statement{range(tree), ResultStatement{std::move(value)}};
}

std::optional<Statement> Builder::definition(Context* tree) {
  auto* context = static_cast<LossParser::StatementContext*>(tree);
  LetStatement result;
  result.name = name(context->name());
  if (context->brackets() != nullptr) result.indices = brackets(context->brackets());
  result.value = expression(context->expr(0));
  return Statement{range(tree), std::move(result)};
}

std::optional<Statement> Builder::requirement(Context* tree, bool in_test) {
  auto* context = static_cast<LossParser::StatementContext*>(tree);
  RequireStatement result{expression(context->expr(0)), {}};
  if (in_test) {
    diagnostics_.report(Diagnostic::statement_not_in_test, range(context->getStart()), {"require"});
    return std::nullopt;
  }
  if (context->STRING() == nullptr) {
    const SourceRange place = range(tree);
    diagnostics_.report(Diagnostic::require_without_message, place)
        .fix({file_, place.end, place.end}, ", \"…\"", "say what is wrong");
  } else {
    result.message = string(context->STRING()->getSymbol());
  }
  return Statement{range(tree), std::move(result)};
}

/// expr '=' expr
std::optional<Statement> Builder::assignment(Context* tree, bool in_test) {
  auto* context = static_cast<LossParser::StatementContext*>(tree);
  ExprPtr target = expression(context->expr(0));
  ExprPtr value = expression(context->expr(1));
  auto* subscript = std::get_if<Subscript>(&target->node);
  const Expr& head = subscript != nullptr ? *subscript->base : *target;
  const auto* reference = std::get_if<Reference>(&head.node);
  if (reference == nullptr) {
    if (!std::holds_alternative<Invalid>(head.node)) {
      diagnostics_.report(Diagnostic::not_a_name, target->range, {"left of `=`"});
    }
    return std::nullopt;
  }
  struct Word {
    std::string_view text;
    Clause clause;
    bool has_subject;
  };
  static constexpr Word words[] = {{"weight", Clause::weight, false},
                                   {"divisor", Clause::divisor, false},
                                   {"grad", Clause::grad, true},
                                   {"hess", Clause::hess, true}};
  for (const Word& word : words) {
    if (word.text != reference->name.text || word.has_subject != (subscript != nullptr)) continue;
    if (in_test) {
      diagnostics_.report(Diagnostic::statement_not_in_test, target->range, {text(target->range)});
      return std::nullopt;
    }
    auto result = clause(word.clause, *target, std::move(value));
    if (result) result->range = range(tree);
    return result;
  }
  diagnostics_.report(Diagnostic::missing_let, target->range)
      .fix({file_, target->range.begin, target->range.begin}, "let ", "define it");
  LetStatement let{reference->name, std::nullopt, std::move(value)};
  if (subscript != nullptr) let.indices = std::move(subscript->brackets);
  return Statement{range(tree), std::move(let)};
}

std::optional<Statement> Builder::clause(Clause clause, const Expr& target, ExprPtr value) {
  ClauseStatement result{clause, std::nullopt, std::move(value)};
  if (const auto* subscript = std::get_if<Subscript>(&target.node)) {
    const Brackets& brackets = subscript->brackets;
    const Reference* subject = nullptr;
    if (brackets.items.size() == 1 && brackets.where == nullptr && !brackets.items[0].keep &&
        !brackets.items[0].has_range()) {
      subject = std::get_if<Reference>(&brackets.items[0].value->node);
    }
    if (subject == nullptr) {
      diagnostics_.report(Diagnostic::not_a_name, brackets.range,
                          {"of a parameter in these brackets"});
      return std::nullopt;
    }
    result.subject = subject->name;
  }
  return Statement{{}, std::move(result)};
}

/// A line of a test that is no `let`.
std::optional<Statement> Builder::check(Context* tree) {
  auto* context = static_cast<LossParser::StatementContext*>(tree);
  ExprPtr condition = expression(context->expr(0));
  ExprPtr tolerance = context->PLUS_MINUS() != nullptr ? expression(context->expr(1)) : nullptr;
  auto* comparison = std::get_if<Comparison>(&condition->node);
  if (comparison == nullptr || comparison->relation != Relation::equal) {
    if (!std::holds_alternative<Invalid>(condition->node)) {
      diagnostics_.report(Diagnostic::not_a_check, condition->range);
    }
    return std::nullopt;
  }
  return Statement{range(tree), CheckStatement{std::move(comparison->left),
                                               std::move(comparison->right), std::move(tolerance)}};
}

}  // namespace lossc::syntax
