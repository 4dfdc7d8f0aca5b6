// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forms of other languages that take more than one token to see: `c ? a : b`, `a if c else b`,
// `a[:, i]`, `return x`, `def f(x)`, `2x`, unary `+`, `=` for `==`. Each is diagnosed with our form
// as a fix-it and rewritten, or replaced by an INVALID expression, so that the parser sees nothing
// of it. Brackets are balanced here (layout.cpp), and depth is bounded.
#include <fmt/format.h>
#include <algorithm>

#include <string>
#include <string_view>
#include <utility>

#include "compiler/syntax/tokens.h"
#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

namespace {

bool is_opener(std::size_t type) {
  return type == LossParser::LPAREN || type == LossParser::LBRACKET || type == LossParser::LBRACE;
}
bool is_closer(std::size_t type) {
  return type == LossParser::RPAREN || type == LossParser::RBRACKET || type == LossParser::RBRACE;
}

/// Tokens that an expression does not reach over.
bool separates(std::size_t type) {
  switch (type) {
    case LossParser::COMMA:
    case LossParser::NEWLINE:
    case LossParser::ASSIGN:
    case LossParser::WHERE:
    case LossParser::IN:
    case LossParser::RANGE:
    case LossParser::PLUS_MINUS:
    case LossParser::REQUIRE:
    case LossParser::IF:
    case LossParser::THEN:
    case LossParser::ELSE:
      return true;
    default:
      return is_opener(type) || is_closer(type);
  }
}

struct Frame {
  std::size_t opener = 0;      ///< type; 0 for the file
  std::size_t expression = 0;  ///< where the current expression begins in the result
  std::size_t conditions = 0;  ///< `if`s that wait for their `then`
  bool defined = false;        ///< the statement has its `=`
  std::size_t statement = 0;   ///< where the statement begins in the result
};

class Mending {
 public:
  Mending(FileId file, TokenStream stream, Diagnostics& diagnostics)
      : file_(file),
        stream_(std::move(stream)),
        tokens_(stream_.tokens),
        diagnostics_(diagnostics),
        source_(diagnostics.sources().file(file).text()) {}

  TokenStream run() {
    result_.reserve(tokens_.size() + 16);
    for (index_ = 0; index_ < tokens_.size(); ++index_) {
      while (!parentheses_.empty() && parentheses_.back() <= index_) {
        parentheses_.pop_back();
        put({LossParser::RPAREN, result_.back().end, result_.back().end});
      }
      if (!mended(tokens_[index_])) put(tokens_[index_]);
    }
    stream_.tokens = std::move(result_);
    return std::move(stream_);
  }

 private:
  SourceRange range(const Token& token) const { return {file_, token.begin, token.end}; }
  std::string_view text(std::uint32_t begin, std::uint32_t end) const {
    return source_.substr(begin, end - begin);
  }
  std::string_view text(const Token& token) const { return text(token.begin, token.end); }
  std::size_t last() const {
    return result_.empty() ? std::size_t{LossParser::NEWLINE} : result_.back().type;
  }
  std::size_t type_at(std::size_t index) const {
    return index < tokens_.size() ? tokens_[index].type : std::size_t{LossParser::NEWLINE};
  }
  Frame& top() { return frames_.back(); }
  /// Before the `=` or the `{` of a declaration: no expression stands there.
  bool in_head() const { return frames_.size() == 1 && !frames_.back().defined; }
  bool starts_statement() const {
    return last() == LossParser::NEWLINE || last() == LossParser::LBRACE;
  }

  void put(const Token& token) {
    if (frames_.size() == 1 && last() == LossParser::NEWLINE) {
      in_test_ = token.type == LossParser::TEST;
    }
    result_.push_back(token);
    if (is_opener(token.type)) {
      frames_.push_back({token.type, result_.size(), 0, false, result_.size()});
    } else if (is_closer(token.type) && frames_.size() > 1) {
      frames_.pop_back();
    } else if (token.type == LossParser::IF && !in_head()) {
      ++top().conditions;
    } else if (token.type == LossParser::THEN && top().conditions > 0) {
      --top().conditions;
    } else if (token.type == LossParser::ASSIGN) {
      top().defined = true;
    } else if (token.type == LossParser::COMMA || token.type == LossParser::NEWLINE) {
      top().conditions = 0;
      top().defined = false;
    }
    if (token.type == LossParser::NEWLINE) top().statement = result_.size();
    if (separates(token.type) && !is_closer(token.type)) top().expression = result_.size();
  }

