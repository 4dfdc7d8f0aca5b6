// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Newlines, brackets and depth (language.md 2). Afterwards a NEWLINE stands at the end of every
// statement and declaration and nowhere else, every bracket has its partner, no comma is last, and
// nothing nests deeper than the limit. A line that begins a declaration closes whatever is open, so
// that a forgotten `)` costs one declaration and not the file.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "compiler/syntax/tokens.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

namespace {

std::size_t closer_of(std::size_t opener) {
  return opener == LossParser::LPAREN     ? LossParser::RPAREN
         : opener == LossParser::LBRACKET ? LossParser::RBRACKET
                                          : LossParser::RBRACE;
}

/// After these a line goes on.
bool continues_after(std::size_t type) {
  switch (type) {
    case LossParser::ASSIGN:
    case LossParser::COMMA:
    case LossParser::COLON:
    case LossParser::IF:
    case LossParser::THEN:
    case LossParser::ELSE:
    case LossParser::AND:
    case LossParser::OR:
    case LossParser::NOT:
    case LossParser::WHERE:
    case LossParser::IN:
      return true;
    default:
      return is_operator(type);
  }
}

/// A line that starts so goes on with the one before it.
bool continues_before(std::size_t type) {
  switch (type) {
    case LossParser::THEN:
    case LossParser::ELSE:
    case LossParser::AND:
    case LossParser::OR:
    case LossParser::LBRACE:
    case LossParser::ASSIGN:
      return true;
    case LossParser::MINUS:
      return false;
    default:
      return is_operator(type);
  }
}

/// An open bracket, and what nests directly inside it.
struct Frame {
  Token opener;
  std::size_t prefixes = 0;  ///< `- - not x`
  std::size_t powers = 0;    ///< `a^b^c`
  std::size_t chains = 0;    ///< `x[i][j]`
  std::size_t choices = 0;   ///< `if … else if …`
  std::size_t nesting() const { return prefixes + powers + chains + choices; }
};

class Layout {
 public:
  Layout(FileId file, const std::vector<Token>& tokens, Diagnostics& diagnostics,
         const ParseLimits& limits)
      : file_(file),
        tokens_(tokens),
        diagnostics_(diagnostics),
        limits_(limits),
        source_(diagnostics.sources().file(file)) {}

  TokenStream run() {
    result_.tokens.reserve(tokens_.size() + 16);
    for (index_ = 0; index_ < tokens_.size(); ++index_) {
      const Token& token = tokens_[index_];
      if (token.type == LossParser::NEWLINE) {
        at_line_start_ = true;
      } else if (token.type == LossParser::DOCUMENTATION) {
        if (at_line_start_) documentation(token);  // beside code it is a comment
      } else {
        if (at_line_start_) line_start(token);
        at_line_start_ = false;
        if (!refused_) place(token);
      }
    }
    if (refused_) drop_declaration();
    close_all(true);
    end_line();
    return std::move(result_);
  }

 private:
  SourceRange range(const Token& token) const { return {file_, token.begin, token.end}; }
  std::string_view text(const Token& token) const {
    return source_.text().substr(token.begin, token.end - token.begin);
  }
  std::size_t last() const {
    return result_.tokens.empty() ? std::size_t{LossParser::NEWLINE} : result_.tokens.back().type;
  }
  Frame& top() { return frames_.back(); }
  bool in_block() const {
    return frames_.size() == 1 || frames_.back().opener.type == LossParser::LBRACE;
  }

  // ---- lines ----------------------------------------------------------------------------------

  void documentation(const Token& token) {
    const std::uint32_t line = source_.line_column(token.begin).line;
    if (line != documentation_line_ + 1) documentation_.clear();
    documentation_line_ = line;
    std::string_view words = text(token).substr(2);
    if (words.starts_with(' ')) words.remove_prefix(1);
    while (words.ends_with(' ') || words.ends_with('\t')) words.remove_suffix(1);
    if (!documentation_.empty()) documentation_ += '\n';
    documentation_ += words;
  }

