// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The stability corpus as a test: every formula compiles, no case has fewer good points than
// stability_floor.txt (`measure_stability --floor` prints it), and the losses of classification
// have neither NaN, infinity, a wrong sign nor a total loss at any point.
#include "tests/numerics/stability_corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string>

namespace {

using lossc::DataType;
using lossc::testing::Case;
using lossc::testing::Number;
using lossc::testing::Score;

const std::vector<Case>& cases() {
  static const std::vector<Case> all = lossc::testing::stability_cases();
  return all;
}

const lossc::Module& module() {
  static const lossc::Engine engine;
  static const auto loaded = engine.load_text(lossc::testing::stability_source(), "stability.loss");
  return loaded.value();
}

/// Good points of a case in f32 and f64.
std::map<std::string, std::array<std::size_t, 2>> floors() {
  std::map<std::string, std::array<std::size_t, 2>> result;
  std::ifstream file(std::string(LOSSC_SOURCE_DIR) + "/tests/numerics/stability_floor.txt");
  std::string id;
  std::array<std::size_t, 2> good{};
  while (file >> id >> good[0] >> good[1]) result[id] = good;
  return result;
}

bool is_classification(const std::string& id) {
  static constexpr std::array ids = {"softplus",
                                     "logsig_frac",
                                     "log_one_minus_sigmoid",
                                     "bce_sigmoid",
                                     "bce_pos_weight",
                                     "logistic_signed",
                                     "sigmoid_prime",
                                     "sigmoid_exp_ratio",
                                     "logit_of_sigmoid",
                                     "ordinal_nll",
                                     "bce_label_smooth",
                                     "binom_logit_nll",
                                     "ce_lse",
                                     "infonce",
                                     "softmax_c",
                                     "ce_softmax_temp",
                                     "ce_onehot",
                                     "ce_label_smoothing",
                                     "two_class_ratio",
                                     "unlikelihood",
                                     "plackett_luce",
                                     "focal_prob",
                                     "focal_logit_neg",
                                     "gce_sigmoid",
                                     "hinge",
                                     "dpo",
                                     "kto",
                                     "negbin_logit",
                                     "probit_nll"};
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

TEST(Stability, NoCaseHasFewerGoodPointsThanItHad) {
  const auto floor = floors();
  ASSERT_EQ(floor.size(), cases().size());
  for (const Case& one : cases()) {
    ASSERT_TRUE(floor.contains(one.id)) << one.id;
    for (const DataType type : {DataType::f32, DataType::f64}) {
      const bool is_f64 = type == DataType::f64;
      const Score score = lossc::testing::score(module(), one, type);
      EXPECT_EQ(score.failure, "") << one.id;
      EXPECT_GE(score.good_points, floor.at(one.id)[is_f64])
          << one.id << (is_f64 ? " in f64: " : " in f32: ") << one.formula;
      if (!is_classification(one.id)) continue;
      for (const Number& number : score.numbers) {
        EXPECT_TRUE(number.sound())
            << one.id << (is_f64 ? " in f64, " : " in f32, ") << number.what << " of point "
            << number.point << ": " << number.got << ": " << lossc::testing::name_of(number.kind);
      }
    }
  }
}

TEST(Stability, WidthDoesNotChangeWhatIsGood) {
  const auto floor = floors();
  for (const Case& one : cases()) {
    if (one.group != "sigmoid" && one.group != "softmax") continue;
    for (const unsigned width : {1u, 4u}) {
      const Score score = lossc::testing::score(module(), one, DataType::f32, width);
      EXPECT_GE(score.good_points, floor.at(one.id)[0]) << one.id << " at width " << width;
    }
  }
}

}  // namespace
