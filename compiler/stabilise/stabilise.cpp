// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loop over the graph, bottom up, and what is kept per node. Each rewrite removes an exp under
// a log, a difference from 1 or a quotient of large numbers, so rounds end; the bound is a
// safeguard.
#include "compiler/stabilise/stabilise.h"

#include <algorithm>

#include "compiler/ir/builtins.h"
#include "compiler/ir/text.h"
#include "compiler/stabilise/stabiliser.h"

namespace lossc::stabilise {

using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::Op;

namespace {

constexpr int rounds = 3;
constexpr int steps = 8;
constexpr std::size_t trace_limit = 120;

/// What a rewrite says of itself, once.
void append(std::vector<Rewrite>& trace, Rewrite rewrite, const std::vector<RuleId>& rules) {
  for (const RuleId rule : rules) {
    rewrite.rules.emplace_back(name_of(rule));
    rewrite.rule += (rewrite.rule.empty() ? "" : "; ") + rewrite.rules.back();
  }
  if (rules.empty()) rewrite.rule = "normal form";
  const bool known = std::any_of(trace.begin(), trace.end(), [&](const Rewrite& other) {
    return other.range == rewrite.range && other.before == rewrite.before &&
           other.after == rewrite.after && other.loss == rewrite.loss;
  });
  if (!known && rewrite.before != rewrite.after) trace.push_back(std::move(rewrite));
}

/// The derivative of a maximum asks which elements are equal to it. They are as long as both sides
/// are computed alike: a better form of one alone would differ in its last digit.
bool is_equality(const Graph& graph, ExprId node) {
  return graph.op(node) == Op::compare && (graph.relation(node) == ir::Relation::equal ||
                                           graph.relation(node) == ir::Relation::not_equal);
}

/// Whether any root changed.
bool stabilise_once(Function& function, Stage stage, std::vector<Rewrite>* trace) {
  Graph& graph = function.graph;
  Stabiliser stabiliser(function, stage);
  ir::NodeMap<ExprId> image;
  std::vector<ExprId> operands;
  for (const ExprId node : graph.reachable(function.roots())) {
    if (stage == Stage::derivatives && is_equality(graph, node)) {
      image.at(node) = node;
      continue;
    }
    operands.clear();
    bool moved = false;
    for (const ExprId operand : graph.operands(node)) {
      operands.push_back(image[operand]);
      moved = moved || operands.back() != operand;
    }
    const ExprId rebuilt = moved ? graph.rebuilt(node, operands) : node;
    const ExprId better = stabiliser.stable(rebuilt);
    if (graph.exhausted()) return false;
    if (better != node) graph.set_origin(better, graph.origin(node));
    image.at(node) = better;
    if (trace == nullptr || better == rebuilt) continue;
    append(*trace,
           {graph.origin(node),
            ir::infix(function, node, trace_limit),
            ir::infix(function, better, trace_limit),
            {},
            {},
            stage,
            function.name},
           stabiliser.taken());
  }
  bool changed = false;
  const auto move = [&](ExprId& root) {
    changed = changed || image[root] != root;
    root = image[root];
  };
  for (ir::Output& output : function.outputs) move(output.root);
  for (ir::Requirement& requirement : function.requirements) move(requirement.condition);
  return changed;
}

}  // namespace

ExprId Stabiliser::stable(ExprId node) {
  used_.clear();
  return settled(node);
}

std::vector<RuleId> Stabiliser::taken() const {
  std::vector<RuleId> once;
  for (const RuleId id : used_) {
    if (std::find(once.begin(), once.end(), id) == once.end()) once.push_back(id);
  }
  return once;
}

ExprId Stabiliser::settled(ExprId node) {
  for (int step = 0; step < steps && !graph_.exhausted(); ++step) {
    const ExprId next = rewritten(node);
    if (next == node) break;
    node = next;
  }
  return node;
}

ExprId Stabiliser::rewritten(ExprId node) {
  switch (graph_.op(node)) {
    case Op::call:
      return stable_call(node);
    case Op::add:
      return stable_sum(node);
    case Op::mul:
      return stable_product(node);
    case Op::select:
      return stable_select(node);
    case Op::weight:
      return stable_weight(node);
    case Op::reduce:
      return is_lse(node) ? stable_lse(node) : stable_reduction(node);
    default:
      return node;
  }
}

Stabiliser::Form Stabiliser::asked(Forms& forms, ExprId e, Compute compute) {
  if (forms[e].known) {
    const Kept& kept = forms[e];
    used_.insert(used_.end(), kept.rules.begin(), kept.rules.end());
    return kept.form;
  }
  if (depth_ >= deepest || graph_.exhausted()) return std::nullopt;
  const std::size_t start = used_.size();
  ++depth_;
  const Form form = (this->*compute)(e);
  --depth_;
  if (!form) used_.resize(start, RuleId{});
  Kept& kept = forms.at(e);
  kept.known = true;
  kept.form = form;
  kept.rules.assign(used_.begin() + static_cast<std::ptrdiff_t>(start), used_.end());
  return form;
}

ExprId Stabiliser::logarithm(ExprId e) {
  if (graph_.is_constant(e, 1)) return graph_.constant(0);
  if (graph_.is_constant(e, 0)) return graph_.constant(Number::infinity(true));
  Form form = log_of(e);
  if (!form) form = of_nothing_first(e, log_of_quotient(e));
  return form ? *form : graph_.call(ir::Builtin::log, {e});
}

ExprId Stabiliser::complement(ExprId e) {
  const Form form = complement_of(e);
  return form ? *form : graph_.minus(graph_.constant(1), e);
}

ExprId Stabiliser::applied(RuleId id, std::initializer_list<ExprId> arguments) {
  note(id);
  return ir::instantiated(graph_, rule(id).right, {arguments.begin(), arguments.size()});
}

Stabiliser::Form Stabiliser::form_applied(FormKind kind, ExprId call) {
  const ir::Builtin builtin = graph_.builtin(call);
  const ir::Form& form = form_of(kind, builtin);
  if (!form) return std::nullopt;
  note(form_rule(kind, builtin));
  const ExprId x = argument(call);
  return ir::instantiated(graph_, form.is, {&x, 1});
}

Function stabilised(const Function& function, std::vector<Rewrite>* trace, Stage stage) {
  Function result = ir::normalised(function);
  for (int round = 0; round < rounds && !result.graph.exhausted(); ++round) {
    if (!stabilise_once(result, stage, trace)) break;
    result = ir::normalised(result);
  }
  return result;
}

}  // namespace lossc::stabilise