  void line_start(const Token& token) {
    const bool block_line = token.type == LossParser::LET || token.type == LossParser::REQUIRE;
    if (begins_declaration(tokens_, index_)) {
      begin_declaration(token);
    } else if (block_line) {
      close_to_block();
    }
    if (refused_ || !in_block() || last() == LossParser::NEWLINE || last() == LossParser::LBRACE ||
        token.type == LossParser::RBRACE || continues_after(last()) ||
        continues_before(token.type)) {
      return;
    }
    if (token.type == LossParser::MINUS && column(token.begin) > column(statement_begin_)) {
      leading_minus(token);
    } else {
      end_line();
    }
  }

  void begin_declaration(const Token& token) {
    if (refused_) drop_declaration();
    close_all(true);
    end_line();
    declaration_begin_ = result_.tokens.size();
    if (!documentation_.empty() &&
        documentation_line_ + 1 == source_.line_column(token.begin).line) {
      result_.documentation[token.begin] = documentation_;
    }
    documentation_.clear();
  }

  void leading_minus(const Token& token) {
    const std::uint32_t end = result_.tokens.back().end;
    std::string_view tail = source_.text().substr(token.end);
    const std::size_t spaces = std::min(tail.find_first_not_of(" \t"), tail.size());
    const SourceRange moved{file_, end, static_cast<std::uint32_t>(token.end + spaces)};
    // What lies between (a comment, the line end) stays, the sign goes before it.
    const std::string_view between = source_.text().substr(end, token.begin - end);
    diagnostics_.report(Diagnostic::leading_minus, range(token))
        .note({file_, result_.tokens.back().begin, end}, "the statement before it ends here")
        .fix(moved, fmt::format(" -{}", between), "end the line before with the `-`");
  }

  std::uint32_t column(std::uint32_t offset) const { return source_.line_column(offset).column; }

  void end_line() {
    if (last() == LossParser::NEWLINE) return;
    const std::uint32_t end = result_.tokens.back().end;
    result_.tokens.push_back({LossParser::NEWLINE, end, end});
    leave_nesting(top(), true);
  }

  // ---- tokens ---------------------------------------------------------------------------------

  void place(const Token& token) {
    if (last() == LossParser::NEWLINE || last() == LossParser::LBRACE) {
      statement_begin_ = token.begin;
    }
    switch (token.type) {
      case LossParser::LPAREN:
      case LossParser::LBRACKET:
      case LossParser::LBRACE:
        if (token.type == LossParser::LBRACE) close_head();
        count_chain(token);
        result_.tokens.push_back(token);
        frames_.push_back({token});
        return deepen(token, 1);
      case LossParser::RPAREN:
      case LossParser::RBRACKET:
      case LossParser::RBRACE:
        return close(token);
      case LossParser::WHERE:
        drop_last_comma();
        break;
      default:
        break;
    }
    count_nesting(token);
    result_.tokens.push_back(token);
  }

  void count_nesting(const Token& token) {
    Frame& frame = top();
    const bool after_operand = ends_operand(last());
    if (token.type == LossParser::NOT || (token.type == LossParser::MINUS && !after_operand)) {
      ++frame.prefixes;
      deepen(token, 1);
    } else if (token.type == LossParser::POWER) {
      ++frame.powers;
      deepen(token, 1);
    } else if (token.type == LossParser::IF) {
      ++frame.choices;
      deepen(token, 1);
    } else if (token.type == LossParser::COMMA || token.type == LossParser::ASSIGN) {
      leave_nesting(frame, true);
    } else if (is_operator(token.type) || is_reserved(token.type)) {
      leave_nesting(frame, false);
    }
  }

  /// `x[i][j]`: each subscript nests what stands before it.
  void count_chain(const Token& token) {
    if (last() != LossParser::RPAREN && last() != LossParser::RBRACKET) return;
    ++top().chains;
    deepen(token, 1);
  }

  /// What a prefix, a power or a chain nested ends at the next weaker operator; a choice at the
  /// next comma.
  void leave_nesting(Frame& frame, bool choices) {
    depth_ -= frame.prefixes + frame.powers + frame.chains;
    frame.prefixes = frame.powers = frame.chains = 0;
    if (!choices) return;
    depth_ -= frame.choices;
    frame.choices = 0;
  }

  void deepen(const Token& token, std::size_t levels) {
    depth_ += levels;
    if (depth_ <= limits_.nesting || refused_) return;
    diagnostics_.report(Diagnostic::nesting_too_deep, range(token),
                        {std::to_string(limits_.nesting)});
    refused_ = true;
  }

