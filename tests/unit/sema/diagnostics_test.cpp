// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every diagnostic of the checker has a golden input that shows it, and it alone, and a near miss
// that shows nothing. (Their full text is the golden tests' business.)
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/sema/checked.h"

namespace lossc::sema {
namespace {

std::string codes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream.is_open()) << path << " is missing";
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  return checked(text, {}, path).codes();
}

TEST(Diagnostics, HaveAnExampleAndANearMiss) {
  const std::string folder = std::string(LOSSC_SOURCE_DIR) + "/tests/golden/diagnostics/";
  int rows = 0;
  for (const DiagnosticInfo& row : all_diagnostics()) {
    const std::string_view subject = row.code.substr(1, 2);
    if (subject < "03" || subject > "08") continue;
    ++rows;
    std::string code(row.code);
    code[0] = code[0] == 'E' ? 'e' : 'w';
    const std::string base = folder + code + "_" + std::string(row.name);
    EXPECT_EQ(codes_of(base + ".loss"), row.code) << base;
    EXPECT_EQ(codes_of(base + "_near_miss.loss"), "") << base;
    EXPECT_NE(row.explanation, "") << row.code;
  }
  EXPECT_GT(rows, 90);
}

TEST(Diagnostics, MendsAreExactText) {
  const auto first_fix = [](const std::string& text) {
    const Checked result = checked(text);
    const std::vector<Report> reports = result.diagnostics->sorted();
    if (reports.empty() || reports[0].fixes.empty()) return std::string("none");
    const FixIt& fix = reports[0].fixes[0];
    std::string mended = text;
    mended.replace(fix.range.begin, fix.range.end - fix.range.begin, fix.replacement);
    EXPECT_EQ(checked(mended).codes(), "") << mended;
    return fix.replacement;
  };
  EXPECT_EQ(first_fix("loss f(pred x: real) = sigmiod(x)"), "sigmoid");
  EXPECT_EQ(first_fix("loss f(pred alpha: real) = alhpa"), "alpha");
  EXPECT_EQ(first_fix("loss f(pred x: reel) = x"), "real");
  EXPECT_EQ(first_fix("loss f(pred x: real[D]) = x^2"), "sum(x^2)");
  EXPECT_EQ(first_fix("loss f(pred z: real, target y: binary) = if y then z else 0"), "y == 1");
  EXPECT_EQ(first_fix("func g(p: probability) = p\nloss f(pred z: logit) = g(z)"), "sigmoid(z)");
  EXPECT_EQ(first_fix("func g(y: binary) = y\nloss f(pred z: real, target s: sign) = z * g(s)"),
            "(s + 1) / 2");
  EXPECT_EQ(first_fix("loss f(x: real) = x"), "pred ");
  EXPECT_EQ(first_fix("loss f(pred z: real, param t: positive) {\n  let z = z / t\n  z'\n}"), "z'");
}

TEST(Diagnostics, SeveralInOneRunAndNoCascades) {
  const Checked result = checked(R"(
loss f(pred x: real, target y: real) {
  let a = unknown + 1
  let b = a * 2
  b + sigmiod(y)
}
loss g(pred x: real[D]) = sum[K](x)
loss h(pred x: real) = x
)");
  EXPECT_EQ(result.codes(), "E0301 E0302 E0505") << result.shown();
  EXPECT_EQ(result.module.own, 1u);
}

}  // namespace
}  // namespace lossc::sema
