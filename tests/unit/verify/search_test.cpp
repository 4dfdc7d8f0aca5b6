// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search: it finds what is planted, passes what is right, and repeats itself.
#include "compiler/verify/search.h"

#include <cmath>

#include "tests/unit/verify/verified.h"

namespace {

using lossc::FloatType;
using lossc::testing::certificate_of;
using lossc::testing::subject_of;
using lossc::verify::Certificate;
using lossc::verify::Fault;
using lossc::verify::Point;
using lossc::verify::Record;
using lossc::verify::Sampler;
using lossc::verify::Subject;

TEST(Search, PassesWhatIsRight) {
  const Subject subject = subject_of(
      "loss f(pred z: logit, target y: binary) =\n"
      "  -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))");
  for (const FloatType type : {FloatType::f32, FloatType::f64}) {
    const Certificate certificate = certificate_of(subject, type);
    EXPECT_TRUE(certificate.passes());
    EXPECT_EQ(certificate.points, 400u);
    for (const Record& record : certificate.records) {
      EXPECT_GT(record.numbers, 300u) << record.quantity.name;
      EXPECT_FALSE(record.worst.empty());
    }
  }
}

// sin x · (1 − cos 0.001) + cos x · sin 0.001, were the sine of a sum expanded.
TEST(Search, FindsACancellation) {
  const Subject subject = subject_of("loss f(pred x: real) = sin(x + 0.001) - sin(x) * cos(0.001)");
  const Certificate certificate = certificate_of(subject, FloatType::f64, 600);
  EXPECT_FALSE(certificate.passes());
}

TEST(Search, RepeatsItself) {
  const Subject subject = subject_of("loss f(pred x: real[K]) = log(sum(exp(x)))");
  const Certificate first = certificate_of(subject, FloatType::f32, 300, 7);
  const Certificate second = certificate_of(subject, FloatType::f32, 300, 7);
  for (std::size_t i = 0; i < first.records.size(); ++i) {
    ASSERT_FALSE(first.records[i].worst.empty());
    EXPECT_EQ(first.records[i].worst[0].point, second.records[i].worst[0].point);
    EXPECT_EQ(first.records[i].worst[0].ulps, second.records[i].worst[0].ulps);
  }
}

TEST(Sampler, StaysInTheDomains) {
  const Subject subject = subject_of(
      "loss f(pred z: logit[K], pred p: simplex[K], target y: class(K), target b: binary,\n"
      "       target s: sign, target n: count, param c: positive = 1, param q: probability = 1) =\n"
      "  z[y] * p[y] * b * s * n * c * q");
  for (const FloatType type : {FloatType::f32, FloatType::f64}) {
    Sampler sampler(subject, type, 3);
    Point point = sampler.sample();
    for (int i = 0; i < 3000; ++i) {
      point = i % 3 == 0 ? sampler.sample() : sampler.mutated(point, sampler.sample());
      const auto classes = static_cast<double>(point.extents.at(0));
      for (const double z : point.arrays[0]) EXPECT_FALSE(std::isnan(z) || z == INFINITY);
      for (const double p : point.arrays[1]) EXPECT_TRUE(p >= 0 && p <= 1);
      EXPECT_TRUE(point.arrays[2][0] >= 0 && point.arrays[2][0] < classes);
      EXPECT_TRUE(point.arrays[3][0] == 0 || point.arrays[3][0] == 1);
      EXPECT_TRUE(std::fabs(point.arrays[4][0]) == 1);
      EXPECT_TRUE(point.arrays[5][0] >= 0 && point.arrays[5][0] == std::floor(point.arrays[5][0]));
      EXPECT_TRUE(point.arrays[6][0] > 0 && std::isfinite(point.arrays[6][0]));
      EXPECT_TRUE(point.arrays[7][0] >= 0 && point.arrays[7][0] <= 1);
      if (type == FloatType::f64) continue;
      for (const auto& values : point.arrays) {
        for (const double x : values) EXPECT_EQ(x, static_cast<double>(static_cast<float>(x)));
      }
    }
  }
}

}  // namespace
