// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Softmaxes as the code generator has them. softmax.cpp and certain.cpp write one class i of a
// softmax by its margin u = x_i − R′, with R′ = lse over the other classes, because nothing cancels
// in what is made of u. But a kernel that sums R = lse over all classes keeps the largest logit and
// the rest of the sum apart (codegen/exponentials.cpp), and then these are as accurate, for a
// quotient and a logarithm per row instead of sums and functions of their own for every i. With w_k
// = exp(x_k − R):
//
//   softplus(−u) = −log w_i     sigmoid(u) = w_i     sigmoid(−u) = 1 − w_i
//   sigmoid(−u) · exp(x_k − R′) = w_k for k ≠ i
//
// and what certain.cpp writes by cases for the largest class is one formula for all. What is left
// by cases of one class k = i is of the row in that case, if only cases within made it vary. Where
// something else needs R′ as well, nothing is gained, and all that is written by it stays. After
// the last derivative: nothing here may be differentiated, or simplified by rules that hold of real
// numbers.
#include <algorithm>
#include <map>
#include <set>

#include "compiler/ir/builtins.h"
#include "compiler/ir/softmax.h"
#include "compiler/stabilise/stabilise.h"
#include "compiler/stabilise/terms.h"

namespace lossc::stabilise {

namespace {

using ir::Axis;
using ir::Builtin;
using ir::ExprId;
using ir::Function;
using ir::Graph;
using ir::Number;
using ir::Op;
using ir::ReduceOp;
using ir::Relation;

/// lse over all positions but one: of select(position = k, −∞, body).
struct Others {
  ExprId reduced;
  Axis axis;
  ExprId position;
  ExprId body;
};

/// ±u, the margin of the class at `place`, x its logit.
struct Margin {
  Others others;
  ExprId x;
  bool negative;
};

class Joiner {
 public:
  Joiner(Function& function, const std::set<ExprId>& kept) : graph_(function.graph), kept_(kept) {}

  ExprId rewritten(ExprId node) {
    switch (graph_.op(node)) {
      case Op::call:
        return call(node);
      case Op::mul:
        return product(node);
      case Op::select:
        return cases(node);
      default:
        return node;
    }
  }

  /// The R′ that were replaced.
  const std::set<ExprId>& replaced() const { return replaced_; }
  bool changes() const { return separated_ || !replaced_.empty(); }

 private:
  bool is_lse(ExprId node) const {
    return graph_.op(node) == Op::reduce && graph_.reduce_op(node) == ReduceOp::lse;
  }

  bool is_absent(ExprId node) const {
    return graph_.op(node) == Op::constant &&
           graph_.constant_of(node).kind() == Number::Kind::minus_infinity;
  }

  /// Whether a node is computed without rounding: an element, or −∞ instead.
  bool is_given(ExprId node) const {
    if (graph_.op(node) == Op::load || is_absent(node)) return true;
    return graph_.op(node) == Op::select && is_given(graph_.operands(node)[1]) &&
           is_given(graph_.operands(node)[2]);
  }

  /// The position of `position = index`, which does not depend on the axis.
  std::optional<ExprId> position_in(ExprId condition, Axis axis) {
    if (graph_.op(condition) != Op::compare || graph_.relation(condition) != Relation::equal) {
      return std::nullopt;
    }
    const ExprId index = graph_.index(axis);
    const auto sides = graph_.operands(condition);
    for (const std::size_t i : {0u, 1u}) {
      if (sides[i] == index && !graph_.is_free(sides[1 - i], axis)) return sides[1 - i];
    }
    return std::nullopt;
  }

  std::optional<Others> others(ExprId node) {
    if (!is_lse(node) || kept_.contains(node)) return std::nullopt;
    const ExprId body = graph_.operands(node)[0];
    const Axis axis = graph_.axis(node);
    if (graph_.op(body) != Op::select || !is_absent(graph_.operands(body)[1])) return std::nullopt;
    const auto position = position_in(graph_.operands(body)[0], axis);
    if (!position) return std::nullopt;
    return Others{node, axis, *position, graph_.operands(body)[2]};
  }

  ExprId at(const Others& others, ExprId place) {
    return graph_.substitute(others.body, {{others.axis, place}});
  }

  /// lse over all of the body, which may be relative to x: then of what it is relative to.
  ExprId whole(const Others& others) {
    return graph_.reduce(ReduceOp::lse, others.axis, others.body);
  }