  /// Whether the token was dealt with; it may have moved `index_` on.
  bool mended(const Token& token) {
    switch (token.type) {
      case LossParser::PLUS:
        return unary_plus(token);
      case LossParser::PLUS_MINUS:
        return plus_minus(token);
      case LossParser::IF:
        return conditional(token);
      case LossParser::FOREIGN:
        return text(token) == "?" && ternary(token);
      case LossParser::COLON:
        return slice(token);
      case LossParser::EQUAL:
        return equal(token);
      case LossParser::ASSIGN:
        return assign(token);
      case LossParser::LATER:
        return later(token);
      case LossParser::LPAREN:
        return implicit_product(token);
      default:
        break;
    }
    if (!is_name_token(token.type)) return false;
    return word(token) || implicit_product(token);
  }

  void invalid(std::uint32_t begin, std::uint32_t end) { put({LossParser::INVALID, begin, end}); }

  /// The index of the first token after the expression that goes on at `from`: the first separator
  /// outside of its brackets and of its own `if`s.
  std::size_t expression_end(std::size_t from) const {
    std::size_t depth = 0;
    std::size_t thens = 0;
    std::size_t elses = 0;
    for (std::size_t i = from; i < tokens_.size(); ++i) {
      const std::size_t type = tokens_[i].type;
      if (is_opener(type)) {
        ++depth;
      } else if (is_closer(type)) {
        if (depth-- == 0) return i;
      } else if (depth == 0 && type == LossParser::IF) {
        ++thens;
      } else if (depth == 0 && type == LossParser::THEN && thens > 0) {
        --thens;
        ++elses;
      } else if (depth == 0 && type == LossParser::ELSE && elses > 0) {
        --elses;
      } else if (depth == 0 && separates(type)) {
        return i;
      }
    }
    return tokens_.size();
  }

  std::size_t find(std::size_t type, std::size_t from, std::size_t to) const {
    std::size_t depth = 0;
    for (std::size_t i = from; i < to; ++i) {
      if (is_opener(tokens_[i].type)) ++depth;
      if (is_closer(tokens_[i].type)) --depth;
      if (depth == 0 && tokens_[i].type == type) return i;
    }
    return to;
  }

  // ---- operators --------------------------------------------------------------------------------

  bool unary_plus(const Token& token) {
    if (ends_operand(last()) || last() == LossParser::FOREIGN || last() == LossParser::KEEP) {
      return false;
    }
    diagnostics_.report(Diagnostic::unary_plus, range(token)).fix(range(token), "", "remove it");
    return true;
  }

  bool plus_minus(const Token& token) {
    if (in_test_ && frames_.size() == 2 && ends_operand(last())) return false;
    diagnostics_.report(Diagnostic::plus_minus_outside_test, range(token))
        .fix(range(token), "-", "write `-` to subtract")
        .fix(range(token), "+ -", "or put a space between the two");
    put({LossParser::MINUS, token.begin, token.end});
    return true;
  }

  bool equal(const Token& token) {
    const Frame& frame = top();
    const bool let =
        frame.statement < result_.size() && result_[frame.statement].type == LossParser::LET;
    if (frame.opener != LossParser::LBRACE || !let || frame.defined) return false;
    diagnostics_.report(Diagnostic::comparison_for_definition, range(token))
        .fix(range(token), "=", "write `=`");
    put({LossParser::ASSIGN, token.begin, token.end});
    return true;
  }

  bool assign(const Token& token) {
    const Frame& frame = top();
    const std::size_t first = frame.statement < result_.size() ? result_[frame.statement].type
                                                               : std::size_t{LossParser::NEWLINE};
    const bool statement = frame.opener == LossParser::LBRACE;
    const bool wrong = frame.conditions > 0 || frame.opener == LossParser::LBRACKET ||
                       (statement && first == LossParser::REQUIRE) ||
                       (statement && first != LossParser::LET && in_test_ && frame_is_call()) ||
                       (statement && frame.defined);
    if (!wrong) return false;
    diagnostics_.report(Diagnostic::assignment_in_expression, range(token))
        .fix(range(token), "==", "write `==`");
    put({LossParser::EQUAL, token.begin, token.end});
    return true;
  }

  /// `f(x) = 1` in a test is a check with the wrong sign.
  bool frame_is_call() const { return last() == LossParser::RPAREN; }

  bool implicit_product(const Token& token) {
    if (last() != LossParser::NUMBER) return false;
    // Two checks on one line of a test are no product.
    if (in_test_ && frames_.size() == 2 && result_.back().end != token.begin) return false;
    const std::string shown = fmt::format("`{}`", text(token));
    const std::uint32_t end = result_.back().end;
    diagnostics_.report(Diagnostic::implicit_product, range(token), {shown})
        .fix({file_, end, token.begin}, " * ", "write the product");
    put({LossParser::TIMES, token.begin, token.begin});
    return false;
  }

