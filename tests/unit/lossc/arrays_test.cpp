// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lossc/arrays.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using namespace lossc::cli;  // NOLINT: the subject of the file
using Shape = std::vector<std::int64_t>;
using Values = std::vector<double>;

TEST(Arrays, NestedListsOfJson) {
  const auto matrix = tensor_from_json("[[1, 2.5], [-3, \"inf\"], [true, 1e300]]", "m");
  ASSERT_TRUE(matrix.ok()) << matrix.error().message;
  EXPECT_EQ(matrix->shape, (Shape{3, 2}));
  EXPECT_EQ(matrix->values, (Values{1, 2.5, -3, INFINITY, 1, 1e300}));
  EXPECT_EQ(tensor_from_json("7", "x")->shape, Shape{});
  EXPECT_EQ(tensor_from_json("[]", "x")->shape, Shape{0});
  EXPECT_EQ(tensor_from_json("[[], []]", "x")->shape, (Shape{2, 0}));
}

TEST(Arrays, WhatIsNoArray) {
  for (const char* text : {"[1, [2]]", "[[1], 2]", "[[1], [2, 3]]", "[null]", "[1e400]", "[{}]",
                           "[\"one\"]", "[1", "", "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]"}) {
    const auto tensor = tensor_from_json(text, "z");
    EXPECT_FALSE(tensor.ok()) << text;
    if (tensor.ok()) continue;
    EXPECT_EQ(tensor.error().message.front(), 'z') << tensor.error().message;
  }
  EXPECT_FALSE(tensors_from_json("[1]", "f").ok());
}

TEST(Arrays, NpyThereAndBack) {
  for (const lossc::FloatType type : {lossc::FloatType::f32, lossc::FloatType::f64}) {
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}, Shape{0, 4}}) {
      Tensor tensor{shape, {}};
      std::int64_t count = 1;
      for (const std::int64_t size : shape) count *= size;
      for (std::int64_t i = 0; i < count; ++i) tensor.values.push_back(static_cast<double>(i) / 4);
      const std::string bytes = npy_bytes(tensor, type);
      EXPECT_EQ((bytes.find('\n') + 1) % 64, 0u);
      const auto back = tensor_from_npy(bytes, "x.npy");
      ASSERT_TRUE(back.ok()) << back.error().message;
      EXPECT_EQ(back->shape, tensor.shape);
      EXPECT_EQ(back->values, tensor.values);
    }
  }
}

std::string npy(const std::string& header, const std::string& elements) {
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  return bytes + header + elements;
}

TEST(Arrays, NpyOfOtherTypesAndOrders) {
  const std::string labels("\x01\x00\xfe\xff", 4);
  const auto shorts = tensor_from_npy(
      npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }\n", labels), "x.npy");
  ASSERT_TRUE(shorts.ok()) << shorts.error().message;
  EXPECT_EQ(shorts->values, (Values{1, -2}));
  const auto columns =
      tensor_from_npy(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n",
                          std::string("\x01\x02\x03\x04\x05\x06", 6)),
                      "x.npy");
  ASSERT_TRUE(columns.ok()) << columns.error().message;
  EXPECT_EQ(columns->values, (Values{1, 3, 5, 2, 4, 6}));
  const auto big =
      tensor_from_npy(npy("{'descr': '>i2', 'fortran_order': False, 'shape': (1,), }\n",
                          std::string("\x01\x00", 2)),
                      "x.npy");
  EXPECT_EQ(big->values, (Values{256}));
}

TEST(Arrays, NpyThatIsBroken) {
  const std::string whole = npy_bytes({{3}, {1, 2, 3}}, lossc::FloatType::f64);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(tensor_from_npy(whole.substr(0, length), "x.npy").ok()) << length;
  }
  EXPECT_FALSE(
      tensor_from_npy(npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", ""), "x")
          .ok());
  EXPECT_FALSE(tensor_from_npy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': "
                                   "(4611686018427387904, 4611686018427387904)}",
                                   ""),
                               "x")
                   .ok());
}

TEST(Arrays, ColumnsOfCsv) {
  const std::string text =
      "\xef\xbb\xbfname,x, y\n\"a, b\",1.5,2\nc,,4\r\n\n\"say \"\"x\"\"\",-3,inf\n";
  const auto x = tensor_from_csv(text, "x", "t.csv");
  ASSERT_TRUE(x.ok()) << x.error().message;
  ASSERT_EQ(x->values.size(), 3u);
  EXPECT_EQ(x->values[0], 1.5);
  EXPECT_TRUE(std::isnan(x->values[1]));
  EXPECT_EQ(x->values[2], -3);
  EXPECT_EQ(tensor_from_csv(text, "2", "t.csv")->values, (Values{2, 4, INFINITY}));
  EXPECT_EQ(tensor_from_csv("1,2\n3,4\n", "1", "t.csv")->values, (Values{2, 4}));
  EXPECT_FALSE(tensor_from_csv(text, "z", "t.csv").ok());
  EXPECT_FALSE(tensor_from_csv(text, "9", "t.csv").ok());
  const auto words = tensor_from_csv(text, "name", "t.csv");
  ASSERT_FALSE(words.ok());
  EXPECT_NE(words.error().message.find("line 2"), std::string::npos) << words.error().message;
  EXPECT_FALSE(tensor_from_csv("", "x", "t.csv").ok());
}

TEST(Arrays, Sources) {
  EXPECT_EQ(tensor_from_source("[1, 2.5, -3]", "z")->values, (Values{1, 2.5, -3}));
  EXPECT_EQ(tensor_from_source(" -2 ", "z")->values, (Values{-2}));
  EXPECT_FALSE(tensor_from_source("somewhere.csv", "z").ok());
  EXPECT_FALSE(tensor_from_source("nowhere.npy", "z").ok());
  EXPECT_FALSE(tensor_from_source("words", "z").ok());
}

}  // namespace