  /// c · R′ + rest of a sum; R′ is removed from it.
  std::optional<std::pair<Others, Number>> taken(Sum& sum) {
    for (std::size_t i = 0; i < sum.terms.size(); ++i) {
      const auto found = others(sum.terms[i].first);
      if (!found) continue;
      const Number factor = sum.terms[i].second;
      sum.remove(i);
      return std::pair{*found, factor};
    }
    return std::nullopt;
  }

  /// ±(x − R′) with x = body[position], or ±R′ of a body relative to x_position.
  std::optional<Margin> margin(ExprId node, bool negative = false) {
    if (graph_.op(node) == Op::mul && graph_.constant_of(node).is(-1) &&
        graph_.operands(node).size() == 1 && graph_.factors(node)[0].is(1)) {
      return margin(graph_.operands(node)[0], !negative);
    }
    if (graph_.op(node) == Op::select) return margin_of_class(node, negative);
    Sum sum = as_sum(graph_, node);
    const auto found = taken(sum);
    if (!found || !(found->second.is(1) || found->second.is(-1))) return std::nullopt;
    const Others& others = found->first;
    // R′ − x is −u.
    const bool sign = found->second.is(1) != negative;
    const ExprId x = at(others, others.position);
    if (sum.terms.empty() && sum.constant.is(0)) return relative(others, sign);
    if (as_sum(graph_, x).terms.empty()) return std::nullopt;
    const ExprId rest = graph_.scaled(Number(0) - found->second, built(graph_, sum));
    if (rest != x) return std::nullopt;
    return Margin{others, x, sign};
  }

  /// The margin of a class that may be absent: −∞ then.
  std::optional<Margin> margin_of_class(ExprId node, bool negative) {
    const ExprId condition = graph_.operands(node)[0];
    if (!is_absent(graph_.operands(node)[1]) || graph_.op(condition) != Op::compare ||
        graph_.relation(condition) != Relation::equal) {
      return std::nullopt;
    }
    const auto found = margin(graph_.operands(node)[2], negative);
    if (!found) return std::nullopt;
    const auto sides = graph_.operands(condition);
    const auto is = [&](ExprId a, ExprId b) {
      return (sides[0] == a && sides[1] == b) || (sides[0] == b && sides[1] == a);
    };
    const ExprId nothing = graph_.constant(Number::infinity(true));
    if (is(found->x, nothing) || is(whole(found->others), nothing)) return found;
    return std::nullopt;
  }

  /// −R′ over x_k − x_i, where x_i may be 0 instead for want of any class.
  std::optional<Margin> relative(const Others& others, bool negative) {
    Sum body = as_sum(graph_, others.body);
    for (std::size_t i = 0; i < body.terms.size(); ++i) {
      Sum rest = body;
      ExprId pivot = graph_.scaled(body.terms[i].second, body.terms[i].first);
      if (graph_.is_free(pivot, others.axis)) continue;
      rest.remove(i);
      // The differences of sums keep digits that the sums have not.
      if (rest.terms.size() != 1 || !rest.constant.is(0) || !rest.terms[0].second.is(1) ||
          !is_given(rest.terms[0].first))
        continue;
      Others all = others;
      all.body = built(graph_, rest);
      pivot = without_guard(pivot);
      const ExprId x = at(all, all.position);
      if (graph_.negate(pivot) == x) return Margin{all, x, negative};
    }
    return std::nullopt;
  }

  /// [R ≠ −∞] x as x: without any class, all is −∞ whatever x is.
  ExprId without_guard(ExprId node) {
    if (graph_.op(node) != Op::select || !graph_.is_constant(graph_.operands(node)[2], 0)) {
      return node;
    }
    const ExprId condition = graph_.operands(node)[0];
    const bool of_sum =
        graph_.op(condition) == Op::compare && graph_.relation(condition) == Relation::not_equal &&
        std::ranges::any_of(graph_.operands(condition), [&](ExprId side) { return is_lse(side); });
    return of_sum ? graph_.operands(node)[1] : node;
  }

  ExprId weight(const Margin& margin) { return graph_.weight(margin.x, whole(margin.others)); }
  ExprId complement(ExprId weight) { return graph_.minus(graph_.constant(1), weight); }
  ExprId log(ExprId weight) { return graph_.call(Builtin::log, {weight}); }

