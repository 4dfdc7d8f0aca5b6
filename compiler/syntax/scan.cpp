// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Text → tokens, by ANTLR's lexer. The grammar has a token for every character, so the lexer has no
// errors; ANTLR counts code points, we count bytes.
#include <antlr4-runtime.h>
#include <utf8proc.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "compiler/syntax/tokens.h"
#include "grammar/LossLexer.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

namespace {

/// Byte offsets of code points, one more than there are. Empty when the text is ASCII: then both
/// count alike.
std::vector<std::uint32_t> code_point_offsets(std::string_view text) {
  std::vector<std::uint32_t> offsets;
  bool ascii = true;
  for (const char c : text) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  if (ascii) return offsets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0u) != 0x80u) {
      offsets.push_back(static_cast<std::uint32_t>(i));
    }
  }
  offsets.push_back(static_cast<std::uint32_t>(text.size()));
  return offsets;
}

/// Reserved words that cannot follow a name in an expression: `loss let(…)` is a declaration with a
/// wrong name, `loss and c` goes on with an expression.
bool names_by_mistake(std::size_t type) {
  switch (type) {
    case LossParser::THEN:
    case LossParser::ELSE:
    case LossParser::IN:
    case LossParser::WHERE:
    case LossParser::AND:
    case LossParser::OR:
      return false;
    default:
      return is_reserved(type);
  }
}

/// ' for ′.
std::string with_plain_primes(std::string_view name) {
  constexpr std::string_view prime = "\xe2\x80\xb2";
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_prime = name.substr(i, prime.size()) == prime;
    result += is_prime ? '\'' : name[i];
    if (is_prime) i += prime.size() - 1;
  }
  return result;
}

}  // namespace

std::optional<std::vector<Token>> scan(FileId file, std::uint32_t begin, Diagnostics& diagnostics,
                                       const ParseLimits& limits) {
  const std::string_view text = diagnostics.sources().file(file).text().substr(begin);
  const std::vector<std::uint32_t> offsets = code_point_offsets(text);
  const auto byte = [&](std::size_t code_point) {
    return begin + (offsets.empty() ? static_cast<std::uint32_t>(code_point) : offsets[code_point]);
  };
  antlr4::ANTLRInputStream input{std::string(text)};
  grammar::LossLexer lexer(&input);
  lexer.removeErrorListeners();
  std::vector<Token> tokens;
  for (auto next = lexer.nextToken(); next->getType() != antlr4::Token::EOF;
       next = lexer.nextToken()) {
    const Token token{next->getType(), byte(next->getStartIndex()), byte(next->getStopIndex() + 1)};
    if (tokens.size() == limits.tokens) {
      diagnostics.report(Diagnostic::too_many_tokens, {file, token.begin, token.end},
                         {std::to_string(limits.tokens)});
      return std::nullopt;
    }
    if (token.type == LossParser::NUMBER_RANGE) {
      tokens.push_back({LossParser::NUMBER, token.begin, token.end - 2});
      tokens.push_back({LossParser::RANGE, token.end - 2, token.end});
    } else {
      tokens.push_back(token);
    }
  }
  return tokens;
}

bool is_name_token(std::size_t type) {
  return type == LossParser::ID || (type >= LossParser::IMPORT && type <= LossParser::TEST);
}

bool ends_operand(std::size_t type) {
  return is_name_token(type) || type == LossParser::NUMBER || type == LossParser::RPAREN ||
         type == LossParser::RBRACKET || (type >= LossParser::TRUE && type <= LossParser::PI) ||
         type == LossParser::INVALID;
}

bool begins_operand(std::size_t type) {
  return is_name_token(type) || type == LossParser::NUMBER || type == LossParser::LPAREN ||
         type == LossParser::LBRACKET || (type >= LossParser::TRUE && type <= LossParser::PI) ||
         type == LossParser::INVALID || type == LossParser::MINUS || type == LossParser::NOT ||
         type == LossParser::IF;
}

bool is_operator(std::size_t type) {
  return type == LossParser::RANGE || (type >= LossParser::PLUS && type <= LossParser::NOT_EQUAL);
}

bool is_reserved(std::size_t type) { return type >= LossParser::IF && type <= LossParser::LATER; }

bool begins_declaration(const std::vector<Token>& tokens, std::size_t index) {
  const auto type = [&](std::size_t i) {
    return index + i < tokens.size() ? tokens[index + i].type : antlr4::Token::EOF;
  };
  switch (type(0)) {
    case LossParser::BATCH:
      return type(1) == LossParser::LOSS || type(1) == LossParser::METRIC;
    case LossParser::LOSS:
    case LossParser::METRIC:
    case LossParser::FUNC:
    case LossParser::IMPORT:
      return is_name_token(type(1)) || names_by_mistake(type(1));
    case LossParser::TEST:
      return type(1) == LossParser::STRING || type(1) == LossParser::OPEN_STRING;
    default:
      return false;
  }
}

std::string normalized_name(std::string_view spelling) {
  std::string result;
  bool ascii = true;
  for (const char c : spelling) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  if (ascii) {
    result = spelling;
  } else {
    utf8proc_uint8_t* mapped = nullptr;
    const auto length = utf8proc_map(
        reinterpret_cast<const utf8proc_uint8_t*>(spelling.data()),
        static_cast<utf8proc_ssize_t>(spelling.size()), &mapped,
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
    result = length < 0 ? std::string(spelling)
                        : std::string(reinterpret_cast<const char*>(mapped),
                                      static_cast<std::size_t>(length));
    std::free(mapped);  // NOLINT: utf8proc allocates with malloc
    result = with_plain_primes(result);
  }
  return result;
}

}  // namespace lossc::syntax
