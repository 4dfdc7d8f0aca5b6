// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// No spelling defeats the stabiliser: every formula of the corpus in every disguise, number by
// number against the plain one. What is known to be worse is counted in disguise_misses.txt
// (`measure_stability --disguises` tells where), which may only shrink.
#include "tests/numerics/disguises.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "tests/numerics/stability_score.h"

namespace lossc::testing {
namespace {

const Engine& engine() {
  static const Engine instance;
  return instance;
}

const Module& plain() {
  static const auto loaded = engine().load_text(stability_source(), "stability.loss");
  return loaded.value();
}

/// `disguise case count`: numbers that are worse than the plain formula's.
std::map<std::pair<std::string, std::string>, std::size_t> known() {
  std::map<std::pair<std::string, std::string>, std::size_t> result;
  std::istringstream lines(numerics_file("disguise_misses.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string disguise;
    std::string id;
    fields >> disguise >> id;
    fields >> result[{disguise, id}];
  }
  return result;
}

class EveryDisguise : public ::testing::TestWithParam<std::size_t> {};

TEST_P(EveryDisguise, IsNoWorseThanThePlainFormula) {
  const DisguiseInfo& row = disguises()[GetParam()];
  const std::string source = disguised(stability_source(), row.disguise);
  const auto module = engine().load_text(source, "disguised.loss");
  ASSERT_TRUE(module) << module.error().message;
  const auto allowed = known();
  for (const Case& one : stability_cases()) {
    const auto place = allowed.find({std::string(row.name), one.id});
    std::size_t lost = 0;
    std::string text;
    for (const DataType type : {DataType::f32, DataType::f64}) {
      const Score before = score(plain(), one, type);
      const Score after = score(*module, one, type);
      ASSERT_EQ(after.failure, before.failure) << one.id;
      ASSERT_EQ(after.numbers.size(), before.numbers.size()) << one.id;
      for (const Number& number : lost_numbers(before, after)) {
        ++lost;
        if (lost > 4) continue;
        text += "\n  " + number.what + " of point " + std::to_string(number.point) + ": " +
                std::to_string(number.got) + ", " + name_of(number.kind);
      }
    }
    EXPECT_LE(lost, place == allowed.end() ? 0 : place->second)
        << one.id << ": " << one.formula << text;
  }
}

/// The generator knows more of the language than the corpus uses.
TEST_P(EveryDisguise, OfTheVariantsIsALossToo) {
  std::size_t files = 0;
  const std::string folder = std::string(LOSSC_SOURCE_DIR) + "/tests/numerics/variants";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".loss") continue;
    const std::string source = numerics_file("variants/" + entry.path().filename().string());
    const std::string text = disguised(source, disguises()[GetParam()].disguise);
    const auto module = engine().load_text(text, "disguised.loss");
    EXPECT_TRUE(module) << entry.path() << ": " << module.error().message;
    ++files;
  }
  EXPECT_GE(files, 3u);
}

INSTANTIATE_TEST_SUITE_P(Corpus, EveryDisguise,
                         ::testing::Range<std::size_t>(0, disguises().size()),
                         [](const auto& tested) {
                           return std::string(disguises()[tested.param].name);
                         });

TEST(Disguises, AreWrittenAsTheyShouldBe) {
  const std::string source =
      "loss f(pred z: real[K], target y: class(K), target t: binary) {\n"
      "  let p = softmax(z)[y]\n"
      "  -t * log(p) - exp(-z[0]) / (1 + p^2)\n"
      "}\n";
  const std::map<Disguise, std::string> expected = {
      {Disguise::written_out,
       "loss f(pred z: real[K], target y: class(K), target t: binary) {\n"
       "  -t * log(softmax(z)[y]) - exp(-z[0]) / (1 + softmax(z)[y]^2)\n"
       "}\n"},
      {Disguise::respelled,
       "loss f(pred z: real[K], target y: class(K), target t: binary) {\n"
       "  let p = softmax(z)[y]\n"
       "  -t * log(p) + -((1 / exp(z[0])) * (1 / (1 + p * p)))\n"
       "}\n"},
      {Disguise::reordered,
       "loss f(pred z: real[K], target y: class(K), target t: binary) {\n"
       "  let p = softmax(z)[y]\n"
       "  -((1 / (p^2 + 1)) * exp(-z[0])) + log(p) * -t\n"
       "}\n"}};
  for (const auto& [disguise, text] : expected) EXPECT_EQ(disguised(source, disguise), text);
}

}  // namespace
}  // namespace lossc::testing
