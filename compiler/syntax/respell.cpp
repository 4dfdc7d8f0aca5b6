// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Single tokens that are not ours. What other languages spell otherwise is diagnosed and replaced
// by our spelling, so that one `&&` gives one diagnostic and nothing after it. What has no spelling
// here stays a FOREIGN token, about which the parser says nothing more.
#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "compiler/syntax/tokens.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

namespace {

struct Spelling {
  std::string_view foreign;
  std::string_view ours;
  std::size_t type;
};

constexpr Spelling spellings[] = {
    {"**", "^", LossParser::POWER},   {"&&", "and", LossParser::AND},
    {"&", "and", LossParser::AND},    {"||", "or", LossParser::OR},
    {"|", "or", LossParser::OR},      {"!", "not", LossParser::NOT},
    {"~", "not", LossParser::NOT},    {"<>", "!=", LossParser::NOT_EQUAL},
    {"===", "==", LossParser::EQUAL}, {"!==", "!=", LossParser::NOT_EQUAL},
    {":=", "=", LossParser::ASSIGN},  {"...", "..", LossParser::RANGE},
};

/// What to write for an operator that we have no sign for.
std::string_view advice(std::string_view sign) {
  if (sign == "%") return "; the remainder of x by m is `x - m * floor(x / m)`";
  if (sign == "@") return "; write `sum[k](a[i, k] * b[k, j])`, or `dot(a, b)` of two vectors";
  if (sign == "++") return "; nothing changes here, define a new name: `let n' = n + 1`";
  if (sign == "->" || sign == "=>") return "; the result of a body is its last line";
  return "; nothing changes here, define a new name: `let x' = x + y`";
}

class Respelling {
 public:
  Respelling(FileId file, std::vector<Token> tokens, Diagnostics& diagnostics)
      : file_(file),
        tokens_(std::move(tokens)),
        diagnostics_(diagnostics),
        text_(diagnostics.sources().file(file).text()) {}

  std::vector<Token> run() {
    result_.reserve(tokens_.size());
    for (index_ = 0; index_ < tokens_.size(); ++index_) {
      const Token& token = tokens_[index_];
      switch (token.type) {
        case LossParser::FOREIGN:
          foreign(token);
          break;
        case LossParser::UNKNOWN:
          unknown(token);
          break;
        case LossParser::OPEN_STRING:
          open_string(token);
          break;
        case LossParser::STRING:
          string(token);
          break;
        case LossParser::NEWLINE:
          line_begin_ = token.end;
          [[fallthrough]];
        default:
          result_.push_back(token);
          break;
      }
    }
    return std::move(result_);
  }

 private:
  SourceRange range(const Token& token) const { return {file_, token.begin, token.end}; }
  std::string_view text(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }

  void foreign(const Token& token) {
    const std::string_view sign = text(token);
    if (sign == ";") return semicolon(token);
    if (sign == "//" || sign == "/*") return slashes(token);
    if (sign == "?") {  // a form of several tokens, left to `mend`
      result_.push_back(token);
      return;
    }
    const bool after_operand = !result_.empty() && ends_operand(result_.back().type);
    for (const Spelling& spelling : spellings) {
      if (spelling.foreign != sign || (spelling.type == LossParser::NOT && after_operand)) continue;
      const bool is_word = spelling.type == LossParser::NOT;
      diagnostics_.report(Diagnostic::foreign_operator, range(token), {sign, spelling.ours})
          .fix(range(token), fmt::format("{}{}", spelling.ours, is_word ? " " : ""),
               fmt::format("write `{}`", spelling.ours));
      result_.push_back({spelling.type, token.begin, token.end});
      return;
    }
    const std::string_view hint = sign == "!"   ? "; n! is `gamma(n + 1)`"
                                  : sign == "~" ? ""
                                                : advice(sign);
    diagnostics_.report(Diagnostic::no_such_operator, range(token), {sign, hint});
    result_.push_back(token);
  }

  void semicolon(const Token& token) {
    const bool last = next_type() == LossParser::NEWLINE;
    const std::uint32_t end = last ? token.end : tokens_[index_ + 1].begin;
    diagnostics_.report(Diagnostic::semicolon, range(token))
        .fix({file_, token.begin, end}, last ? std::string() : fmt::format("\n{}", indentation()),
             "end the line here");
    result_.push_back({LossParser::NEWLINE, token.begin, token.end});
  }

  std::string_view indentation() const {
    const std::string_view line = text_.substr(line_begin_);
    return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
  }