  ExprId call(ExprId node) {
    const Builtin builtin = graph_.builtin(node);
    if (builtin != Builtin::softplus && builtin != Builtin::sigmoid) return node;
    const auto found = margin(graph_.operands(node)[0]);
    if (!found || (builtin == Builtin::softplus && !found->negative)) return node;
    replaced_.insert(found->others.reduced);
    const ExprId w = weight(*found);
    positions_.insert({w, found->others});
    if (builtin == Builtin::softplus) return graph_.negate(log(w));
    return found->negative ? complement(w) : w;
  }

  /// (1 − w_i) · exp(x_k − R′), where x_k is −∞ at i: [k ≠ i] w_k.
  ExprId product(ExprId node) {
    const Product factors = as_product(graph_, node);
    for (const auto& [w, exponent] : factors.powers) {
      if (!exponent.is(1) || graph_.op(w) != Op::weight) continue;
      const auto part = others(graph_.operands(w)[1]);
      const ExprId x = graph_.operands(w)[0];
      if (!part || graph_.op(x) != Op::select || !is_absent(graph_.operands(x)[1])) continue;
      const ExprId all = whole(*part);
      const ExprId here = graph_.weight(at(*part, part->position), all);
      const ExprId rest = complement(here);
      const bool both = std::ranges::any_of(factors.powers, [&](const auto& power) {
        return power.first == rest && power.second.is(1);
      });
      if (!both) continue;
      replaced_.insert(part->reduced);
      const ExprId condition = graph_.operands(x)[0];
      const ExprId there = graph_.weight(graph_.operands(x)[2], all);
      const ExprId others = without(graph_, without(graph_, node, rest, Number(1)), w, Number(1));
      return graph_.guard(graph_.negation(condition), graph_.times(others, there));
    }
    return node;
  }

  /// What was written apart for one class k = i.
  ExprId cases(ExprId node) {
    const ExprId condition = graph_.operands(node)[0];
    const ExprId here = graph_.operands(node)[1];
    const ExprId there = graph_.operands(node)[2];
    if (const auto one = log_by_cases(condition, here, there)) return *one;
    if (const auto one = complement_by_cases(condition, here, there)) return *one;
    if (const auto one = of_row(condition, here)) {
      separated_ = true;
      return graph_.select(condition, *one, there);
    }
    return by_element(condition, here, there).value_or(node);
  }

  /// What is written by cases of k = i, in a case of k = i, if nothing else of it varies with k.
  std::optional<ExprId> of_row(ExprId condition, ExprId here) {
    constexpr std::size_t most_nodes = 64;
    const auto axes = graph_.free_axes(condition);
    const auto axis = std::ranges::find_if(
        axes, [&](Axis candidate) { return position_in(condition, candidate).has_value(); });
    if (axis == axes.end() || !graph_.is_free(here, *axis)) return std::nullopt;
    std::vector<ExprId> found{here};
    std::set<ExprId> known{here};
    for (std::size_t next = 0; next < found.size(); ++next) {
      const Op op = graph_.op(found[next]);
      const bool by_cases = op == Op::select && graph_.operands(found[next])[0] == condition;
      if (!by_cases && op != Op::add && op != Op::mul) return std::nullopt;
      for (const ExprId operand : graph_.operands(found[next]).subspan(by_cases ? 1 : 0)) {
        if (by_cases && operand != graph_.operands(found[next])[1]) continue;
        if (graph_.is_free(operand, *axis) && known.insert(operand).second) {
          found.push_back(operand);
        }
      }
      if (found.size() > most_nodes) return std::nullopt;
    }
    std::ranges::sort(found, {}, &ExprId::index);
    std::map<ExprId, ExprId> image;
    const auto of = [&](ExprId node) { return image.contains(node) ? image.at(node) : node; };
    for (const ExprId node : found) {
      std::vector<ExprId> operands;
      for (const ExprId operand : graph_.operands(node)) operands.push_back(of(operand));
      const bool by_cases = graph_.op(node) == Op::select;
      image[node] = by_cases ? operands[1] : graph_.rebuilt(node, operands);
    }
    return image.at(here);
  }

  /// The class that `here` is written by, and its softmax along an axis of the condition.
  std::optional<ExprId> along(ExprId condition, ExprId weight) {
    const auto known = positions_.find(weight);
    if (known == positions_.end()) return std::nullopt;
    for (const Axis axis : graph_.free_axes(condition)) {
      if (position_in(condition, axis) != known->second.position) continue;
      return graph_.weight(at(known->second, graph_.index(axis)), graph_.operands(weight)[1]);
    }
    return std::nullopt;
  }