  /// Forgets the declaration that nests too deep; its name is known to be declared.
  void drop_declaration() {
    std::vector<Token>& tokens = result_.tokens;
    for (std::size_t i = declaration_begin_; i + 1 < tokens.size(); ++i) {
      const std::size_t type = tokens[i].type;
      if (type == LossParser::LOSS || type == LossParser::METRIC || type == LossParser::FUNC) {
        result_.unparsed.push_back({normalized_name(text(tokens[i + 1])), range(tokens[i + 1])});
        break;
      }
      if (type != LossParser::BATCH) break;
    }
    tokens.resize(std::min(declaration_begin_, tokens.size()));
    frames_.resize(1);
    frames_.front() = {};
    depth_ = 0;
    refused_ = false;
  }

  // ---- brackets -------------------------------------------------------------------------------

  void drop_last_comma() {
    std::vector<Token>& tokens = result_.tokens;
    if (last() != LossParser::COMMA || tokens.size() < 2) return;
    const std::size_t before = tokens[tokens.size() - 2].type;
    if (ends_operand(before) || before == LossParser::KEEP) tokens.pop_back();
  }

  void pop(const Token& closer) {
    if (closer.type == LossParser::RBRACE) {
      if (last() != LossParser::LBRACE) end_line();
    } else {
      drop_last_comma();
    }
    depth_ -= top().nesting() + 1;
    frames_.pop_back();
    result_.tokens.push_back(closer);
  }

  void report_unclosed() {
    diagnostics_.report(Diagnostic::unclosed_bracket, range(top().opener), {text(top().opener)});
  }

  void pop_missing() {
    const std::uint32_t end = result_.tokens.back().end;
    pop({closer_of(top().opener.type), end, end});
  }

  void close_all(bool report) {
    if (report && frames_.size() > 1) report_unclosed();
    while (frames_.size() > 1) pop_missing();
  }

  /// `let` and `require` stand only in a block: a parenthesis open there was forgotten.
  void close_to_block() {
    if (in_block() || refused_) return;
    const bool has_block = std::any_of(frames_.begin() + 1, frames_.end(), [](const Frame& frame) {
      return frame.opener.type == LossParser::LBRACE;
    });
    if (!has_block) return;
    report_unclosed();
    while (!in_block()) pop_missing();
  }

  /// `loss f(pred x: real {`: a block does not begin inside the parameters.
  void close_head() {
    if (frames_.size() != 2 || top().opener.type != LossParser::LPAREN) return;
    report_unclosed();
    pop_missing();
  }

  void close(const Token& closer) {
    if (closer.type == LossParser::RBRACE) close_to_block();
    std::size_t match = frames_.size();
    while (--match > 0) {
      const std::size_t opener = frames_[match].opener.type;
      if (closer_of(opener) == closer.type) break;
      if (opener == LossParser::LBRACE) match = 1;  // a block is not left by `)`
    }
    if (match == 0) {
      diagnostics_.report(Diagnostic::unmatched_bracket, range(closer), {text(closer)})
          .fix(range(closer), "", "remove it");
      return;
    }
    if (match + 1 != frames_.size()) report_unclosed();
    while (match + 1 < frames_.size()) pop_missing();
    pop(closer);
  }

  FileId file_;
  const std::vector<Token>& tokens_;
  Diagnostics& diagnostics_;
  const ParseLimits& limits_;
  const SourceFile& source_;
  TokenStream result_;
  std::vector<Frame> frames_{Frame{}};  ///< the first is the file
  std::size_t index_ = 0;
  std::size_t depth_ = 0;
  std::size_t declaration_begin_ = 0;
  std::uint32_t statement_begin_ = 0;
  bool at_line_start_ = true;
  bool refused_ = false;  ///< the current declaration nests too deep
  std::string documentation_;
  std::uint32_t documentation_line_ = 0;
};

}  // namespace

TokenStream lay_out(FileId file, const std::vector<Token>& tokens, Diagnostics& diagnostics,
                    const ParseLimits& limits) {
  return Layout(file, tokens, diagnostics, limits).run();
}

}  // namespace lossc::syntax
