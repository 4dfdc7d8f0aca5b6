// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels stay inside their buffers: every array of a call lies against a page that may not be
// touched, once with its end and once with its beginning, for every count from 0 to past four of
// the widest vectors. A kernel that reads or writes one element too far does not survive this.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "lossc/lossc.h"

namespace {

enum class Against { end, beginning };

/// `count` numbers between two pages without access.
template <class T>
class Guarded {
 public:
  Guarded(std::size_t count, Against side) : count_(count) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t inner = (count * sizeof(T) + page) / page * page;
    bytes_ = inner + 2 * page;
    base_ = ::mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(base_, MAP_FAILED);
    char* first = static_cast<char*>(base_) + page;
    EXPECT_EQ(::mprotect(first, inner, PROT_READ | PROT_WRITE), 0);
    char* place = side == Against::end ? first + inner - count * sizeof(T) : first;
    data_ = reinterpret_cast<T*>(place);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() { ::munmap(base_, bytes_); }

  T* data() const { return data_; }
  T& operator[](std::size_t i) const { return data_[i]; }
  std::size_t size() const { return count_; }

 private:
  std::size_t count_;
  std::size_t bytes_ = 0;
  void* base_ = nullptr;
  T* data_ = nullptr;
};

const char* const source = R"(
loss bce(pred z: logit, target y: binary) = -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))
loss cross_entropy(pred z: logit[K], target y: class(K)) = -log(softmax(z)[y])
loss distance(pred a: real[D], target b: real[D]) = sum[i](abs(a[i] - b[i])^1.5)
)";

lossc::Kernel kernel_of(const lossc::Engine& engine, const char* loss, const char* wrt,
                        lossc::DataType dtype, unsigned width) {
  const auto module = engine.load_text(source, "guarded.loss");
  EXPECT_TRUE(module.ok()) << module.error().message;
  auto kernel = module->kernel(loss, {.gradients = {wrt}, .dtype = dtype, .width = width});
  EXPECT_TRUE(kernel.ok()) << kernel.error().message;
  return *kernel;
}

template <class T>
constexpr lossc::DataType dtype_of = sizeof(T) == 4 ? lossc::DataType::f32 : lossc::DataType::f64;

template <class T>
double tolerance(double size) {
  return (sizeof(T) == 4 ? 4e-6 : 1e-13) * (1 + size);
}

template <class T>
void pointwise(unsigned width) {
  const lossc::Engine engine({.threads = 2});
  const auto bce = kernel_of(engine, "bce", "z", dtype_of<T>, width);
  constexpr std::size_t four_vectors = 4 * 64 / sizeof(T);
  for (std::size_t n = 0; n <= four_vectors + 1; ++n) {
    for (const Against side : {Against::end, Against::beginning}) {
      const Guarded<T> z(n, side), y(n, side), dz(n, side), values(n, side), weights(n, side);
      double expected = 0;
      for (std::size_t i = 0; i < n; ++i) {
        z[i] = static_cast<T>(i) / 4 - 5;
        y[i] = static_cast<T>(i % 2);
        weights[i] = 2;
        const double logit = static_cast<double>(z[i]);
        expected += 2 * std::log1p(std::exp(i % 2 == 1 ? -logit : logit));
      }
      const auto count = static_cast<std::int64_t>(n);
      const auto result = bce.call({{"z", {z.data(), {count}}}, {"y", {y.data(), {count}}}},
                                   {.gradients = {{"z", {dz.data(), {count}}}},
                                    .values = {values.data(), {count}},
                                    .weights = {weights.data(), {count}},
                                    .reduction = lossc::Reduction::sum});
      ASSERT_TRUE(result.ok()) << result.error().message;
      EXPECT_NEAR(result->value, expected, tolerance<T>(expected)) << n;
      for (std::size_t i = 0; i < n; ++i) {
        const double s = 1 / (1 + std::exp(-static_cast<double>(z[i])));
        EXPECT_NEAR(dz[i], 2 * (s - static_cast<double>(i % 2)), tolerance<T>(2)) << n;
      }
    }
  }
}

template <class T>
void rows(unsigned width) {
  const lossc::Engine engine({.threads = 2});
  const auto cross = kernel_of(engine, "cross_entropy", "z", dtype_of<T>, width);
  const auto distance = kernel_of(engine, "distance", "a", dtype_of<T>, width);
  constexpr std::size_t four_vectors = 4 * 64 / sizeof(T);
  for (std::size_t k = 1; k <= four_vectors + 1; ++k) {
    for (const std::size_t n : {std::size_t{1}, std::size_t{3}}) {
      for (const Against side : {Against::end, Against::beginning}) {
        const Guarded<T> z(n * k, side), b(n * k, side), dz(n * k, side);
        const Guarded<std::int32_t> y(n, side);
        for (std::size_t i = 0; i < n * k; ++i) z[i] = static_cast<T>(i % 7), b[i] = z[i] - 4;
        for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<std::int32_t>(k - 1);
        const auto count = static_cast<std::int64_t>(n);
        const auto size = static_cast<std::int64_t>(k);
        const lossc::View logits(z.data(), {count, size});
        auto result = cross.call({{"z", logits}, {"y", {y.data(), {count}}}},
                                 {.gradients = {{"z", {dz.data(), {count, size}}}}});
        ASSERT_TRUE(result.ok()) << result.error().message;
        for (std::size_t row = 0; row < n; ++row) {
          double total = 0;  // the gradient of a softmax sums to 0
          for (std::size_t i = 0; i < k; ++i) total += static_cast<double>(dz[row * k + i]);
          EXPECT_NEAR(total, 0, tolerance<T>(2)) << k;
        }
        result = distance.call(
            {{"a", logits}, {"b", {b.data(), {count, size}}}},
            {.gradients = {{"a", {dz.data(), {count, size}}}}, .reduction = lossc::Reduction::sum});
        ASSERT_TRUE(result.ok()) << result.error().message;
        const double expected = 8 * static_cast<double>(n * k);
        EXPECT_NEAR(result->value, expected, tolerance<T>(expected)) << k;
        for (std::size_t i = 0; i < n * k; ++i) EXPECT_NEAR(dz[i], 3, tolerance<T>(3)) << k;
      }
    }
  }
}

TEST(Guarded, PointwiseF32) { pointwise<float>(0); }
TEST(Guarded, PointwiseF64) { pointwise<double>(0); }
TEST(Guarded, PointwiseNarrow) { pointwise<float>(4); }
TEST(Guarded, PointwiseScalar) { pointwise<double>(1); }
TEST(Guarded, RowsF32) { rows<float>(0); }
TEST(Guarded, RowsF64) { rows<double>(0); }
TEST(Guarded, RowsNarrow) { rows<float>(4); }

}  // namespace
