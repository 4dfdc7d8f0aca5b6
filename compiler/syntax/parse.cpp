// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps in their order. ANTLR and the builder recurse, to a depth that the nesting limit
// bounds; they run on a thread of their own whose stack holds that depth, so that the caller's may
// be small.
#include "compiler/syntax/parse.h"

#include <antlr4-runtime.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "compiler/support/large_stack.h"
#include "compiler/syntax/builder.h"
#include "compiler/syntax/grammar_errors.h"
#include "compiler/syntax/tokens.h"
#include "grammar/LossLexer.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

namespace {

/// 256 levels of a dozen rules each take under 2 MiB, with sanitizers under 16.
constexpr std::size_t stack_size = std::size_t{64} << 20;

std::vector<std::unique_ptr<antlr4::Token>> antlr_tokens(const std::vector<Token>& tokens) {
  std::vector<std::unique_ptr<antlr4::Token>> result;
  result.reserve(tokens.size() + 1);
  const auto add = [&](std::size_t type, std::uint32_t begin, std::uint32_t end) {
    auto token = std::make_unique<antlr4::CommonToken>(type);
    token->setStartIndex(begin);
    token->setStopIndex(static_cast<std::size_t>(end) - 1);
    result.push_back(std::move(token));
  };
  for (const Token& token : tokens) add(token.type, token.begin, token.end);
  const std::uint32_t end = tokens.empty() ? 0 : tokens.back().end;
  add(antlr4::Token::EOF, end, end);
  return result;
}

File parse_tokens(FileId file, TokenStream& tokenized, Diagnostics& diagnostics) {
  std::vector<Token> tokens = tokenized.tokens;
  const std::uint32_t end = tokens.empty() ? 0 : tokens.back().end;
  tokens.push_back({antlr4::Token::EOF, end, end});
  antlr4::ListTokenSource source(antlr_tokens(tokenized.tokens));
  antlr4::CommonTokenStream stream(&source);
  LossParser parser(&stream);
  parser.removeErrorListeners();
  parser.setErrorHandler(report_and_skip(file, tokens, diagnostics));
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(
      antlr4::atn::PredictionMode::SLL);
  LossParser::FileContext* tree = parser.file();
  return Builder(file, tokenized, diagnostics).file(tree);
}

/// All steps before the grammar; nothing if there is nothing to parse.
std::optional<TokenStream> tokenize(FileId file, Diagnostics& diagnostics,
                                    const ParseLimits& limits) {
  const std::optional<std::uint32_t> begin = check_text(file, diagnostics, limits);
  if (!begin) return std::nullopt;
  std::optional<std::vector<Token>> tokens = scan(file, *begin, diagnostics, limits);
  if (!tokens) return std::nullopt;
  TokenStream stream =
      lay_out(file, respell(file, std::move(*tokens), diagnostics), diagnostics, limits);
  return mend(file, std::move(stream), diagnostics);
}

}  // namespace

File parse(FileId file, Diagnostics& diagnostics, const ParseLimits& limits) {
  File result;
  result.file = file;
  std::optional<TokenStream> stream = tokenize(file, diagnostics, limits);
  if (!stream) return result;
  run_on_large_stack(stack_size, [&] { result = parse_tokens(file, *stream, diagnostics); });
  return result;
}

std::string print_tokens(FileId file, Diagnostics& diagnostics) {
  const std::optional<TokenStream> stream = tokenize(file, diagnostics, {});
  std::string result;
  if (!stream) return result;
  const SourceFile& source = diagnostics.sources().file(file);
  antlr4::ANTLRInputStream none;
  const grammar::LossLexer lexer(&none);
  for (const Token& token : stream->tokens) {
    const LineColumn place = source.line_column(token.begin);
    const std::string_view text = source.text().substr(token.begin, token.end - token.begin);
    fmt::format_to(std::back_inserter(result), "{}:{} {}", place.line, place.column,
                   lexer.getVocabulary().getSymbolicName(token.type));
    if (!text.empty()) fmt::format_to(std::back_inserter(result), " {}", text);
    result += '\n';
  }
  return result;
}

}  // namespace lossc::syntax
