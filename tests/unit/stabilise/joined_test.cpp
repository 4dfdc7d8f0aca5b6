// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Single classes joined to the whole softmax: that it happens where it saves a sum, that nothing is
// joined where something else needs the sum over the others, and that the joined function is the
// function it was, at 4096 bits, with ties, absent classes and one class.
#include <limits>

#include "compiler/driver/pipeline.h"
#include "compiler/ir/interpreter.h"
#include "compiler/ir/text.h"
#include "tests/unit/sema/checked.h"

namespace lossc::stabilise {
namespace {

using ir::ExprId;
using ir::Function;
using ir::Op;
using ir::OutputKind;
using ir::Real;

struct Stages {
  Function before;
  Function after;
};

/// The last loss with its gradient by the first array.
Stages stages(const std::string& text) {
  const sema::Checked result = sema::checked(text);
  EXPECT_FALSE(result.diagnostics->has_errors()) << result.shown();
  const Function& core = result.module.functions[result.module.own - 1];
  driver::KernelRequest request;
  request.gradients = {core.arrays[0].name};
  driver::PipelineOptions options;
  options.stop_after = "simplify";
  auto before = driver::lowered(core, request, options);
  auto after = driver::lowered(core, request);
  EXPECT_TRUE(before.ok() && after.ok()) << text;
  EXPECT_EQ(violation(*after).value_or(""), "") << text;
  return {*before, *after};
}

/// How many logarithms of sums of exponentials there are.
std::size_t sums(const Function& function) {
  std::size_t count = 0;
  for (const ExprId node : function.graph.reachable(function.roots())) {
    count += function.graph.op(node) == Op::reduce &&
             function.graph.reduce_op(node) == ir::ReduceOp::lse;
  }
  return count;
}

void expect_the_same(const Stages& both, const ir::Example& example, const std::string& what) {
  for (const ir::Output& output : both.before.outputs) {
    const ir::Output* other = both.after.find(output.kind, output.array);
    ASSERT_NE(other, nullptr) << what;
    const auto expected = interpret(both.before, output, example);
    const auto found = interpret(both.after, *other, example);
    ASSERT_TRUE(expected.ok() && found.ok()) << what;
    ASSERT_EQ(expected->size(), found->size()) << what;
    for (std::size_t i = 0; i < expected->size(); ++i) {
      const Real& a = (*expected)[i];
      const Real& b = (*found)[i];
      if (a == b) continue;
      EXPECT_LT(abs(a - b), abs(a) * Real(1e-200) + Real(1e-300)) << what << ' ' << a << ' ' << b;
    }
  }
}

TEST(JoinedSoftmax, IsTheSameFunction) {
  const char* const losses[] = {
      "loss f(pred z: logit[K], target y: class(K)) = -log(softmax(z)[y])",
      "loss f(pred z: logit[K], target y: class(K)) = -log(softmax(z)[y])"
      " - 0.25 * mean(log(softmax(z)))",
      "loss f(pred z: logit[K], target y: class(K)) = (1 - softmax(z)[y]) ^ 2",
      "loss f(pred z: logit[K], target y: class(K)) = log_softmax(z)[y] * softmax(z)[y]",
      "loss f(pred z: logit[K], target y: class(K)) = -log(1 - softmax(z)[y])",
  };
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<std::vector<double>> rows = {
      {0.5, -1, 2}, {300, 0.25, -300}, {1, 1, 1}, {2, 2, -inf}, {-inf, 3, -inf},
      {-900, 5, 5}, {0, 1e4, -1e4},    {7},       {-8, -9}};
  const ir::Precision precision(4096);
  for (const char* text : losses) {
    const Stages both = stages(text);
    for (const auto& row : rows) {
      for (std::size_t label = 0; label < row.size(); ++label) {
        if (row[label] == -inf) continue;  // an infinite loss, whose parts are not compared
        ir::Example example{{static_cast<std::int64_t>(row.size())}, {}};
        example.arrays.emplace_back(row.begin(), row.end());
        example.arrays.push_back({Real(label)});
        expect_the_same(
            both, example,
            text + (" at " + std::to_string(row[0])) + ", class " + std::to_string(label));
      }
    }
  }
}

TEST(JoinedSoftmax, OneSumIsLeftOfSeveral) {
  const char* const smoothed =
      "loss f(pred z: logit[K], target y: class(K)) = -0.9 * log(softmax(z)[y])"
      " - 0.1 * mean(log(softmax(z)))";
  const Stages both = stages(smoothed);
  EXPECT_EQ(sums(both.before), 3u);
  EXPECT_EQ(sums(both.after), 1u);
  const Stages soft =
      stages("loss f(pred z: logit[K], target q: simplex[K]) = -sum(q * log(softmax(z)))");
  EXPECT_EQ(sums(soft.before), 2u);
  EXPECT_EQ(sums(soft.after), 1u);
}

TEST(JoinedSoftmax, TheGradientOfCrossEntropyIsTheTextbookOne) {
  const Stages both =
      stages("loss f(pred z: real[K], target y: class(K)) = log(sum(exp(z))) - z[y]");
  EXPECT_EQ(infix(both.after, both.after.find(OutputKind::gradient, {0})->root),
            "if y == k then softmax(z)[k] - 1 else softmax(z)[k]");
}

TEST(JoinedSoftmax, WhatNeedsTheOthersKeepsThem) {
  // A power of 1 - p known at run time is made of the margin, and with it all else.
  const Stages both = stages(
      "loss f(pred z: logit[K], target y: class(K), param g: nonnegative = 2) ="
      " -(1 - softmax(z)[y]) ^ g * log(softmax(z)[y])");
  EXPECT_EQ(sums(both.after), 1u);
  EXPECT_EQ(infix(both.before, both.before.outputs[0].root),
            infix(both.after, both.after.outputs[0].root));
}

}  // namespace
}  // namespace lossc::stabilise
