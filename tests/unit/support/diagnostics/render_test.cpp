// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The registry and the three renderings of a report.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "compiler/support/diagnostics/diagnostics.h"

namespace lossc {
namespace {

struct Reported {
  explicit Reported(std::string text) : file(sources.add("a b.loss", std::move(text))) {}
  SourceRange at(std::uint32_t begin, std::uint32_t end) const { return {file, begin, end}; }

  SourceManager sources;
  Diagnostics diagnostics{sources};
  FileId file;
};

TEST(Registry, RowsAreWellFormed) {
  std::set<std::string_view> codes;
  for (const DiagnosticInfo& row : all_diagnostics()) {
    EXPECT_TRUE(codes.insert(row.code).second) << row.code;
    ASSERT_EQ(row.code.size(), 5u) << row.code;
    EXPECT_EQ(row.code[0], row.severity == Severity::error ? 'E' : 'W') << row.code;
    EXPECT_FALSE(row.text.empty()) << row.code;
    EXPECT_NE(row.text.back(), '.') << row.code;
    EXPECT_GT(row.explanation.size(), 40u) << row.code;
    EXPECT_NE(row.explanation.front(), '\n') << row.code;
  }
}

TEST(Registry, FindsInAnyCase) {
  ASSERT_NE(find_diagnostic("e0201"), nullptr);
  EXPECT_EQ(find_diagnostic("e0201")->name, "unexpected_token");
  EXPECT_EQ(find_diagnostic("E9999"), nullptr);
  EXPECT_EQ(find_diagnostic(""), nullptr);
}

TEST(Diagnostics, FillsMessages) {
  Reported reported("x y\n");
  EXPECT_EQ(reported.diagnostics
                .report(Diagnostic::unexpected_token, reported.at(2, 3), {"an {} operator", "`y`"})
                .message,
            "expected an {} operator, found `y`");
  // Too few and too many arguments are ugly, not fatal.
  EXPECT_EQ(
      reported.diagnostics.report(Diagnostic::unexpected_token, reported.at(0, 1), {"a"}).message,
      "expected a, found {}");
  EXPECT_EQ(
      reported.diagnostics.report(Diagnostic::nul_byte, reported.at(0, 1), {"a", "b"}).message,
      "a NUL byte in the source");
}

TEST(Diagnostics, TheSameRowAtTheSamePlaceIsOneReport) {
  Reported reported("x y\n");
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(0, 1));
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(0, 1)).note("lost");
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(2, 3));
  EXPECT_EQ(reported.diagnostics.error_count(), 2u);
}

TEST(RenderText, ShowsPlaceNotesAndFixes) {
  Reported reported("let a = x ** 2\nlet b = 1\n");
  reported.diagnostics.report(Diagnostic::foreign_operator, reported.at(10, 12), {"**", "^"})
      .note(reported.at(19, 20), "here")
      .note("nowhere")
      .fix(reported.at(10, 12), "^", "write `^`");
  EXPECT_EQ(render_text(reported.diagnostics),
            "a b.loss:1:11: error: `**` is written `^` in this language [E0206]\n"
            "  let a = x ** 2\n"
            "            ^~\n"
            "a b.loss:2:5: note: here\n"
            "  let b = 1\n"
            "      ^\n"
            "note: nowhere\n"
            "help: write `^`:\n"
            "  let a = x ^ 2\n");
}

TEST(RenderText, IsSortedAndLimited) {
  Reported reported("abc\n");
  for (const std::uint32_t i : {2u, 0u, 1u}) {
    reported.diagnostics.report(Diagnostic::nul_byte, reported.at(i, i + 1));
  }
  const std::string text = render_text(reported.diagnostics, {.color = false, .limit = 2});
  EXPECT_EQ(text,
            "a b.loss:1:1: error: a NUL byte in the source [E0104]\n  abc\n  ^\n"
            "a b.loss:1:2: error: a NUL byte in the source [E0104]\n  abc\n   ^\n"
            "1 more error not shown\n");
}

TEST(RenderText, EscapesWhatCouldHarmATerminal) {
  Reported reported("\x1b[31mred\x07 \xe2\x80\xae \xff\tx\n");
  reported.diagnostics.report(Diagnostic::unexpected_token, reported.at(15, 16),
                              {"\x1b[0m", "\xe2\x80\xae"});
  const std::string text = render_text(reported.diagnostics);
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << text;
  EXPECT_NE(text.find("\\x1B[31mred\\x07 \\u{202E} \\xFF  x"), std::string::npos) << text;
}

TEST(RenderText, ShowsAWindowOfALongLine) {
  Reported reported(std::string(1000, 'a') + "b" + std::string(1000, 'c') + "\n");
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(1000, 1001));
  const std::string text = render_text(reported.diagnostics);
  EXPECT_LT(text.size(), 400u);
  EXPECT_NE(text.find("aab"
                      "cc"),
            std::string::npos);
}

TEST(RenderText, WideCharactersKeepTheCaretInPlace) {
  Reported reported("# 損失 x\n");
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(9, 10));
  EXPECT_NE(render_text(reported.diagnostics).find("\n         ^\n"), std::string::npos);
}

TEST(RenderText, PlacesOutsideTheTextAreHarmless) {
  Reported reported("");
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(0, 0));
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(7, 9))
      .fix(reported.at(9, 9), "", "");
  reported.diagnostics.report(Diagnostic::nul_byte, SourceRange{});
  EXPECT_NE(render_text(reported.diagnostics).find("error: a NUL byte"), std::string::npos);
}

TEST(RenderText, Color) {
  Reported reported("x\n");
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(0, 1));
  EXPECT_NE(render_text(reported.diagnostics, {.color = true}).find("\x1b[1;31merror:\x1b[0m"),
            std::string::npos);
}

TEST(RenderJson, IsValidWhateverTheSourceHolds) {
  Reported reported("\xff\x1b\"\n");
  reported.diagnostics.report(Diagnostic::unexpected_token, reported.at(0, 1), {"\xff", "\""})
      .note("\xfe")
      .fix(reported.at(0, 1), "\xff", "remove");
  const auto json = nlohmann::json::parse(render_json(reported.diagnostics));
  const auto& entry = json.at("diagnostics").at(0);
  EXPECT_EQ(entry.at("code"), "E0201");
  EXPECT_EQ(entry.at("severity"), "error");
  EXPECT_EQ(entry.at("location").at("line"), 1);
  EXPECT_EQ(entry.at("location").at("end_column"), 2);
  EXPECT_EQ(entry.at("fixes").size(), 1u);
  EXPECT_TRUE(entry.at("notes").at(0).at("location").is_null());
}

TEST(RenderSarif, HasRulesAndResults) {
  Reported reported("x y\n");
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(0, 1)).note("why");
  reported.diagnostics.report(Diagnostic::nul_byte, reported.at(2, 3))
      .fix(reported.at(2, 3), "", "a");
  const auto json = nlohmann::json::parse(render_sarif(reported.diagnostics));
  EXPECT_EQ(json.at("version"), "2.1.0");
  const auto& run = json.at("runs").at(0);
  ASSERT_EQ(run.at("tool").at("driver").at("rules").size(), 1u);
  EXPECT_EQ(run.at("tool").at("driver").at("rules").at(0).at("id"), "E0104");
  ASSERT_EQ(run.at("results").size(), 2u);
  const auto& place = run.at("results").at(1).at("locations").at(0).at("physicalLocation");
  EXPECT_EQ(place.at("artifactLocation").at("uri"), "a%20b.loss");
  EXPECT_EQ(place.at("region").at("startColumn"), 3);
}

}  // namespace
}  // namespace lossc
