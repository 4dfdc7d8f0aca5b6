// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/syntax/grammar_errors.h"

#include <antlr4-runtime.h>
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "grammar/LossParser.h"

namespace lossc::syntax {

using grammar::LossParser;

namespace {

/// Enough to show the first twenty; a file with more is not a program.
constexpr std::size_t most_errors = 100;

bool is_expression_rule(std::size_t rule) {
  return rule >= LossParser::RuleExpr && rule <= LossParser::RuleItem;
}

class ReportAndSkip final : public antlr4::ANTLRErrorStrategy {
 public:
  ReportAndSkip(FileId file, const std::vector<Token>& tokens, Diagnostics& diagnostics)
      : file_(file),
        tokens_(tokens),
        diagnostics_(diagnostics),
        source_(diagnostics.sources().file(file).text()) {
    brace_depth_.reserve(tokens.size());
    std::uint32_t depth = 0;
    for (const Token& token : tokens) {
      if (token.type == LossParser::RBRACE) --depth;
      brace_depth_.push_back(depth);
      if (token.type == LossParser::LBRACE) ++depth;
    }
  }

  void reset(antlr4::Parser*) override { in_flight_ = false; }
  bool inErrorRecoveryMode(antlr4::Parser*) override { return in_flight_; }
  void reportMatch(antlr4::Parser*) override {}

  antlr4::Token* recoverInline(antlr4::Parser* parser) override {
    throw antlr4::InputMismatchException(parser);
  }

  /// Called in every rule on the way out; the first is the one that did not fit.
  void reportError(antlr4::Parser* parser, const antlr4::RecognitionException&) override {
    if (in_flight_) return;
    in_flight_ = true;
    report(parser);
  }

  void recover(antlr4::Parser* parser, std::exception_ptr error) override {
    switch (parser->getContext()->getRuleIndex()) {
      case LossParser::RuleLine:
        skip_line(parser);
        break;
      case LossParser::RuleDeclaration:
        skip_declaration(parser);
        break;
      case LossParser::RuleFile:
        break;
      default:
        std::rethrow_exception(error);
    }
    in_flight_ = false;
  }

  /// Before each line of a block and each declaration: what begins neither would end the block.
  void sync(antlr4::Parser* parser) override {
    const std::size_t rule = parser->getContext()->getRuleIndex();
    if (rule == LossParser::RuleFile) {
      while (next(parser) != antlr4::Token::EOF && !begins_declaration(tokens_, index(parser))) {
        report_declaration(parser);
        skip_declaration(parser);
      }
    } else if (rule == LossParser::RuleBlock) {
      const auto& atn = parser->getATN();
      const auto& expected = atn.nextTokens(atn.states[parser->getState()]);
      while (next(parser) != antlr4::Token::EOF && !expected.contains(next(parser))) {
        report_statement(parser);
        skip_line(parser);
      }
    }
  }

 private:
  static std::size_t index(antlr4::Parser* parser) { return parser->getTokenStream()->index(); }
  static std::size_t next(antlr4::Parser* parser) { return parser->getTokenStream()->LA(1); }

  const Token& current(antlr4::Parser* parser) const {
    return tokens_[std::min(index(parser), tokens_.size() - 1)];
  }
  SourceRange range(const Token& token) const { return {file_, token.begin, token.end}; }
  std::string_view text(const Token& token) const {
    return source_.substr(token.begin, token.end - token.begin);
  }

  // ---- going on -------------------------------------------------------------------------------

  void skip_line(antlr4::Parser* parser) {
    for (;; parser->consume()) {
      const std::size_t type = next(parser);
      if (type == antlr4::Token::EOF) return;
      const std::uint32_t depth = brace_depth_[index(parser)];
      if (depth == 0) return;
      if (type == LossParser::NEWLINE && depth == 1) break;
    }
    parser->consume();
  }

  void skip_declaration(antlr4::Parser* parser) {
    // At least one token, unless the error was at the last one.
    while (next(parser) != antlr4::Token::EOF) {
      const bool ends = next(parser) == LossParser::NEWLINE && brace_depth_[index(parser)] == 0;
      parser->consume();
      if (ends && begins_declaration(tokens_, index(parser))) return;
    }
  }

  // ---- messages -------------------------------------------------------------------------------

  std::string found(const Token& token) const {
    if (token.type == antlr4::Token::EOF) return "the end of the file";
    if (token.type == LossParser::NEWLINE) return "the end of the line";
    if (token.begin == token.end) return "the end of the line";  // a bracket that was added
    if (token.type == LossParser::STRING) return "a string";
    constexpr std::size_t longest = 40;
    std::string_view shown = text(token);
    if (shown.size() <= longest) return fmt::format("`{}`", shown);
    std::size_t length = longest;
    while ((static_cast<unsigned char>(shown[length]) & 0xc0u) == 0x80u) --length;
    return fmt::format("`{}…`", shown.substr(0, length));
  }

  bool silent(const Token& token) {
    return token.type == LossParser::FOREIGN || token.type == LossParser::INVALID ||
           ++errors_ > most_errors;
  }

