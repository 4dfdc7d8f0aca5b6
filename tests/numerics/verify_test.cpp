// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `lossc verify` with a short budget on every loss of the standard library and of
// tests/numerics/variants: value, gradients and Hessian diagonals in f32 and f64. What is known to
// fail is listed in verify_misses.txt (scripts/verify-misses prints it anew); nothing else may. For
// the long run: `lossc verify --time 600 std tests/numerics/variants/*.loss`.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "compiler/driver/load.h"
#include "compiler/sema/library.h"
#include "compiler/verify/search.h"

namespace {

using lossc::FloatType;

constexpr std::size_t points = 64;

/// Modules of the library and files of variants.
std::vector<std::string> targets() {
  std::vector<std::string> result;
  for (const auto& file : lossc::sema::library_files()) result.push_back(file.module);
  const std::string folder = std::string(LOSSC_SOURCE_DIR) + "/tests/numerics/variants";
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    if (entry.path().extension() == ".loss") result.push_back(entry.path().string());
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = std::filesystem::path(info.param).filename().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

/// `loss type output` of what is known to fail.
const std::set<std::string>& misses() {
  static const std::set<std::string> known = [] {
    std::set<std::string> lines;
    std::ifstream file(std::string(LOSSC_SOURCE_DIR) + "/tests/numerics/verify_misses.txt");
    for (std::string line; std::getline(file, line);) {
      if (!line.empty() && line[0] != '#') lines.insert(line);
    }
    return lines;
  }();
  return known;
}

std::string failures(const lossc::verify::Certificate& certificate) {
  const std::string type = certificate.type == FloatType::f32 ? " f32 " : " f64 ";
  std::string text;
  for (const lossc::verify::Record& record : certificate.records) {
    if (record.passes()) continue;
    if (misses().contains(certificate.loss + type + record.quantity.name)) continue;
    const lossc::verify::Finding& worst = record.worst.front();
    text += "  " + record.quantity.name + ": " + std::to_string(record.failures) + " of " +
            std::to_string(record.numbers) + " numbers, the worst " + std::to_string(worst.ulps) +
            " ULP (" + lossc::verify::name_of(worst.fault) + ")\n";
  }
  return text;
}

class Verify : public ::testing::TestWithParam<std::string> {};

void expect_no_news(const lossc::verify::Subject& subject) {
  for (const FloatType type : {FloatType::f32, FloatType::f64}) {
    lossc::verify::SearchOptions options;
    options.compile.type = type;
    options.points = points;
    const auto certificate = lossc::verify::certified(subject, options);
    ASSERT_TRUE(certificate) << subject.name << ": " << certificate.error().message;
    EXPECT_EQ(failures(*certificate), "")
        << subject.name << (type == FloatType::f32 ? " in f32" : " in f64")
        << ": `lossc verify` shows where";
  }
}

TEST_P(Verify, NothingFailsThatIsNotListed) {
  lossc::SourceManager sources;
  lossc::Diagnostics diagnostics(sources);
  const auto target = lossc::driver::parsed_target(GetParam());
  ASSERT_TRUE(target);
  const auto module = lossc::driver::loaded(*target, {}, diagnostics);
  ASSERT_TRUE(module) << module.error().message;
  ASSERT_FALSE(diagnostics.has_errors()) << lossc::render_text(diagnostics);
  for (std::size_t i = 0; i < module->own; ++i) {
    const lossc::ir::Function& core = module->functions[i];
    for (const auto& binding : lossc::verify::option_bindings(core, {})) {
      const auto subject = lossc::verify::subject(core, binding);
      ASSERT_TRUE(subject) << core.name << ": " << subject.error().message;
      expect_no_news(*subject);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Verify, ::testing::ValuesIn(targets()), test_name);

}  // namespace
