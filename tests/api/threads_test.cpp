// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads: the same bits for any number of them, one kernel used by many, lifetimes.
#include <cmath>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "tests/api/losses.h"

namespace {

using lossc_test::kernel_of;

std::vector<float> numbers(std::size_t count, float scale) {
  std::vector<float> values(count);
  std::uint32_t state = 12345;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = (static_cast<float>(state >> 8) / 8388608.0F - 1) * scale;
  }
  return values;
}

TEST(Threads, GiveTheSameBits) {
  const lossc::Engine engine;
  const auto linear = kernel_of(engine, "linear", {.gradients = {"w"}});
  constexpr std::int64_t count = 100'003;
  const std::vector<float> x = numbers(count * 3, 1e4F);
  const std::vector<float> t = numbers(count, 1);
  const std::vector<float> w{1, -2, 0.5F};
  std::optional<lossc::Evaluation> first;
  std::vector<float> first_gradient;
  for (const unsigned threads : {1u, 2u, 3u, 8u, 64u}) {
    std::vector<float> dw(3);
    const auto result = linear.call({{"x", {x.data(), {count, 3}}}, {"t", t}, {"w", w}},
                                    {.gradients = {{"w", dw}}, .threads = threads});
    ASSERT_TRUE(result.ok()) << result.error().message;
    if (!first) {
      first = *result;
      first_gradient = dw;
    }
    EXPECT_EQ(std::memcmp(&first->value, &result->value, sizeof(double)), 0) << threads;
    EXPECT_EQ(first_gradient, dw) << threads;
  }
}

TEST(Threads, ManyMayCallOneKernel) {
  const lossc::Engine engine;
  const auto squared = kernel_of(engine, "squared", {.gradients = {"a"}});
  const std::vector<float> a = numbers(50'000, 10);
  const std::vector<float> b = numbers(50'000, 1);
  std::vector<float> expected(a.size());
  const auto reference = squared.call({{"a", a}, {"b", b}}, {.gradients = {{"a", expected}}});
  ASSERT_TRUE(reference.ok());
  std::vector<std::thread> threads;
  std::vector<int> right(64, 0);
  for (std::size_t i = 0; i < right.size(); ++i) {
    threads.emplace_back([&, i] {
      std::vector<float> da(a.size());
      const auto result = squared.call({{"a", a}, {"b", b}}, {.gradients = {{"a", da}}});
      right[i] = result.ok() && result->value == reference->value && da == expected ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(64, 1));
}

TEST(Threads, KernelsOutliveTheirEngine) {
  std::optional<lossc::Kernel> kernel;
  {
    const lossc::Engine engine;
    kernel = kernel_of(engine, "squared", {.gradients = {"a", "b"}});
  }
  const std::vector<float> a{3};
  const std::vector<float> b{1};
  std::vector<float> db(1);
  // Fewer outputs than it was made with: compiled now, without the engine.
  const auto result = kernel->call({{"a", a}, {"b", b}}, {.gradients = {{"b", db}}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(db[0], -4);
}

TEST(Threads, ASmallStackIsEnough) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 << 10);
  pthread_t thread{};
  double value = 0;
  const auto body = [](void* result) -> void* {
    const lossc::Engine engine;
    const auto squared = kernel_of(engine, "squared");
    const std::vector<float> a{3};
    const std::vector<float> b{1};
    *static_cast<double*>(result) = squared.call({{"a", a}, {"b", b}})->value;
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, body, &value), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  EXPECT_EQ(value, 4);
}

}  // namespace
