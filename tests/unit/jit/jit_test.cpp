// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled kernels as objects in memory: threads, lifetimes, labels.

#include <thread>

#include "tests/unit/jit/compiled_loss.h"

namespace lossc::testing {
namespace {

using ir::Domain;
using ir::OutputKind;
using ir::Role;

ir::Function squares() {
  Builder b;
  auto x = b.array("x", Role::pred, Domain::real);
  b.output(OutputKind::value, b.g().power(b.load(x), 2));
  return b.f;
}

double sum_of_squares(const jit::CompiledKernel& kernel, std::vector<float> data) {
  codegen::ArrayFrame input{data.data(), 1, {}};
  float one = 1;
  double sums[4] = {0, 0, 0, 0};
  codegen::KernelFrame frame{};
  frame.last_example = static_cast<std::int64_t>(data.size());
  frame.inputs = &input;
  frame.weights = &one;
  frame.upstream = &one;
  frame.sums = sums;
  kernel.kernel(&frame);
  return sums[0] + sums[1];
}

TEST(Jit, CodeLivesAsLongAsAnyCopy) {
  auto kernel = jit::compiled(squares(), {});
  ASSERT_TRUE(kernel.ok()) << kernel.error().message;
  std::shared_ptr<void> code = (*kernel)->code;
  codegen::KernelEntry entry = (*kernel)->kernel;
  kernel = Error{"gone"};
  jit::CompiledKernel copy;
  copy.kernel = entry;
  EXPECT_EQ(sum_of_squares(copy, {1, 2, 3}), 14);
}

TEST(Jit, ManyThreadsCompileAtOnce) {
  std::vector<std::thread> threads;
  std::vector<double> results(4);
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&results, i] {
      for (int round = 0; round < 3; ++round) {
        auto kernel = jit::compiled(squares(), {});
        if (kernel.ok()) results[i] += sum_of_squares(**kernel, {static_cast<float>(i), 1});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i], 3 * static_cast<double>(i * i + 1));
  }
}

TEST(Jit, WrongLabelsAreFound) {
  for (bool wide : {false, true}) {
    Builder b;
    auto K = b.size("K"), T = b.size("T");
    auto z = b.array("z", Role::pred, Domain::logit, {K});
    auto y = b.array("y", Role::target, Domain::class_, {T});
    b.f.arrays[y.index].classes = K;
    b.f.arrays[y.index].ignore = -100;
    ir::Axis t = b.g().fresh_axis(T);
    ir::ExprId label = b.load(y, {b.g().index(t)});
    b.output(OutputKind::value, b.g().reduce(ir::ReduceOp::sum, t, b.load(z, {label})));
    codegen::TargetOptions options;
    options.wide_labels = {false, wide};
    auto kernel = jit::compiled(b.f, options);
    ASSERT_TRUE(kernel.ok()) << kernel.error().message;
    ASSERT_NE((*kernel)->labels, nullptr);
    std::int64_t sizes[] = {3, 2};
    std::vector<std::int64_t> wide_labels{0, 2, -100, 1, 1, 3};
    std::vector<std::int32_t> labels(wide_labels.begin(), wide_labels.end());
    void* data = wide ? static_cast<void*>(wide_labels.data()) : labels.data();
    codegen::ArrayFrame inputs[] = {{nullptr, 3, {1}}, {data, 2, {1}}};
    codegen::KernelFrame frame{};
    frame.sizes = sizes;
    frame.inputs = inputs;
    frame.last_example = 2;
    EXPECT_EQ((*kernel)->labels(&frame), 0);
    frame.last_example = 3;
    EXPECT_EQ((*kernel)->labels(&frame), 2);  // 1 + the array's id
    EXPECT_EQ(frame.bad_example, 2);
    EXPECT_EQ(frame.bad_value, 3);
  }
}

// Whatever a label is, nothing outside the array is read: the kernel itself clamps.
TEST(Jit, WildLabelsDoNotReadWildMemory) {
  Builder b;
  auto K = b.size("K");
  auto z = b.array("z", Role::pred, Domain::logit, {K});
  auto y = b.array("y", Role::target, Domain::class_);
  b.f.arrays[y.index].classes = K;
  b.output(OutputKind::value, b.load(z, {b.load(y)}));
  for (const auto& options : targets()) {
    auto kernel = jit::compiled(b.f, options);
    ASSERT_TRUE(kernel.ok()) << kernel.error().message;
    std::size_t real = options.float_type == FloatType::f32 ? 4 : 8;
    GuardedMemory logits(20 * 3 * real);
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 20; ++i) labels.push_back(i % 2 == 0 ? 1 << 30 : -(1 << 30));
    std::int64_t sizes[] = {3};
    codegen::ArrayFrame inputs[] = {{logits.data(), 3, {1}}, {labels.data(), 1, {}}};
    double one = 1, sums[4] = {0, 0, 0, 0};
    codegen::KernelFrame frame{};
    frame.sizes = sizes;
    frame.inputs = inputs;
    frame.last_example = 20;
    frame.weights = frame.upstream = &one;
    frame.sums = sums;
    (*kernel)->kernel(&frame);
    EXPECT_EQ(sums[0], 0);
  }
}

}  // namespace
}  // namespace lossc::testing
