// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using lossc::FloatType;
using lossc::cli::exact_numbers;
using lossc::cli::json_number;
using lossc::cli::number_text;
using lossc::cli::parsed_number;

TEST(Numbers, AreAsShortAsTheirTypeAllows) {
  EXPECT_EQ(number_text(0.1, FloatType::f64), "0.1");
  EXPECT_EQ(number_text(static_cast<double>(0.1F), FloatType::f32), "0.1");
  EXPECT_EQ(number_text(static_cast<double>(0.1F), FloatType::f64), "0.10000000149011612");
  EXPECT_EQ(number_text(0.1, FloatType::f32), "0.1");  // no f32, so as a double
  EXPECT_EQ(number_text(3, FloatType::f32), "3.0");
  EXPECT_EQ(number_text(1e-300, FloatType::f64), "1e-300");
  EXPECT_EQ(number_text(-0.0, FloatType::f64), "-0.0");
  EXPECT_EQ(json_number(std::numeric_limits<double>::quiet_NaN(), FloatType::f64), "\"nan\"");
  EXPECT_EQ(json_number(-INFINITY, FloatType::f32), "\"-inf\"");
}

TEST(Numbers, ReadBack) {
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -2.5}) {
    EXPECT_EQ(parsed_number(number_text(value, FloatType::f64)), value);
  }
  EXPECT_EQ(parsed_number(" +1e3 "), 1000);
  EXPECT_EQ(parsed_number("1e999"), INFINITY);
  EXPECT_EQ(parsed_number("-1e999"), -INFINITY);
  EXPECT_EQ(parsed_number("1e-999"), 0);
  EXPECT_TRUE(std::isnan(*parsed_number("nan")));
  for (const char* wrong : {"", "1,5", "0x10", "1.5.2", "--1", "1e", "a"}) {
    EXPECT_FALSE(parsed_number(wrong)) << wrong;
  }
}

TEST(Numbers, DecimalsAreExact) {
  const auto tenth = exact_numbers("0.1");
  ASSERT_TRUE(tenth.ok());
  EXPECT_TRUE((*tenth)[0] == lossc::ir::Number::fraction(1, 10));
  const auto list = exact_numbers("[1, -2.5e-1, 3e2, inf]");
  ASSERT_TRUE(list.ok()) << list.error().message;
  ASSERT_EQ(list->size(), 4u);
  EXPECT_TRUE((*list)[1] == lossc::ir::Number::fraction(-1, 4));
  EXPECT_TRUE((*list)[2].is(300));
  EXPECT_TRUE((*list)[3] == lossc::ir::Number::infinity());
  EXPECT_TRUE(exact_numbers("[]")->empty());
  EXPECT_FALSE(exact_numbers("[1,,2]").ok());
  EXPECT_FALSE(exact_numbers("two").ok());
  EXPECT_FALSE(exact_numbers("").ok());
}

TEST(Numbers, StringsAreEscaped) {
  EXPECT_EQ(lossc::cli::json_string("a\"b\\\n\x01"), "\"a\\\"b\\\\\\u000a\\u0001\"");
}

}  // namespace
