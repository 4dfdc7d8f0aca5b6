// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What binds how tightly. Two spellings that mean the same have the same tree.
#include <gtest/gtest.h>

#include "tests/unit/syntax/parsed.h"

namespace lossc::syntax {
namespace {

struct Pair {
  const char* plain;
  const char* parenthesized;
};

class Precedence : public testing::TestWithParam<Pair> {};

TEST_P(Precedence, ParenthesesChangeNothing) {
  const std::string plain = tree_of(GetParam().plain);
  EXPECT_NE(plain, "");
  EXPECT_EQ(plain, tree_of(GetParam().parenthesized));
}

INSTANTIATE_TEST_SUITE_P(
    Operators, Precedence,
    testing::Values(Pair{"-x^2", "-(x^2)"}, Pair{"2^-x^2", "2^(-(x^2))"}, Pair{"a^b^c", "a^(b^c)"},
                    Pair{"-a * b", "(-a) * b"}, Pair{"a * -b", "a * (-b)"},
                    Pair{"a + b * c", "a + (b * c)"}, Pair{"a < b + c", "a < (b + c)"},
                    Pair{"not a < b", "not (a < b)"}, Pair{"not a and b", "(not a) and b"},
                    Pair{"a and b or c and d", "(a and b) or (c and d)"},
                    Pair{"if a then b else c + d", "if a then b else (c + d)"},
                    Pair{"if a then b else if c then d else e",
                         "if a then b else (if c then d else e)"},
                    Pair{"x[i][j]", "(x[i])[j]"}, Pair{"f(x)[i]^2", "((f(x))[i])^2"},
                    Pair{"x - -y", "x - (-y)"}, Pair{"a - b + c - d", "a - (b) + (c) - d"}));

INSTANTIATE_TEST_SUITE_P(Spellings, Precedence,
                         testing::Values(Pair{"a ≤ b", "a <= b"}, Pair{"a ≥ b", "a >= b"},
                                         Pair{"a ≠ b", "a != b"},
                                         Pair{"a · b ⋅ c × d", "a * b * c * d"},
                                         Pair{"a − b", "a - b"}, Pair{"x′ + x'", "x' + x'"},
                                         Pair{"ｘ + ﬁ", "x + fi"}, Pair{"f(a, b,)", "f(a, b)"},
                                         Pair{"[1, 2,]", "[1, 2]"}, Pair{"x[i, _,]", "x[i, _]"},
                                         Pair{"sum[i, where c](x)", "sum[i where c](x)"},
                                         Pair{"sum[i in 0..3](x)", "sum[i in 0 .. 3](x)"}));

TEST(Expressions, SumsAndProductsAreFlat) {
  EXPECT_EQ(tree_of("a + b - c * d / e"),
            "    sum\n      name a\n      name b\n      minus\n        product\n          name c\n"
            "          name d\n          divided by\n            name e\n");
  EXPECT_NE(tree_of("a + (b + c)"), tree_of("a + b + c"));
}

TEST(Expressions, Numbers) {
  for (const char* number : {"1", "0.5", ".5", "1.", "1e-3", "1.e5", ".5E+2", "1e999"}) {
    EXPECT_EQ(tree_of(number), "    number " + std::string(number) + "\n");
  }
  EXPECT_EQ(tree_of("x[k in 1.5..2]"), tree_of("x[k in 1.5 .. 2]"));
  EXPECT_EQ(tree_of("e"), "    name e\n");
}

TEST(Expressions, Calls) {
  EXPECT_EQ(tree_of("a.b.f(x, y = 1)"),
            "    call a.b.f\n      name x\n      argument y\n        number 1\n");
  EXPECT_EQ(tree_of("count[i where c]"),
            "    subscript\n      name count\n      brackets\n        name i\n        where\n"
            "          name c\n");
  EXPECT_EQ(tree_of("sum[K](x)"), "    call sum\n      brackets\n        name K\n      name x\n");
}

TEST(Expressions, PlacesCoverWhatWasWritten) {
  const Parsed parsed("loss f() = a * (b + c)[i]^2 - g(x, y)\n");
  const auto& function = std::get<FunctionDeclaration>(parsed.file.declarations[0].node);
  const auto& result = std::get<ResultStatement>(function.body[0].node);
  const auto& sum = std::get<Sum>(result.value->node);
  EXPECT_EQ(parsed.sources.text(result.value->range), "a * (b + c)[i]^2 - g(x, y)");
  EXPECT_EQ(parsed.sources.text(sum.terms[0].value->range), "a * (b + c)[i]^2");
  EXPECT_EQ(parsed.sources.text(sum.terms[1].value->range), "g(x, y)");
  EXPECT_EQ(parsed.sources.text(sum.terms[1].op), "-");
}

TEST(Expressions, PlacesAreBytesAfterOtherCharacters) {
  const Parsed parsed("# σ\nloss f() = ŷ + β\n");
  const auto& function = std::get<FunctionDeclaration>(parsed.file.declarations[0].node);
  const auto& result = std::get<ResultStatement>(function.body[0].node);
  EXPECT_EQ(parsed.sources.text(result.value->range), "ŷ + β");
}

}  // namespace
}  // namespace lossc::syntax
