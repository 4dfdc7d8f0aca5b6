// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// By loss; first the formula, then what differentiating made of it; at the end of each loss the
// equations that were used, once.
#include "compiler/lossc/rewrites.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/stabilise/reasons.h"

namespace lossc::cli {
namespace {

using stabilise::Rewrite;
using stabilise::RuleInfo;
using stabilise::Stage;

/// What fits on a line beside its rule.
constexpr std::size_t short_line = 72;
constexpr std::size_t longest_excerpt = 60;

/// The source on one line, cut at a character.
std::string excerpt(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) result += c;
    if (blank && !result.empty() && result.back() != ' ') result += ' ';
  }
  if (result.size() <= longest_excerpt) return result;
  std::size_t end = longest_excerpt;
  while (end > 0 && (static_cast<unsigned char>(result[end]) & 0xc0u) == 0x80u) --end;
  return result.substr(0, end) + "…";
}

std::string place_of(const SourceRange& range, const SourceManager& sources) {
  if (!range.valid()) return "made by differentiating";
  const SourceFile& file = sources.file(range.file);
  const LineColumn at = file.line_column(range.begin);
  return fmt::format("{}:{}:{}: {}", file.name(), at.line, at.column, excerpt(sources.text(range)));
}

std::string line_of(const Rewrite& rewrite) {
  const bool is_short = rewrite.before.size() + rewrite.after.size() <= short_line;
  return fmt::format("      {}{}→  {}  [{}]\n", rewrite.before, is_short ? "  " : "\n      ",
                     rewrite.after, rewrite.rule);
}

void append_rule(const std::string& name, std::string& text) {
  const auto& rows = stabilise::rules();
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const RuleInfo& candidate) { return candidate.name == name; });
  if (row == rows.end()) return;
  text += fmt::format("    {}: {} = {}", name, row->left, row->right);
  if (!row->condition.empty()) text += ", " + row->condition;
  const std::string why = stabilise::reason(name);
  text += why.empty() ? "\n" : "\n      " + why + "\n";
}

/// The rewrites of one loss and stage, in order; places are not repeated.
void append_stage(const std::vector<Rewrite>& rewrites, const std::string& loss, Stage stage,
                  const SourceManager& sources, std::string& text) {
  std::string previous;
  for (const Rewrite& rewrite : rewrites) {
    if (rewrite.loss != loss || rewrite.stage != stage) continue;
    if (previous.empty()) {
      text += loss + (stage == Stage::formulas ? ": its formula\n" : ": its derivatives\n");
    }
    const std::string place = place_of(rewrite.range, sources);
    if (place != previous) text += "  " + place + "\n";
    previous = place;
    text += line_of(rewrite);
  }
}

}  // namespace

std::string text_of(const std::vector<Rewrite>& rewrites, const SourceManager& sources) {
  std::string text;
  std::vector<std::string> losses;
  for (const Rewrite& rewrite : rewrites) {
    if (std::find(losses.begin(), losses.end(), rewrite.loss) == losses.end()) {
      losses.push_back(rewrite.loss);
    }
  }
  for (const std::string& loss : losses) {
    if (!text.empty()) text += '\n';
    for (const Stage stage : {Stage::formulas, Stage::derivatives}) {
      append_stage(rewrites, loss, stage, sources, text);
    }
    std::vector<std::string> used;
    for (const Rewrite& rewrite : rewrites) {
      for (const std::string& rule : rewrite.rules) {
        const bool known = std::find(used.begin(), used.end(), rule) != used.end();
        if (rewrite.loss == loss && !known) used.push_back(rule);
      }
    }
    if (!used.empty()) text += "  by\n";
    for (const std::string& rule : used) append_rule(rule, text);
  }
  return text;
}

}  // namespace lossc::cli
