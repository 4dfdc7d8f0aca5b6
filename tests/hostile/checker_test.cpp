// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// reliability.md 3, as far as it is names, imports, types, constants and sizes: whatever the text,
// the checker ends soon, without a crash, and says with a place what is wrong.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <random>
#include <string>

#include "compiler/sema/check.h"

namespace lossc::sema {
namespace {

/// The first code, or "" if there is none; checks what must hold for every text.
std::string outcome(const std::string& text) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const Module module = check(sources.add("hostile.loss", text), "", {}, diagnostics);
  // Generous: sanitizers, debug builds and busy machines are allowed for, quadratic time is not.
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(60));
  for (const ir::Function& function : module.functions) {
    EXPECT_EQ(ir::violation(function).value_or(""), "");
  }
  EXPECT_NE(render_text(diagnostics), "\x1b");
  for (const Report& report : diagnostics.sorted()) EXPECT_TRUE(report.range.valid());
  if (diagnostics.reports().empty()) return "";
  return std::string(info(diagnostics.sorted().front().diagnostic).code);
}

std::string repeated(std::size_t count, const std::function<std::string(std::size_t)>& part) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += part(i);
  return result;
}

const std::string head = "loss f(pred x: real) = ";

TEST(HostileChecker, Constants) {
  EXPECT_EQ(outcome(head + "x + 1e999"), "E0601");
  EXPECT_EQ(outcome(head + "x + " + std::string(400, '9')), "E0601");
  EXPECT_EQ(outcome(head + "x + " + std::string(300, '9')), "");
  EXPECT_EQ(outcome(head + "x + 0." + std::string(400, '3')), "");
  EXPECT_EQ(outcome(head + "x + 1e-999"), "W0602");
  EXPECT_EQ(outcome(head + "x + 1e99999999999999999999"), "E0601");
  EXPECT_EQ(outcome(head + "x / 0"), "E0603");
  EXPECT_EQ(outcome(head + "x + log(0)"), "");
  EXPECT_EQ(outcome(head + "x + log(-1)"), "E0605");
  EXPECT_EQ(outcome(head + "x + 0^0"), "");
  EXPECT_EQ(outcome(head + "x + 0^-1"), "E0603");
  EXPECT_EQ(outcome(head + "x + (-1)^0.5"), "E0605");
  EXPECT_EQ(outcome(head + "x^1e9"), "");
  EXPECT_EQ(outcome(head + "x + 2^1e9"), "");
  EXPECT_EQ(outcome(head + "x + inf - inf"), "");
  EXPECT_EQ(outcome(head + "x + (((2^1000)^1000)^1000)"), "");
}

