// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Large and strange formulas to native code by the public interface: done within seconds and right,
// or refused in words. What is timed is generous to sanitizers and busy machines; growth faster
// than linear is not what it forgives.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "lossc/lossc.h"

namespace {

std::string repeated(int count, const std::function<std::string(int)>& part) {
  std::string result;
  for (int i = 0; i < count; ++i) result += part(i);
  return result;
}

const std::string head = "loss f(pred x: real) = ";

struct Answer {
  float value = NAN;
  float gradient = NAN;
};

/// The value and the gradient of `f` at x, or NaNs where it is refused, with words.
Answer answer(const std::string& text, float x) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  Answer result;
  const lossc::Engine engine({.threads = 1});
  const auto module = engine.load_text(text, "native.loss");
  if (!module.ok()) {
    EXPECT_FALSE(module.error().message.empty());
    return result;
  }
  const auto kernel = module->kernel("f", {.gradients = {"x"}});
  if (!kernel.ok()) {
    EXPECT_FALSE(kernel.error().message.empty());
    return result;
  }
  float value = NAN;
  const auto done = kernel->call({{"x", {&x, {1}}}}, {.gradients = {{"x", {&result.gradient, {1}}}},
                                                      .values = {&value, {1}},
                                                      .reduction = lossc::Reduction::none});
  EXPECT_TRUE(done.ok()) << done.error().message;
  result.value = value;
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(90));
  return result;
}

std::string chain(int count, const std::function<std::string(std::string)>& next) {
  const auto line = [&](int i) {
    return "  let a" + std::to_string(i + 1) + " = " + next("a" + std::to_string(i)) + "\n";
  };
  return "loss f(pred x: real) {\n  let a0 = x\n" + repeated(count, line) + "  a" +
         std::to_string(count) + "\n}\n";
}