  /// k = i: c·log w_i; else: c·(x_k − x_i) + c·log w_i.
  std::optional<ExprId> log_by_cases(ExprId condition, ExprId here, ExprId there) {
    const Sum alone = as_sum(graph_, here);
    if (alone.terms.size() != 1 || !alone.constant.is(0)) return std::nullopt;
    const auto [logarithm, factor] = alone.terms[0];
    if (graph_.op(logarithm) != Op::call || graph_.builtin(logarithm) != Builtin::log) {
      return std::nullopt;
    }
    const ExprId w = graph_.operands(logarithm)[0];
    const auto all = along(condition, w);
    if (!all) return std::nullopt;
    Sum rest;
    const Sum given = as_sum(graph_, there);
    rest.constant = given.constant;
    for (const auto& [term, coefficient] : given.terms) {
      rest.add(graph_, without_guard(term), coefficient);
    }
    rest.add(graph_, logarithm, Number(0) - factor);
    rest.add(graph_, graph_.operands(*all)[0], Number(0) - factor);
    rest.add(graph_, graph_.operands(w)[0], factor);
    if (!graph_.is_constant(built(graph_, rest), 0)) return std::nullopt;
    return graph_.scaled(factor, log(*all));
  }

  /// k = i: 1 − w_i; else: 1 − w_k.
  std::optional<ExprId> complement_by_cases(ExprId condition, ExprId here, ExprId there) {
    if (graph_.op(here) != Op::add || graph_.operands(here).size() != 1) return std::nullopt;
    const ExprId w = graph_.operands(here)[0];
    const auto all = along(condition, w);
    if (!all || complement(w) != here || complement(*all) != there) return std::nullopt;
    return there;
  }

  /// k = i: c·(1 − w_i); else what uses w_k: c·(1 − w_k), for which w_k is there already.
  std::optional<ExprId> by_element(ExprId condition, ExprId here, ExprId there) {
    if (graph_.op(here) != Op::add || graph_.operands(here).size() != 1) return std::nullopt;
    const ExprId w = graph_.operands(here)[0];
    const auto all = along(condition, w);
    if (!all || !std::ranges::binary_search(graph_.reachable(std::vector<ExprId>{there}), *all)) {
      return std::nullopt;
    }
    const std::pair<ExprId, Number> terms[] = {{*all, graph_.factors(here)[0]}};
    return graph_.select(condition, graph_.add(graph_.constant_of(here), terms), there);
  }

  Graph& graph_;
  const std::set<ExprId>& kept_;
  std::set<ExprId> replaced_;
  bool separated_ = false;              ///< a class from the others
  std::map<ExprId, Others> positions_;  ///< where along R the weights made here are
};

enum class Outcome { nothing, incomplete, complete };

/// One attempt; what of the replaced R′ is still there is added to `kept`.
Outcome attempt(Function& function, std::set<ExprId>& kept) {
  Graph& graph = function.graph;
  Joiner joiner(function, kept);
  ir::NodeMap<ExprId> image;
  std::vector<ExprId> operands;
  for (const ExprId node : graph.reachable(function.roots())) {
    operands.clear();
    bool changed = false;
    for (const ExprId operand : graph.operands(node)) {
      operands.push_back(image[operand]);
      changed = changed || operands.back() != operand;
    }
    const ExprId built = changed ? graph.rebuilt(node, operands) : node;
    const ExprId better = joiner.rewritten(built);
    if (better != node) graph.set_origin(better, graph.origin(node));
    image.at(node) = better;
    if (graph.exhausted()) return Outcome::nothing;
  }
  if (!joiner.changes()) return Outcome::nothing;
  for (ir::Output& output : function.outputs) output.root = image[output.root];
  for (ir::Requirement& requirement : function.requirements) {
    requirement.condition = image[requirement.condition];
  }
  const std::vector<ExprId> left = graph.reachable(function.roots());
  Outcome outcome = Outcome::complete;
  for (const ExprId reduced : joiner.replaced()) {
    if (!std::ranges::binary_search(left, reduced)) continue;
    kept.insert(reduced);
    outcome = Outcome::incomplete;
  }
  return outcome;
}

/// More than a loss has sums of exponentials that are used in several ways.
constexpr int most_attempts = 8;

}  // namespace

std::optional<Function> joined(const Function& function) {
  std::set<ExprId> kept;
  for (int i = 0; i < most_attempts; ++i) {
    Function result = function;
    const Outcome outcome = attempt(result, kept);
    if (outcome == Outcome::nothing) return std::nullopt;
    if (outcome == Outcome::complete) return result;
  }
  return std::nullopt;
}

}  // namespace lossc::stabilise
