// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What accuracy may cost: the value of a stable formula calls at most 1.3 times as many
// transcendental functions as the formula as it stands, and one more where it is short (of one call
// 1.3 times is none). Calls are counted in the graph after simplification, each node once, those
// inside a reduction as those outside; a softmax or a log-sum-exp is an exponential and a
// logarithm. What exceeds it for a reason is listed.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <set>
#include <string>

#include "compiler/codegen/kernels/kernels.h"
#include "compiler/driver/pipeline.h"
#include "compiler/ir/builtins.h"
#include "compiler/sema/check.h"
#include "compiler/simplify/simplify.h"
#include "tests/numerics/stability_corpus.h"

namespace lossc::testing {
namespace {

/// Functions that have kernels of their own and are algebraic.
bool algebraic(std::string_view name) {
  return name == "hypot" || name == "direction" || name == "cbrt";
}

/// The logarithm of a weight, a difference of what the log-sum-exp has already.
bool log_of_weight(const ir::Graph& graph, ir::ExprId node) {
  return graph.op(node) == ir::Op::call && graph.builtin(node) == ir::Builtin::log &&
         graph.op(graph.operands(node)[0]) == ir::Op::weight;
}

std::size_t calls_of(const ir::Function& function) {
  const ir::Graph& graph = function.graph;
  const ir::ExprId root = function.find(ir::OutputKind::value)->root;
  std::size_t calls = 0;
  std::set<ir::ExprId> weights;  // that are computed, not only their logarithms
  for (const ir::ExprId node : graph.reachable(std::vector<ir::ExprId>{root})) {
    if (log_of_weight(graph, node)) continue;
    for (const ir::ExprId operand : graph.operands(node)) {
      if (graph.op(operand) == ir::Op::weight) weights.insert(operand);
    }
    switch (graph.op(node)) {
      case ir::Op::call: {
        const std::string_view name = ir::info(graph.builtin(node)).name;
        calls += codegen::find_kernel(name) != nullptr && !algebraic(name);
        break;
      }
      case ir::Op::reduce:
        calls += graph.reduce_op(node) == ir::ReduceOp::lse ? 2 : 0;
        break;
      default:
        break;
    }
  }
  if (graph.op(root) == ir::Op::weight) weights.insert(root);
  return calls + weights.size();
}

/// Formula and the ratio that it may have.
const std::map<std::string, double>& exceptions() {
  static const std::map<std::string, double> table = {
      // tanh((a - b)/2) times what is left of both tails: 2 calls become 5.
      {"case_sigmoid_difference", 2},
      // Of log(p + (1 - p) e^-l) the complement too, for a sum near 1: 3 become 7.
      {"case_zip_logit_nll", 2},
  };
  return table;
}

TEST(TranscendentalCalls, AreHardlyMoreThanAsWritten) {
  SourceManager sources;
  Diagnostics diagnostics(sources);
  const FileId file = sources.add("stability.loss", stability_source());
  const sema::Module module = sema::check(file, "", {}, diagnostics);
  ASSERT_GT(module.own, 100u);
  std::size_t literal_calls = 0;
  std::size_t stable_calls = 0;
  for (std::size_t i = 0; i < module.own; ++i) {
    const ir::Function& core = module.functions[i];
    const std::size_t literal = calls_of(simplify::simplified(ir::normalised(core)));
    const auto lowered = driver::lowered(core, {true, {}, {}, {}});
    ASSERT_TRUE(lowered) << core.name;
    const std::size_t stable = calls_of(*lowered);
    literal_calls += literal;
    stable_calls += stable;
    const auto known = exceptions().find(core.name);
    const double ratio = known == exceptions().end() ? 1.3 : known->second;
    EXPECT_LE(double(stable), ratio * double(literal) + 1)
        << core.name << ": " << literal << " as written, " << stable << " compiled";
  }
  EXPECT_LE(double(stable_calls), 1.3 * double(literal_calls));
  std::printf("%zu calls as written, %zu compiled\n", literal_calls, stable_calls);
}

}  // namespace
}  // namespace lossc::testing