TEST(HostileNative, SumsOfManyTerms) {
  const Answer same = answer(head + "x" + repeated(90'000, [](int) { return " + x"; }), 2);
  EXPECT_EQ(same.value, 2 * 90'001);
  EXPECT_EQ(same.gradient, 90'001);
  const auto term = [](int i) { return " + exp(" + std::to_string(i + 1) + " * x)"; };
  const Answer exponentials = answer(head + "x" + repeated(2000, term), 0);
  EXPECT_EQ(exponentials.value, 2000);
  EXPECT_NEAR(exponentials.gradient, 2'001'001, 1);
}

TEST(HostileNative, ProductsOfManyFactors) {
  const auto factor = [](int i) { return " * cos(" + std::to_string(i) + " * x)"; };
  const Answer cosines = answer(head + "exp(x)" + repeated(1000, factor), 0);
  EXPECT_EQ(cosines.value, 1);
  EXPECT_EQ(cosines.gradient, 1);
  const auto shifted = [](int i) { return " * (x + 0." + std::to_string(1000 + i) + ")"; };
  EXPECT_EQ(answer(head + "x" + repeated(1000, shifted), 0).value, 0);
}

TEST(HostileNative, LongChains) {
  const Answer nested =
      answer(chain(400, [](const std::string& a) { return "exp(" + a + ")"; }), 0);
  EXPECT_TRUE(std::isinf(nested.value));
  const Answer halved =
      answer(chain(4'000, [](const std::string& a) { return a + " * cos(x) + sin(x)"; }), 0);
  EXPECT_EQ(halved.value, 0);
  EXPECT_EQ(halved.gradient, 4'001);
  const Answer either = answer(
      chain(400, [](const std::string& a) { return "if " + a + " > x then " + a + " else x"; }), 3);
  EXPECT_EQ(either.value, 3);
}

TEST(HostileNative, Squarings) {
  const auto squared = [](const std::string& a) { return a + " * " + a; };
  EXPECT_EQ(answer(chain(60, squared), 1).value, 1);
  EXPECT_EQ(answer(chain(60, squared), 0.5F).value, 0);
  const auto cosine = [](const std::string& a) { return "cos(" + a + ") * cos(" + a + ")"; };
  double expected = 1;
  for (int i = 0; i < 60; ++i) expected = std::cos(expected) * std::cos(expected);
  EXPECT_NEAR(answer(chain(60, cosine), 1).value, expected, 1e-5);
}

TEST(HostileNative, Powers) {
  EXPECT_EQ(answer(head + "x^1e9", 1).value, 1);
  EXPECT_EQ(answer(head + "x^1e9", 2).value, INFINITY);
  EXPECT_EQ(answer(head + "x^-1e9", 2).value, 0);
  EXPECT_EQ(answer(head + "x^1e300", 1).value, 1);
  EXPECT_EQ(answer(head + "(x^1e5)^1e5", 1).value, 1);
  EXPECT_EQ(answer(head + "(1 + x)^1000000", 0).gradient, 1e6F);
  answer(head + "exp(x)^1e9", 1);
  answer(head + "x^x^x^x", 1);
  answer(head + "x + gamma(-1) + lgamma(-1) + gamma(1e9)", 1);
}

TEST(HostileNative, NamesOfSymbols) {
  for (const char* name : {"main", "malloc", "free", "memcpy", "abort", "printf", "int", "while",
                           "register", "operator", "_start", "loss_kernel", "__cxa_throw"}) {
    const lossc::Engine engine({.threads = 1});
    const std::string text = "loss " + std::string(name) + "(pred x: real) = x^2\n";
    const auto module = engine.load_text(text, "names.loss");
    ASSERT_TRUE(module.ok()) << module.error().message;
    const auto kernel = module->kernel(name, {.gradients = {"x"}});
    ASSERT_TRUE(kernel.ok()) << kernel.error().message;
    const std::vector<float> x{3};
    const auto result = kernel->call({{"x", x}}, {});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->value, 9) << name;
  }
}

TEST(HostileNative, SizesWhoseProductOverflows) {
  const lossc::Engine engine({.threads = 1});
  const auto module = engine.load_text(
      "loss f(pred x: real[1099511627776, 1099511627776]) = sum(x)\n"
      "loss g(pred x: real[K, M]) = sum(x)\nloss h(pred x: real[0]) = sum(x)\n",
      "sizes.loss");
  ASSERT_TRUE(module.ok()) << module.error().message;
  const float x = 1;
  const std::int64_t large = std::int64_t{1} << 40;
  for (const char* name : {"f", "g"}) {
    const auto kernel = module->kernel(name, {});
    if (!kernel.ok()) continue;
    EXPECT_FALSE(kernel->call({{"x", {&x, {1, large, large}}}}, {}).ok());
    EXPECT_FALSE(kernel->call({{"x", {&x, {INT64_MAX, large, 2}}}}, {}).ok());
  }
  const auto empty = module->kernel("h", {});
  ASSERT_TRUE(empty.ok()) << empty.error().message;
  const auto result = empty->call({{"x", {&x, {1, 0}}}}, {});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->value, 0);
}

/// Everything, diagnostics included, from a thread with 256 KiB: deep nesting of every kind.
TEST(HostileNative, ASmallStackIsEnough) {
  const auto body = [](void*) -> void* {
    const auto nested = [](const std::string& open, int depth, const std::string& close) {
      return head + repeated(depth, [&](int) { return open; }) + "x" +
             repeated(depth, [&](int) { return close; });
    };
    for (const auto& text :
         {nested("(", 250, ")"), nested("exp(", 250, ")"), nested("(1 + 2 * -x^", 60, ")"),
          nested("max(x, ", 200, ")"), nested("(", 100'000, ""), nested("-", 100'000, ""),
          nested("(if x > 0 then 1 else ", 120, ")"), nested("[", 250, "]"),
          chain(4'000, [](const std::string& a) { return a + " + 1"; })}) {
      answer(text, 0);
    }
    return nullptr;
  };
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
  pthread_t thread{};
  ASSERT_EQ(pthread_create(&thread, &attributes, body, nullptr), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

/// 64 threads call one kernel; the engine goes away while they do.
TEST(HostileNative, TheEngineIsDestroyedMeanwhile) {
  auto engine = std::make_unique<lossc::Engine>(lossc::EngineOptions{.threads = 4});
  auto module = engine->load_text(head + "x^2", "shared.loss");
  ASSERT_TRUE(module.ok()) << module.error().message;
  const auto kernel = module->kernel("f", {.gradients = {"x"}});
  ASSERT_TRUE(kernel.ok()) << kernel.error().message;
  const std::vector<float> x(5'000, 3);
  std::atomic<int> started = 0;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      std::vector<float> dx(x.size());
      ++started;
      bool good = true;
      for (int round = 0; round < 20; ++round) {
        // Every other thread wants fewer outputs than were compiled: that compiles anew.
        const auto result = i % 2 == 0 ? kernel->call({{"x", x}}, {.gradients = {{"x", dx}}})
                                       : kernel->call({{"x", x}}, {});
        good = good && result.ok() && result->value == 9;
      }
      right += good ? 1 : 0;
    });
  }
  while (started < 32) std::this_thread::yield();
  module = lossc::Error{};
  engine.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 64);
}

}  // namespace