  void unexpected(const Token& token, std::string_view expected) {
    diagnostics_.report(Diagnostic::unexpected_token, range(token), {expected, found(token)});
  }

  void report_declaration(antlr4::Parser* parser) {
    const Token& token = current(parser);
    if (silent(token)) return;
    diagnostics_.report(Diagnostic::expected_declaration, range(token), {found(token)});
  }

  void report_statement(antlr4::Parser* parser) {
    const Token& token = current(parser);
    if (silent(token)) return;
    if (token.type == LossParser::KEEP) {
      diagnostics_.report(Diagnostic::misplaced_keep, range(token));
    } else {
      unexpected(token, "a statement");
    }
  }

  void report(antlr4::Parser* parser) {
    const Token& token = current(parser);
    const std::size_t rule = parser->getContext()->getRuleIndex();
    if (silent(token)) return;
    const bool names = rule == LossParser::RuleName ||
                       (rule == LossParser::RuleFunction && is_reserved(token.type));
    if (names) return report_name(token);
    if (is_expression_rule(rule) || rule == LossParser::RuleLine ||
        rule == LossParser::RuleDeclaration) {
      if (token.type == LossParser::RANGE) {
        diagnostics_.report(Diagnostic::misplaced_range, range(token));
        return;
      }
      if (token.type == LossParser::ASSIGN) {
        diagnostics_.report(Diagnostic::assignment_in_expression, range(token))
            .fix(range(token), "==", "write `==`");
        return;
      }
    }
    if (token.type == LossParser::KEEP && is_expression_rule(rule)) {
      diagnostics_.report(Diagnostic::misplaced_keep, range(token));
      return;
    }
    const std::size_t before = index(parser) > 0 ? tokens_[index(parser) - 1].type : 0;
    if (token.type == LossParser::RBRACKET && before == LossParser::LBRACKET) {
      diagnostics_.report(Diagnostic::empty_brackets, range(token));
      return;
    }
    report_expected(parser, token, rule);
  }

  /// Where a name must stand: of a declaration, a `let`, a parameter.
  void report_name(const Token& token) {
    if (token.type == LossParser::KEEP) {
      diagnostics_.report(Diagnostic::misplaced_keep, range(token));
    } else if (is_reserved(token.type)) {
      diagnostics_.report(Diagnostic::reserved_word, range(token), {text(token)});
    } else {
      unexpected(token, "a name");
    }
  }

  void report_expected(antlr4::Parser* parser, const Token& token, std::size_t rule) {
    const antlr4::misc::IntervalSet expected = parser->getExpectedTokens();
    const auto wants = [&](std::size_t type) { return expected.contains(type); };
    if (wants(LossParser::NUMBER)) return unexpected(token, "an expression");
    if (wants(LossParser::ELSE)) {
      if (token.type == LossParser::THEN || begins_operand(token.type)) {
        return unexpected(token, "an operator or `else`");
      }
      diagnostics_.report(Diagnostic::missing_else, range(token));
      return;
    }
    if (wants(LossParser::THEN)) return unexpected(token, "`then` after the condition of `if`");
    if (wants(LossParser::NEWLINE)) {
      return unexpected(token, rule == LossParser::RuleLine ? "an operator or the end of the line"
                                                            : "the end of the line");
    }
    if (wants(LossParser::LBRACE) && wants(LossParser::ASSIGN)) {
      return unexpected(token, "`=` or `{` before the body");
    }
    if (rule == LossParser::RuleStatement && wants(LossParser::ASSIGN)) {
      unexpected(token, "`=` after the name");
      return;
    }
    if (wants(LossParser::RPAREN)) return unexpected(token, "an operator, `,` or `)`");
    if (wants(LossParser::RBRACKET)) return unexpected(token, "an operator, `,` or `]`");
    unexpected(token, list(parser, expected));
  }

  static std::string list(antlr4::Parser* parser, const antlr4::misc::IntervalSet& expected) {
    std::string result;
    std::size_t count = 0;
    for (const auto type : expected.toList()) {
      std::string name = parser->getVocabulary().getDisplayName(static_cast<std::size_t>(type));
      for (char& c : name) c = c == '\'' ? '`' : c;
      if (type == LossParser::STRING) name = "a string in `\"`";
      if (is_name_token(static_cast<std::size_t>(type))) name = "a name";
      if (is_name_token(static_cast<std::size_t>(type)) && count > 0) break;
      result += count++ == 0 ? name : " or " + name;
      if (count == 4) break;
    }
    return result.empty() ? "something else" : result;
  }

  FileId file_;
  const std::vector<Token>& tokens_;
  Diagnostics& diagnostics_;
  std::string_view source_;
  std::vector<std::uint32_t> brace_depth_;
  std::size_t errors_ = 0;
  bool in_flight_ = false;
};

}  // namespace

std::shared_ptr<antlr4::ANTLRErrorStrategy> report_and_skip(FileId file,
                                                            const std::vector<Token>& tokens,
                                                            Diagnostics& diagnostics) {
  return std::make_shared<ReportAndSkip>(file, tokens, diagnostics);
}

}  // namespace lossc::syntax