  // ---- choices ----------------------------------------------------------------------------------

  bool conditional(const Token& token) {
    if (in_head()) return false;
    if (ends_operand(last())) return foreign_conditional(token);
    const std::size_t before = last();
    const bool inside =
        before == LossParser::AND || before == LossParser::OR || before == LossParser::NOT ||
        (is_operator(before) && before != LossParser::PLUS_MINUS && before != LossParser::RANGE);
    if (!inside) return false;
    const std::size_t end = expression_end(index_);
    const std::uint32_t last_byte = tokens_[end - 1].end;
    diagnostics_.report(Diagnostic::conditional_needs_parentheses, range(token))
        .fix({file_, token.begin, last_byte}, fmt::format("({})", text(token.begin, last_byte)),
             "put the `if` in parentheses");
    parentheses_.push_back(end);
    put({LossParser::LPAREN, token.begin, token.begin});
    return false;
  }

  /// Replaces the expression from where it began to `end` by an INVALID one.
  void replace_expression(std::size_t end) {
    const std::uint32_t begin = result_[top().expression].begin;
    result_.resize(top().expression);
    invalid(begin, tokens_[end - 1].end);
    index_ = end - 1;
  }

  bool foreign_conditional(const Token& token) {
    const std::size_t middle = expression_end(index_ + 1);
    const std::size_t end =
        type_at(middle) == LossParser::ELSE ? expression_end(middle + 1) : middle;
    const Token& first = result_[top().expression];
    Report& report = diagnostics_.report(Diagnostic::foreign_conditional, range(token));
    if (type_at(middle) == LossParser::ELSE && end > middle + 1 && middle > index_ + 1) {
      report.fix({file_, first.begin, tokens_[end - 1].end},
                 fmt::format("if {} then {} else {}",
                             text(tokens_[index_ + 1].begin, tokens_[middle - 1].end),
                             text(first.begin, result_.back().end),
                             text(tokens_[middle + 1].begin, tokens_[end - 1].end)),
                 "write");
    }
    replace_expression(end);
    return true;
  }

  bool ternary(const Token& token) {
    const std::size_t end = expression_end(index_ + 1);
    const std::size_t colon = find(LossParser::COLON, index_ + 1, end);
    Report& report = diagnostics_.report(Diagnostic::foreign_ternary, range(token));
    const bool has_condition = top().expression < result_.size();
    if (has_condition && colon + 1 < end && colon > index_ + 1) {
      const std::uint32_t begin = result_[top().expression].begin;
      const std::string_view value = text(tokens_[colon + 1].begin, tokens_[end - 1].end);
      if (value.find('?') == std::string_view::npos) {
        report.fix({file_, begin, tokens_[end - 1].end},
                   fmt::format("if {} then {} else {}", text(begin, result_.back().end),
                               text(tokens_[index_ + 1].begin, tokens_[colon - 1].end), value),
                   "write");
      }
    }
    if (has_condition) {
      replace_expression(end);
    } else {
      invalid(token.begin, tokens_[end - 1].end);
      index_ = end - 1;
    }
    return true;
  }

  // ---- subscripts -------------------------------------------------------------------------------

  bool slice(const Token& token) {
    if (top().opener != LossParser::LBRACKET) return false;
    const bool before = last() == LossParser::LBRACKET || last() == LossParser::COMMA;
    const std::size_t next = type_at(index_ + 1);
    if (before && (next == LossParser::RBRACKET || next == LossParser::COMMA)) {
      diagnostics_.report(Diagnostic::slice, range(token), {"_"})
          .fix(range(token), "_", "write `_`");
      put({LossParser::KEEP, token.begin, token.end});
      return true;
    }
    diagnostics_.report(Diagnostic::slice, range(token), {"i in a .. b"})
        .note("a part of an axis is an index with its range: `sum[i in 1 .. 3](a[i])`");
    std::size_t end = index_ + 1;  // over every `:` of the item
    while ((end = expression_end(end)) < tokens_.size() && type_at(end) == LossParser::COLON) ++end;
    if (top().expression < result_.size()) {
      replace_expression(end);
    } else {
      invalid(token.begin, tokens_[end - 1].end);
      index_ = end - 1;
    }
    return true;
  }

  // ---- words ------------------------------------------------------------------------------------