  /// `//` at the start of a line, or before words, begins a comment of C; else it divides.
  void slashes(const Token& token) {
    const bool at_line_start = result_.empty() || result_.back().type == LossParser::NEWLINE;
    bool prose = at_line_start || text(token) == "/*";
    std::size_t end = std::max(index_ + 1, prose_end_);
    for (; end < tokens_.size() && tokens_[end].type != LossParser::NEWLINE; ++end) {
      prose = prose || (is_name_token(tokens_[end].type) && is_name_token(tokens_[end - 1].type));
    }
    if (!prose) {
      prose_end_ = end;
      diagnostics_.report(Diagnostic::integer_division, range(token));
      result_.push_back({LossParser::DIVIDE, token.begin, token.end});
      return;
    }
    diagnostics_.report(Diagnostic::foreign_comment, range(token), {text(token)})
        .fix(range(token), "#", "write `#`");
    index_ = end - 1;
  }

  void unknown(const Token& token) {
    // A run of strange characters is one mistake.
    Token run = token;
    while (index_ + 1 < tokens_.size() && tokens_[index_ + 1].type == LossParser::UNKNOWN &&
           tokens_[index_ + 1].begin == run.end) {
      run.end = tokens_[++index_].end;
    }
    utf8proc_int32_t code = 0;
    utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text_.data() + token.begin),
                     static_cast<utf8proc_ssize_t>(text_.size() - token.begin), &code);
    const bool visible = code > 0x20 && code < 0x7f;
    const std::string name =
        visible ? fmt::format("`{}`", text(token)) : fmt::format("U+{:04X}", code);
    std::string_view hint;
    std::string_view replacement;
    if (code == 0xa0 || code == 0x202f || (code >= 0x2000 && code <= 0x200b) || code == 0x3000) {
      hint = ", it is a space that is not U+0020";
      replacement = " ";
    } else if (code == 0x2018 || code == 0x2019 || (code >= 0x201c && code <= 0x201f) ||
               code == '\'' || code == '`') {
      hint = "; strings stand between `\"`";
    } else if (code == 0x2013 || code == 0x2014 || code == 0x2010) {
      hint = "; for minus write `-`";
      replacement = "-";
    }
    Report& report =
        diagnostics_.report(Diagnostic::unexpected_character, range(run), {name, hint});
    if (!replacement.empty())
      report.fix(range(token), std::string(replacement), "write the ASCII character");
    if (replacement == " ") return;
    // The parser says nothing more about a FOREIGN token.
    const std::size_t type =
        replacement == "-" ? std::size_t{LossParser::MINUS} : std::size_t{LossParser::FOREIGN};
    result_.push_back({type, run.begin, run.end});
  }

  void open_string(const Token& token) {
    diagnostics_.report(Diagnostic::unterminated_string, range(token))
        .fix({file_, token.end, token.end}, "\"", "close it at the end of the line");
    result_.push_back({LossParser::STRING, token.begin, token.end});
  }

  void string(const Token& token) {
    for (std::uint32_t i = token.begin + 1; i + 1 < token.end; ++i) {
      if (text_[i] != '\\') continue;
      const char next = text_[++i];
      if (next == '"' || next == '\\' || next == 'n') continue;
      // The escape is shown with the whole of a character of several bytes.
      std::uint32_t end = i + 1;
      while (end < token.end && (static_cast<unsigned char>(text_[end]) & 0xc0u) == 0x80u) ++end;
      const SourceRange escape{file_, i - 1, end};
      diagnostics_.report(Diagnostic::unknown_escape, escape, {text_.substr(i - 1, end - i + 1)})
          .fix({file_, i - 1, i}, "\\\\", "write a backslash");
    }
    result_.push_back(token);
  }

  std::size_t next_type() const {
    return index_ + 1 < tokens_.size() ? tokens_[index_ + 1].type
                                       : std::size_t{LossParser::NEWLINE};
  }

  FileId file_;
  std::vector<Token> tokens_;
  Diagnostics& diagnostics_;
  std::string_view text_;
  std::vector<Token> result_;
  std::size_t index_ = 0;
  std::uint32_t line_begin_ = 0;
  std::size_t prose_end_ = 0;  ///< up to here the line is known to hold no prose
};

}  // namespace

std::vector<Token> respell(FileId file, std::vector<Token> tokens, Diagnostics& diagnostics) {
  return Respelling(file, std::move(tokens), diagnostics).run();
}

}  // namespace lossc::syntax
