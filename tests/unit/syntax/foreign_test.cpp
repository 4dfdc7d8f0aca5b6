// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spellings of other languages: one diagnostic each, and the fix-it is right.
#include <gtest/gtest.h>

#include "tests/unit/syntax/parsed.h"

namespace lossc::syntax {
namespace {

struct Spelling {
  const char* foreign;
  const char* code;
  const char* ours;  ///< what the fix-its make of it; null if they make nothing
};

void PrintTo(const Spelling& spelling, std::ostream* out) { *out << spelling.foreign; }

class Foreign : public testing::TestWithParam<Spelling> {};

TEST_P(Foreign, IsDiagnosedOnceAndMended) {
  const std::string head = "loss f(pred x: real[K], param c: real = 1) {\n  ";
  const std::string tail = "\n}\n";
  const Parsed parsed(head + GetParam().foreign + tail);
  EXPECT_EQ(parsed.codes(), GetParam().code);
  if (GetParam().ours == nullptr) return;
  const Parsed mended(parsed.fixed());
  EXPECT_EQ(parsed.fixed(), head + GetParam().ours + tail);
  EXPECT_EQ(mended.codes(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Spellings, Foreign,
    testing::Values(Spelling{"x ** 2", "E0206", "x ^ 2"}, Spelling{"a && b", "E0206", "a and b"},
                    Spelling{"a || b", "E0206", "a or b"}, Spelling{"!a", "E0206", "not a"},
                    Spelling{"a <> b", "E0206", "a != b"}, Spelling{"a === b", "E0206", "a == b"},
                    Spelling{"c > 0 ? a + 1 : b", "E0207", "if c > 0 then a + 1 else b"},
                    Spelling{"f(c ? a : b, 2)", "E0207", "f(if c then a else b, 2)"},
                    Spelling{"c ? a", "E0207", nullptr}, Spelling{"? a : b", "E0207", nullptr},
                    Spelling{"a + 1 if c else b", "E0208", "if c then a + 1 else b"},
                    Spelling{"f(a if c else b, 2)", "E0208", "f(if c then a else b, 2)"},
                    Spelling{"a if c", "E0208", nullptr}, Spelling{"x // 2", "E0209", nullptr},
                    Spelling{"let a = x; a", "E0210", "let a = x\n  a"},
                    Spelling{"x;", "E0210", "x"}, Spelling{"x[:, i]", "E0211", "x[_, i]"},
                    Spelling{"x[i, :]", "E0211", "x[i, _]"}, Spelling{"x[1:3]", "E0211", nullptr},
                    Spelling{"x[::2]", "E0211", nullptr}, Spelling{"x[i, :-1]", "E0211", nullptr},
                    Spelling{"0 < a <= 1", "E0212", "0 < a and a <= 1"},
                    Spelling{"+x", "E0213", "x"}, Spelling{"a * +x", "E0213", "a * x"},
                    Spelling{"return x", "E0214", "x"},
                    Spelling{"const a = x\n  a", "E0214", "let a = x\n  a"},
                    Spelling{"if a then b elif c then d else e", "E0214",
                             "if a then b else if c then d else e"},
                    Spelling{"for k in K", "E0214", nullptr},
                    Spelling{"if c = 1 then a else b", "E0215", "if c == 1 then a else b"},
                    Spelling{"(a = b)", "E0215", "(a == b)"},
                    Spelling{"sum[i where i = 1](x)", "E0215", "sum[i where i == 1](x)"},
                    Spelling{"let a == x\n  a", "E0216", "let a = x\n  a"},
                    Spelling{"2 * if c then a else b", "E0219", "2 * (if c then a else b)"},
                    Spelling{"a and if c then a else b", "E0219", "a and (if c then a else b)"},
                    Spelling{"a +- b", "E0205", "a - b"}, Spelling{"2x", "E0225", "2 * x"},
                    Spelling{"2 (x + 1)", "E0225", "2 * (x + 1)"},
                    Spelling{"a = x\n  a", "E0226", "let a = x\n  a"},
                    Spelling{"s[i] = x[i]\n  s", "E0226", "let s[i] = x[i]\n  s"},
                    Spelling{"x  // the value", "E0228", "x  # the value"},
                    Spelling{"x /* the value */", "E0228", nullptr},
                    Spelling{"x % 2", "E0229", nullptr}, Spelling{"x @ w", "E0229", nullptr},
                    Spelling{"x += 1", "E0229", nullptr}, Spelling{"x – 1", "E0107", "x - 1"},
                    Spelling{"x $ 1", "E0107", nullptr}, Spelling{"sort(x)", "E0220", nullptr},
                    Spelling{"let scan = x\n  x", "E0220", nullptr},
                    Spelling{"x.sum().y", "E0224", nullptr}));

TEST(Foreign, Functions) {
  EXPECT_EQ(Parsed("def f(x) = x\n").fixed(), "func f(x) = x\n");
  EXPECT_EQ(Parsed("def f(x):\n    y = x\n    return y\n\nloss g() = f(1)\n").codes(), "E0214");
  EXPECT_EQ(Parsed("from a import b\nloss g() = 1\n").codes(), "E0214");
}

TEST(Foreign, ToleranceBelongsToTests) {
  EXPECT_EQ(Parsed("test \"a\" {\n  f(1) == 2 +- 1e-3\n  f(1) == 2 ± 1e-3\n}\n").codes(), "");
  EXPECT_EQ(Parsed("test \"a\" {\n  f(1 +- 2) == 2\n}\n").codes(), "E0205");
  EXPECT_EQ(Parsed("test \"a\" {\n  f(1) = 2 +- 1\n}\n").fixed(),
            "test \"a\" {\n  f(1) == 2 +- 1\n}\n");
}

}  // namespace
}  // namespace lossc::syntax
