// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/ir/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "compiler/ir/rational.h"

namespace lossc::ir {
namespace {

const Number inf = Number::infinity();
constexpr long longest = std::numeric_limits<long>::max();

TEST(Number, ArithmeticIsExact) {
  EXPECT_EQ(Number(1) / Number(3) * Number(3), Number(1));
  EXPECT_EQ(Number::fraction(1, 3) + Number::fraction(1, 6), Number::fraction(1, 2));
  EXPECT_EQ(Number::fraction(-2, -4), Number::fraction(1, 2));
  EXPECT_EQ(Number(2) - Number(5), Number(-3));
}

TEST(Number, OverflowGoesToGmpAndComesBack) {
  const Number large = Number(longest) * Number(longest);
  EXPECT_FALSE(large.to_long());
  EXPECT_EQ(large / Number(longest), Number(longest));
  EXPECT_EQ((large + Number(1)) - large, Number(1));
  const Number least = Number(std::numeric_limits<long>::min());
  EXPECT_EQ(-(-least), least);
  EXPECT_EQ(least / Number(-1), -least);
  EXPECT_EQ(Number(1) / least * least, Number(1));
  EXPECT_EQ((-least).hash(), (Number(longest) + Number(1)).hash());
}

TEST(Number, InfinitiesAndNan) {
  EXPECT_EQ(Number(0) * inf, Number(0));
  EXPECT_EQ(Number(0) * -inf, Number(0));
  EXPECT_EQ(inf * Number(-2), -inf);
  EXPECT_EQ((inf - inf).kind(), Number::Kind::nan);
  EXPECT_EQ(Number(1) / Number(0), inf);
  EXPECT_EQ(Number(-1) / Number(0), -inf);
  EXPECT_EQ((Number(0) / Number(0)).kind(), Number::Kind::nan);
  EXPECT_EQ(Number(3) / inf, Number(0));
  EXPECT_EQ(Number::nan(), Number::nan());
  EXPECT_TRUE(-inf < Number(-5));
  EXPECT_TRUE(Number(5) < inf);
  EXPECT_TRUE(inf < Number::nan());
}

TEST(Number, NearestDouble) {
  EXPECT_EQ(Number::fraction(1, 3).to_double(), 1.0 / 3.0);
  EXPECT_EQ(Number(longest).to_double(), 0x1p63);
  EXPECT_EQ(inf.to_double(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(power(Number(10), Number(400))->to_double(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(power(Number(2), Number(-1074))->to_double(), 0x1p-1074);
  EXPECT_EQ(power(Number(2), Number(-1075))->to_double(), 0.0) << "a tie goes to even";
  EXPECT_EQ((*power(Number(2), Number(-1075)) * Number(3)).to_double(), 0x1p-1073);
  EXPECT_EQ((Number(0x20000000000001) + Number::fraction(1, 1000)).to_double(),
            0x1.0000000000001p53);
  EXPECT_EQ((*power(Number(10), Number(22)) / *power(Number(10), Number(323))).to_double(), 1e-301);
}

TEST(Number, EveryDoubleComesBack) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 2000; ++i) {
    double value = 0;
    const std::uint64_t bits = random();
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const Number exact = Number::of_double(value);
    ASSERT_EQ(exact.to_double(), value);
    const auto read = Number::parse(exact.text());
    ASSERT_TRUE(read) << exact.text();
    ASSERT_EQ(*read, exact) << exact.text();
  }
}

TEST(Number, Text) {
  EXPECT_EQ(Number::fraction(1, 3).text(), "1/3");
  EXPECT_EQ(Number::fraction(-1, 2).text(), "-0.5");
  EXPECT_EQ(Number::of_double(0.1).text(), "0.1");
  EXPECT_EQ(Number::fraction(1, 10).text(), "1/10");
  EXPECT_EQ(Number(-7).text(), "-7");
  EXPECT_EQ((-inf).text(), "-inf");
  for (const char* bad : {"", "-", "1/0", "1/", "x", "1 ", "0x10", "1//2", "--1"}) {
    EXPECT_FALSE(Number::parse(bad)) << bad;
  }
  const Number big = *power(Number(7), Number(300)) / Number(10);
  EXPECT_EQ(Number::parse(big.text()), big);
}

TEST(Number, PowersAndRoots) {
  EXPECT_EQ(power(Number(4), Number::fraction(1, 2)), Number(2));
  EXPECT_EQ(power(Number(8), Number::fraction(-2, 3)), Number::fraction(1, 4));
  EXPECT_FALSE(power(Number(2), Number::fraction(1, 2)));
  EXPECT_FALSE(power(Number(-4), Number::fraction(1, 2)));
  EXPECT_EQ(power(Number(-2), Number(3)), Number(-8));
  EXPECT_EQ(power(Number(0), Number(0)), Number(1));
  EXPECT_EQ(power(Number(0), Number(-1)), inf);
  EXPECT_EQ(power(-inf, Number(3)), -inf);
  EXPECT_EQ(power(inf, Number(-1)), Number(0));
  EXPECT_FALSE(power(Number(3), Number(1000000000))) << "too large to write down";
  EXPECT_EQ(power(Number(-1), Number(4095)), Number(-1));
}

}  // namespace
}  // namespace lossc::ir
