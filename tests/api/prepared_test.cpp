// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prepared calls: the same numbers, no allocation, new pointers.
#include <cstdlib>
#include <new>
#include <vector>

#include "tests/api/losses.h"

namespace {

std::size_t allocations = 0;

}  // namespace

// The address sanitizer has operators of its own, which know what was allocated how: under it
// nothing is counted.
#ifndef __SANITIZE_ADDRESS__
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace {

TEST(PreparedCall, AllocatesNothingAndFollowsItsPointers) {
  const lossc::Engine engine;
  const auto squared = lossc_test::kernel_of(engine, "squared", {.gradients = {"a"}});
  std::vector<float> a(16, 3);
  std::vector<float> other(16, 5);
  const std::vector<float> b(16, 1);
  std::vector<float> da(16);
  auto call = squared.prepare({{"a", a}, {"b", b}},
                              {.gradients = {{"a", da}}, .reduction = lossc::Reduction::sum});
  ASSERT_TRUE(call.ok()) << call.error().message;
  EXPECT_EQ(call->run()->value, 64);

  const std::size_t before = allocations;
  double total = 0;
  for (int i = 0; i < 100; ++i) {
    call->set_input(0, i % 2 == 0 ? other.data() : a.data());
    const auto result = call->run();
    total += result.ok() ? result->value : -1e9;
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(total, 50 * (256 + 64));
  EXPECT_EQ(da[0], 4);
}

TEST(PreparedCall, RefusesPointersThatDoHarm) {
  const lossc::Engine engine;
  const auto squared = lossc_test::kernel_of(engine, "squared", {.gradients = {"a"}});
  std::vector<float> a(17, 3);
  const std::vector<float> b(16, 1);
  std::vector<float> da(16);
  auto call = squared.prepare({{"a", {a.data(), {16}}}, {"b", b}}, {.gradients = {{"a", da}}});
  ASSERT_TRUE(call.ok()) << call.error().message;
  call->set_gradient(0, a.data() + 1);
  auto overlapping = call->run();
  ASSERT_FALSE(overlapping.ok());
  EXPECT_EQ(overlapping.error().code, lossc::ErrorCode::overlap);
  call->set_gradient(0, da.data());
  call->set_input(0, nullptr);
  auto null = call->run();
  ASSERT_FALSE(null.ok());
  EXPECT_EQ(null.error().argument, "a");
  call->set_input(0, a.data());
  EXPECT_EQ(call->run()->value, 4);
}

}  // namespace
