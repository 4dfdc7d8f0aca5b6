// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The text form reads back to itself, and no text crashes the reader.
#include "compiler/ir/text.h"

#include <gtest/gtest.h>

#include "tests/unit/ir/random_terms.h"

namespace lossc::ir {
namespace {

constexpr std::string_view cross_entropy = R"(loss cross_entropy "std.classification"
doc "Softmax \"cross\"-entropy.\nWith class weights."
sizes K, K - 1, 4
pred z: logit[K]
target y: class(K, ignore = -100)
param w: nonnegative[K] = 1
param kind: one_of(hard, soft) = 0
param table: real[4, 4] = 0.5, 1/3, inf
remark "a kink at z = 0"
graph literal
%0 = load y[]
%1 = index K.0
%2 = load z[%1]
%3 = lse K.0 %2
%4 = load z[%0]
%5 = add %3, %4 * -1
%6 = constant -100
%7 = is %0 != %6
%8 = constant 0
%9 = select %7, %5, %8
%10 = weight %2, %3
%11 = is %1 == %0
%12 = constant 1
%13 = select %11, %12, %8
%14 = add %10, %13 * -1
%15 = index K-1.0
%16 = load w[%15]
%17 = sum K-1.0 %16
%18 = mul 2, %14, %17 ^ -1
%19 = truth true
%20 = pi
%21 = size K - 1
%22 = is %20 < %21
%23 = or %19, %22
%24 = not %23
%25 = and %24, %7
%26 = any K.0 %11
%27 = call pow %9 %12
require %25 "labels"
value = %9
weight = %20
gradient z[K.0] = %18
)";

std::string read_and_print(std::string_view text) {
  const auto function = read(text);
  return function ? print(*function) : function.error().message;
}

std::string without(std::string_view first) {
  std::string text(cross_entropy);
  return text.erase(text.find(first), text.find("require") - text.find(first));
}

TEST(Text, ReadsBack) { EXPECT_EQ(read_and_print(without("%26")), without("%26")); }

TEST(Text, AnUnreachableNodeIsNotPrinted) {
  EXPECT_EQ(read_and_print(without("%27")), without("%26"));
}

TEST(Text, SaysWhichLine) {
  const auto function = read(cross_entropy);
  ASSERT_FALSE(function) << "pow needs a comma between its arguments";
  EXPECT_NE(function.error().message.find("line 38"), std::string::npos)
      << function.error().message;
}

TEST(Text, RandomFunctionsReadBack) {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    for (const auto mode : {Graph::Mode::literal, Graph::Mode::normalising}) {
      Function f;
      f.name = "random";
      f.sizes = {{"K", 0}, {"N", 0}, {"", 2}};
      f.arrays.resize(5);
      const char* names[] = {"x", "y", "p", "s", "t"};
      for (std::size_t i = 0; i < 5; ++i) f.arrays[i].name = names[i];
      f.arrays[0].shape = {k_size};
      f.arrays[2].shape = {n_size};
      f.arrays[3].shape = {k_size, n_size};
      for (std::size_t i : {1, 4}) {
        f.arrays[i].domain = Domain::class_;
        f.arrays[i].classes = k_size;
      }
      f.graph = Graph(mode);
      describe(f.graph, f);
      const Tree tree = Generator(seed).term(1 + static_cast<int>(seed % 5));
      f.outputs.push_back({OutputKind::value, {}, {}, Builder(f.graph, seed).build(tree)});
      ASSERT_EQ(violation(f), std::nullopt) << print(f);
      const std::string text = print(f);
      const auto again = read(text);
      ASSERT_TRUE(again) << again.error().message << text;
      ASSERT_EQ(print(*again), text);
      ASSERT_EQ(again->graph.mode(), mode);
    }
  }
}

TEST(Text, NothingCrashesTheReader) {
  const std::string text(cross_entropy);
  std::mt19937 random(3);
  for (int round = 0; round < 4000; ++round) {
    std::string broken = text;
    for (int edit = 0; edit < 3; ++edit) {
      const std::size_t place = random() % broken.size();
      switch (random() % 4) {
        case 0:
          broken.erase(place, 1 + random() % 20);
          break;
        case 1:
          broken[place] = static_cast<char>(random() % 256);
          break;
        case 2:
          broken.insert(place, broken.substr(random() % broken.size(), 12));
          break;
        default:
          broken[place] = "%0123456789.,[]()=\n"[random() % 19];
      }
      if (broken.empty()) break;
    }
    const auto function = read(broken);
    ASSERT_TRUE(!function || !violation(*function));
  }
  EXPECT_FALSE(read(""));
  EXPECT_FALSE(read("loss f \"\"\nsizes 99999999999999999999\n"));
  EXPECT_FALSE(read("loss f \"\"\n%0 = load x[]\n"));
  EXPECT_FALSE(read("loss f \"\"\nsizes K\n%0 = index K.20000\n"));
}

}  // namespace
}  // namespace lossc::ir
