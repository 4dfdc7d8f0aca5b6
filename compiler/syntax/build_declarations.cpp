// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <antlr4-runtime.h>

#include <charconv>

#include "compiler/syntax/builder.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

Builder::Builder(FileId file, TokenStream& stream, Diagnostics& diagnostics)
    : file_(file),
      stream_(stream),
      diagnostics_(diagnostics),
      source_(diagnostics.sources().file(file).text()) {}

File Builder::file(Context* tree) {
  File result;
  result.file = file_;
  result.unparsed = std::move(stream_.unparsed);
  for (auto* next : static_cast<LossParser::FileContext*>(tree)->declaration()) {
    declaration(next, result);
  }
  return result;
}

void Builder::declaration(Context* tree, File& result) {
  auto* context = static_cast<LossParser::DeclarationContext*>(tree);
  if (context->exception != nullptr) return remember_name(tree, result);
  Declaration next;
  if (context->function() != nullptr) {
    next.node = function(context->function());
  } else if (context->test() != nullptr) {
    next.node = test(context->test());
  } else {
    next.node = import(context->import_());
  }
  const auto* first = context->getStart();
  next.range = cover(range(context->getStart()), range(context->getStop()));
  const auto found = stream_.documentation.find(static_cast<std::uint32_t>(first->getStartIndex()));
  if (found != stream_.documentation.end()) next.documentation = found->second;
  result.declarations.push_back(std::move(next));
}

/// A declaration with a wrong head is dropped, but that it is there is known.
void Builder::remember_name(Context* tree, File& result) {
  auto* context = static_cast<LossParser::DeclarationContext*>(tree)->function();
  if (context == nullptr || context->name() == nullptr) return;
  if (context->name()->exception != nullptr || context->name()->children.empty()) return;
  result.unparsed.push_back(name(context->name()));
}

FunctionDeclaration Builder::function(Context* tree) {
  auto* context = static_cast<LossParser::FunctionContext*>(tree);
  FunctionDeclaration result;
  const bool batch = context->BATCH() != nullptr;
  result.kind = context->FUNC() != nullptr ? DeclarationKind::func
                : context->LOSS() != nullptr
                    ? (batch ? DeclarationKind::batch_loss : DeclarationKind::loss)
                    : (batch ? DeclarationKind::batch_metric : DeclarationKind::metric);
  result.name = name(context->name());
  for (auto* next : context->parameter()) result.parameters.push_back(parameter(next));
  result.single_expression = context->expr() != nullptr;
  if (result.single_expression) {
    Statement& value = result.body.emplace_back();
    value.range = range(context->expr());
    value.node.emplace<ResultStatement>(expression(context->expr()));
  } else {
    result.body = function_body(context->block(), result.name);
  }
  return result;
}

ImportDeclaration Builder::import(Context* tree) {
  ImportDeclaration result;
  for (auto* part : static_cast<LossParser::Import_Context*>(tree)->name()) {
    result.path.push_back(name(part));
  }
  return result;
}

TestDeclaration Builder::test(Context* tree) {
  auto* context = static_cast<LossParser::TestContext*>(tree);
  return {string(context->STRING()->getSymbol()), test_body(context->block())};
}

Parameter Builder::parameter(Context* tree) {
  auto* context = static_cast<LossParser::ParameterContext*>(tree);
  const auto names = context->name();
  Parameter result;
  result.range = range(tree);
  result.name = name(names.back());
  if (names.size() == 2) {
    const Name role = name(names.front());
    if (role.text == "pred") {
      result.role = Role::pred;
    } else if (role.text == "target") {
      result.role = Role::target;
    } else if (role.text == "param") {
      result.role = Role::param;
    } else {
      diagnostics_.report(Diagnostic::unknown_role, role.range, {role.text});
      result.role = Role::param;
    }
  }
  if (context->type() != nullptr) result.type = type(context->type());
  if (context->expr() != nullptr) result.default_value = expression(context->expr());
  return result;
}

Type Builder::type(Context* tree) {
  auto* context = static_cast<LossParser::TypeContext*>(tree);
  Type result;
  result.range = range(tree);
  result.domain = name(context->name());
  for (auto* next : context->argument()) {
    Argument value = argument(next);
    result.arguments.push_back({std::move(value.name), std::move(value.value)});
  }
  for (auto* next : context->expr()) {
    const ExprPtr axis = expression(next);
    if (std::optional<SizeExpr> extent = size(*axis)) {
      extent->range = range(next);
      result.axes.push_back(std::move(*extent));
    }
  }
  return result;
}

namespace {

std::optional<std::int64_t> whole_number(const Expr& expr) {
  const auto* number = std::get_if<Number>(&expr.node);
  if (number == nullptr) return std::nullopt;
  std::int64_t value = 0;
  const char* end = number->spelling.data() + number->spelling.size();
  const auto [stop, error] = std::from_chars(number->spelling.data(), end, value);
  if (stop != end || error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace

std::optional<SizeExpr> Builder::size(const Expr& expr) {
  SizeExpr result;
  result.range = expr.range;
  if (std::holds_alternative<Invalid>(expr.node)) return std::nullopt;
  if (const auto* reference = std::get_if<Reference>(&expr.node)) {
    result.symbol = reference->name;
    return result;
  }
  if (const auto value = whole_number(expr)) {
    result.offset = *value;
    return result;
  }
  if (const auto* sum = std::get_if<Sum>(&expr.node); sum != nullptr && sum->terms.size() == 2) {
    const auto* symbol = std::get_if<Reference>(&sum->terms[0].value->node);
    const auto offset = whole_number(*sum->terms[1].value);
    if (symbol != nullptr && offset) {
      result.symbol = symbol->name;
      result.offset = sum->terms[1].inverse ? -*offset : *offset;
      return result;
    }
  }
  diagnostics_.report(Diagnostic::bad_size, expr.range);
  return std::nullopt;
}

Name Builder::name(Context* tree) {
  Name result{normalized_name(text(range(tree))), range(tree)};
  // NFKC may make a reserved word of letters that the lexer did not know as one.
  static constexpr std::string_view reserved[] = {"if",      "then",  "else",  "let", "in",
                                                  "require", "where", "and",   "or",  "not",
                                                  "true",    "inf",   "false", "pi",  "_"};
  for (const std::string_view word : reserved) {
    if (result.text == word) {
      diagnostics_.report(Diagnostic::reserved_word, result.range, {result.text});
    }
  }
  return result;
}

std::string Builder::string(antlr4::Token* token) const {
  std::string_view inner = text(range(token)).substr(1);
  std::string result;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '"') break;
    if (inner[i] == '\\' && i + 1 < inner.size()) {
      ++i;
      result += inner[i] == 'n' ? '\n' : inner[i];
    } else {
      result += inner[i];
    }
  }
  return result;
}

SourceRange Builder::range(antlr4::Token* token) const {
  return {file_, static_cast<std::uint32_t>(token->getStartIndex()),
          static_cast<std::uint32_t>(token->getStopIndex() + 1)};
}

SourceRange Builder::range(Context* tree) const {
  if (tree->getStop() == nullptr) return range(tree->getStart());
  return cover(range(tree->getStart()), range(tree->getStop()));
}

std::string_view Builder::text(const SourceRange& place) const {
  return source_.substr(place.begin, place.end - place.begin);
}

ExprPtr Builder::make(const SourceRange& place, decltype(Expr::node) node) const {
  auto result = std::make_unique<Expr>();
  result->range = place;
  result->node = std::move(node);
  return result;
}

}  // namespace lossc::syntax
