// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From bytes to the tokens that the parser sees, in four steps of one function each:
//
//   check_text     bytes        the text is UTF-8, of a bounded size, without hidden characters
//   scan           → tokens     ANTLR's lexer; it accepts every text, strange characters included
//   respell        → tokens     single tokens of other languages become ours, with a diagnostic
//   lay_out        → tokens     newlines only where they separate, balanced brackets, bounded
//   nesting mend           → tokens     forms of other languages (`c ? a : b`) become ours or
//   INVALID
//
// Everything that needs only tokens is decided here, so that the grammar stays small and the parser
// never recurses deeper than the nesting limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/syntax/ast.h"
#include "compiler/syntax/parse.h"

namespace lossc::syntax {

/// `type` is a constant of grammar::LossParser; [begin, end) are bytes of the file.
struct Token {
  std::size_t type = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct TokenStream {
  std::vector<Token> tokens;
  /// The `##` lines before a declaration, by the offset of its first token.
  std::map<std::uint32_t, std::string> documentation;
  /// Names of functions that were dropped whole.
  std::vector<Name> unparsed;
};

/// The offset of the first character after a byte-order mark; nothing if the text cannot be read.
std::optional<std::uint32_t> check_text(FileId file, Diagnostics& diagnostics,
                                        const ParseLimits& limits);

/// All tokens, newlines and documentation included; nothing if there are too many.
std::optional<std::vector<Token>> scan(FileId file, std::uint32_t begin, Diagnostics& diagnostics,
                                       const ParseLimits& limits);

std::vector<Token> respell(FileId file, std::vector<Token> tokens, Diagnostics& diagnostics);

TokenStream lay_out(FileId file, const std::vector<Token>& tokens, Diagnostics& diagnostics,
                    const ParseLimits& limits);

TokenStream mend(FileId file, TokenStream stream, Diagnostics& diagnostics);

/// Kinds of tokens, asked by several steps.
bool is_name_token(std::size_t type);
/// A name, a literal or a closing bracket: what an operand may end with.
bool ends_operand(std::size_t type);
bool begins_operand(std::size_t type);
/// `+ - * / ^ < <= > >= == != .. +-`.
bool is_operator(std::size_t type);
/// Reserved words: never names.
bool is_reserved(std::size_t type);
/// Whether the tokens from `index` on are the head of a declaration: `batch loss f`, `test "…"`.
bool begins_declaration(const std::vector<Token>& tokens, std::size_t index);

/// The text of an identifier as names are compared: after NFKC, with ' for ′.
std::string normalized_name(std::string_view spelling);

}  // namespace lossc::syntax