TEST(HostileChecker, Sums) {
  EXPECT_EQ(outcome(head + "x" + repeated(50'000, [](std::size_t) { return " + x"; })), "");
  EXPECT_EQ(outcome(head + "x" + repeated(1'000, [](std::size_t) { return " * x"; })), "");
  const std::string squares = repeated(60, [](std::size_t i) {
    return "  let a" + std::to_string(i + 1) + " = a" + std::to_string(i) + "^2\n";
  });
  EXPECT_EQ(outcome("loss f(pred x: real) {\n  let a0 = x\n" + squares + "  a60\n}"), "");
  const std::string both = repeated(60, [](std::size_t i) {
    return "  let a" + std::to_string(i + 1) + " = a" + std::to_string(i) + " and a" +
           std::to_string(i) + "\n";
  });
  EXPECT_EQ(
      outcome("loss f(pred x: real) {\n  let a0 = x > 0\n" + both + "  if a60 then x else 0\n}"),
      "");
  const std::string lets = repeated(10'000, [](std::size_t i) {
    return "  let a" + std::to_string(i + 1) + " = a" + std::to_string(i) + " + 1\n";
  });
  EXPECT_EQ(outcome("loss f(pred x: real) {\n  let a0 = x\n" + lets + "  a10000\n}"), "");
}

TEST(HostileChecker, Nesting) {
  EXPECT_EQ(outcome(head + repeated(200, [](std::size_t) { return "exp("; }) + "x" +
                    std::string(200, ')')),
            "");
  EXPECT_EQ(outcome(head + repeated(200, [](std::size_t) { return "clamp(x, 0, "; }) + "1" +
                    std::string(200, ')')),
            "");
  EXPECT_EQ(outcome(head + repeated(200, [](std::size_t) { return "max(x, "; }) + "1" +
                    std::string(200, ')')),
            "");
}

TEST(HostileChecker, Calls) {
  EXPECT_EQ(outcome("func g(x) = g(x)\n" + head + "g(x)"), "E0312");
  EXPECT_EQ(outcome("func g(x) = h(x)\nfunc h(x) = g(x)\n" + head + "g(x)"), "E0312");
  const auto doubling = [](std::size_t i) {
    const std::string last = "f" + std::to_string(i);
    return "func f" + std::to_string(i + 1) + "(x) = " + last + "(x) + " + last + "(2 * x)\n";
  };
  EXPECT_EQ(outcome("func f0(x) = sin(x)\n" + repeated(40, doubling) + head + "f40(x)"), "E0703");
  const auto chain = [](std::size_t i) {
    return "func f" + std::to_string(i + 1) + "(x) = f" + std::to_string(i) + "(x)\n";
  };
  EXPECT_EQ(outcome("func f0(x) = x\n" + repeated(60, chain) + head + "f60(x)"), "");
  EXPECT_EQ(outcome("func f0(x) = x\n" + repeated(100, chain) + head + "f100(x)"), "E0704");
}

TEST(HostileChecker, Names) {
  for (const char* name : {"main", "int", "while", "llvm", "class", "target", "malloc"}) {
    EXPECT_EQ(outcome("loss " + std::string(name) + "(pred x: real) = x"), "") << name;
  }
  EXPECT_EQ(outcome("loss exp(pred x: real) = x"), "E0305");
  EXPECT_EQ(outcome("loss f(pred x: real, pred x: real) = x"), "E0303");
  EXPECT_EQ(outcome("loss f(pred K: real[K]) = sum(K)"), "E0303");
  EXPECT_EQ(outcome(head + "x\n" + head + "x"), "E0304");
  EXPECT_EQ(outcome("loss f(pred exp: real) = exp(exp)"), "");
  EXPECT_EQ(outcome(head + std::string(100'000, 'a')), "E0301");
  const auto parameter = [](std::size_t i) { return "param a" + std::to_string(i) + ": real, "; };
  EXPECT_EQ(outcome("loss f(" + repeated(10'000, parameter) + ") = 1"), "E0339");
  const auto missing = [](std::size_t i) { return "import m" + std::to_string(i) + "\n"; };
  EXPECT_EQ(outcome(repeated(10'000, missing) + head + "x"), "E0306");
  const auto same = [](std::size_t) { return std::string("import std.regression\n"); };
  EXPECT_EQ(outcome(repeated(2'000, same) + head + "huber(x, 1)"), "");
}

TEST(HostileChecker, Sizes) {
  EXPECT_EQ(outcome("loss f(pred x: real[A, B, C, D, E, F, G, H, I]) = sum(x)"), "E0503");
  EXPECT_EQ(outcome("loss f(pred x: real[K, K]) = sum[K](x)"), "E0502");
  EXPECT_EQ(outcome("loss f(pred x: real[K], target y: real[D]) = sum[D](x) + sum(y)"), "E0505");
  EXPECT_EQ(outcome("loss f(pred x: real[0]) = sum(x)"), "");
  EXPECT_EQ(outcome("loss f(pred x: real[1099511627776, 1099511627776]) = sum(x)"), "");
  EXPECT_EQ(outcome("loss f(pred x: real[9223372036854775807]) = sum(x)"), "E0528");
  EXPECT_EQ(outcome("loss f(pred x: real[K]) = x[99999999999999999999]"), "E0520");
  EXPECT_EQ(outcome("loss f(pred z: logit[K], target y: class(K, ignore = 1e300)) = z[y]"),
            "E0410");
}

TEST(HostileChecker, RandomWordsDoNotCrash) {
  const std::vector<std::string> words = {
      "loss",  "f",      "(",   ")",   "pred", "target",  "param",  "x",     "y",    ":",
      "real",  "class",  "[",   "]",   "K",    "D",       ",",      "=",     "{",    "}",
      "\n",    "+",      "-",   "*",   "/",    "^",       "1",      "0.5",   "inf",  "if",
      "then",  "else",   "let", "sum", "mean", "softmax", "i",      "j",     "in",   "..",
      "where", "<",      "==",  "and", "not",  "weight",  "grad",   "log",   "test", "\"t\"",
      "+-",    "import", "std", ".",   "func", "valid",   "onehot", "count", "max",  "_"};
  const unsigned seed = 20240607;
  std::mt19937 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    std::string text = "loss f(pred x: real[K], target y: class(K), param t: real = 1) = ";
    const std::size_t length = random() % 40;
    for (std::size_t i = 0; i < length; ++i) text += words[random() % words.size()] + " ";
    outcome(text);
  }
}

}  // namespace
}  // namespace lossc::sema