  bool later(const Token& token) {
    diagnostics_.report(Diagnostic::reserved_for_later, range(token), {text(token)});
    const std::size_t next = type_at(index_ + 1);
    const bool declared = last() == LossParser::LET || is_name_token(last());
    const bool used = !declared && (next == LossParser::LPAREN || next == LossParser::LBRACKET);
    put({used ? LossParser::INVALID : LossParser::ID, token.begin, token.end});
    return true;
  }

  bool word(const Token& token) {
    const std::string_view spelling = text(token);
    const std::size_t next = type_at(index_ + 1);
    if (spelling == "elif" && ends_operand(last())) return elif (token);
    if (!starts_statement()) return false;
    const bool before_name = is_name_token(next);
    if (frames_.size() == 1) {
      if (!before_name) return false;
      if (spelling == "def" || spelling == "fn" || spelling == "function" || spelling == "fun") {
        return foreign_function(token);
      }
      return spelling == "from" && drop_line(token, "write `import a.b`");
    }
    if (spelling == "return" && begins_operand(next)) {
      foreign_word(token, "the last line of a body is its result")
          .fix({file_, token.begin, tokens_[index_ + 1].begin}, "", "remove it");
      return true;
    }
    if (!before_name) return false;
    if (spelling == "var" || spelling == "const" || spelling == "val" || spelling == "auto") {
      foreign_word(token, "a definition begins with `let`").fix(range(token), "let", "write `let`");
      put({LossParser::LET, token.begin, token.end});
      return true;
    }
    return (spelling == "for" || spelling == "while") &&
           drop_line(token, "a loop is a reduction: `sum[i](x[i])`");
  }

  Report& foreign_word(const Token& token, std::string_view advice) {
    return diagnostics_.report(Diagnostic::foreign_word, range(token), {text(token), advice});
  }

  bool elif (const Token& token) {
    foreign_word(token, "write `else if`").fix(range(token), "else if", "write `else if`");
    put({LossParser::ELSE, token.begin, token.end});
    put({LossParser::IF, token.end, token.end});
    return true;
  }

  /// A line of which nothing can be kept: in a body an INVALID statement, else nothing at all.
  bool drop_line(const Token& token, std::string_view advice) {
    foreign_word(token, advice);
    std::size_t end = index_;
    for (std::size_t depth = 0; end < tokens_.size(); ++end) {
      const std::size_t type = tokens_[end].type;
      if (is_opener(type)) ++depth;
      if (depth == 0 && (type == LossParser::NEWLINE || type == LossParser::RBRACE)) break;
      if (is_closer(type)) --depth;
    }
    if (frames_.size() > 1) {
      invalid(token.begin, tokens_[end - 1].end);
    } else if (type_at(end) == LossParser::NEWLINE) {
      ++end;
    }
    index_ = end - 1;
    return true;
  }

  /// `def f(x):` and what is indented below it, up to the next declaration; with a body of ours
  /// only the word is wrong.
  bool foreign_function(const Token& token) {
    foreign_word(token, "a helper is a `func`").fix(range(token), "func", "write `func`");
    std::size_t after = index_ + 2;
    if (type_at(after) == LossParser::LPAREN) {
      after = find(LossParser::RPAREN, after + 1, tokens_.size());
      std::size_t depth = 0;
      for (after = index_ + 2; after < tokens_.size(); ++after) {
        if (is_opener(tokens_[after].type)) ++depth;
        if (is_closer(tokens_[after].type) && --depth == 0) break;
      }
      ++after;
    }
    if (type_at(after) == LossParser::ASSIGN || type_at(after) == LossParser::LBRACE) {
      put({LossParser::FUNC, token.begin, token.end});
      return true;
    }
    const Token& name = tokens_[index_ + 1];
    stream_.unparsed.push_back({normalized_name(text(name)), range(name)});
    while (index_ + 1 < tokens_.size() && !(tokens_[index_].type == LossParser::NEWLINE &&
                                            begins_declaration(tokens_, index_ + 1))) {
      ++index_;
    }
    return true;
  }

  FileId file_;
  TokenStream stream_;
  const std::vector<Token>& tokens_;
  Diagnostics& diagnostics_;
  std::string_view source_;
  std::vector<Token> result_;
  std::vector<Frame> frames_{Frame{}};
  std::vector<std::size_t> parentheses_;  ///< before which token a `)` of ours is due
  std::size_t index_ = 0;
  bool in_test_ = false;
};

}  // namespace

TokenStream mend(FileId file, TokenStream stream, Diagnostics& diagnostics) {
  return Mending(file, std::move(stream), diagnostics).run();
}

}  // namespace lossc::syntax
