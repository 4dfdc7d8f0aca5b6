// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random terms for the graph's own tests: a tree that can be built many times, in any graph, with
// operands in any order and any temporary axes.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "compiler/ir/builtins.h"
#include "compiler/ir/graph.h"

namespace lossc::ir {

inline constexpr SizeId k_size{0};    // K = 3
inline constexpr SizeId n_size{1};    // N = 4
inline constexpr SizeId two_size{2};  // 2, a literal
inline constexpr ArrayId x_array{0};  // real[K]
inline constexpr ArrayId y_array{1};  // class(K, ignore = -100)
inline constexpr ArrayId p_array{2};  // positive[N]
inline constexpr ArrayId s_array{3};  // real[K, N]
inline constexpr ArrayId t_array{4};  // class(K)

/// A term as a tree, with variables for axes, that can be built many times.
struct Tree {
  enum class Kind {
    number,
    x,
    y,
    t,
    p,
    s,
    position,
    size,
    sum_of,
    product_of,
    power,
    exp,
    sigmoid,
    abs,
    max,
    choose,
    guard,
    delta,
    total,
    lse,
    largest,
    less,
    equal,
    both,
    either,
    opposite,
    any
  };
  Kind kind;
  long number = 0;
  int variable = 0;
  int other = 0;
  std::vector<Tree> parts = {};
};

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  Tree term(int depth) {
    using Kind = Tree::Kind;
    if (depth == 0) return leaf();
    switch (below(14)) {
      case 0:
      case 1:
      case 2:
        return {Kind::sum_of, 0, 0, 0, several(depth)};
      case 3:
      case 4:
        return {Kind::product_of, 0, 0, 0, several(depth)};
      case 5:
        return {Kind::power, 1 + below(3), 0, 0, {term(depth - 1)}};
      case 6:
        return {below(2) ? Kind::sigmoid : Kind::abs, 0, 0, 0, {term(depth - 1)}};
      case 7:
        return {Kind::max, 0, 0, 0, {term(depth - 1), term(depth - 1)}};
      case 8:
        return {Kind::choose, 0, 0, 0, {condition(depth - 1), term(depth - 1), term(depth - 1)}};
      case 9:
        return {Kind::guard, 0, 0, 0, {condition(depth - 1), term(depth - 1)}};
      case 10:
        return delta(depth);
      default:
        return reduction(depth);
    }
  }

 private:
  long below(long n) { return std::uniform_int_distribution<long>(0, n - 1)(random_); }

  std::vector<Tree> several(int depth) {
    std::vector<Tree> result;
    for (long i = 2 + below(2); i > 0; --i) result.push_back(term(depth - 1));
    return result;
  }

  /// A variable in scope over the size, or none.
  int variable(SizeId size) {
    std::vector<int> found;
    for (std::size_t i = 0; i < scope_.size(); ++i) {
      if (scope_[i] == size) found.push_back(static_cast<int>(i));
    }
    return found.empty() ? -1
                         : found[static_cast<std::size_t>(below(static_cast<long>(found.size())))];
  }

  Tree leaf() {
    using Kind = Tree::Kind;
    const int k = variable(k_size);
    const int n = variable(n_size);
    switch (below(7)) {
      case 0:
        return {Kind::number, below(7) - 3};
      case 1:
        return {Kind::size, 0, static_cast<int>(below(3))};
      case 2:
        if (k >= 0) return {Kind::position, 0, k};
        [[fallthrough]];
      case 3:
        if (n >= 0) return {Kind::p, 0, n};
        [[fallthrough]];
      case 4:
        if (n >= 0 && k >= 0) return {Kind::s, 0, k, n};
        [[fallthrough]];
      case 5:
        if (k >= 0) return {Kind::x, 0, k};
        [[fallthrough]];
      default:
        return {Kind::x, below(3), -1};
    }
  }

  Tree reduction(int depth) {
    const SizeId sizes[] = {k_size, n_size, two_size};
    const SizeId size = sizes[below(3)];
    scope_.push_back(size);
    const int mine = static_cast<int>(scope_.size()) - 1;
    const long which = below(6);
    const auto kind = which == 0   ? Tree::Kind::lse
                      : which == 1 ? Tree::Kind::largest
                                   : Tree::Kind::total;
    Tree result{kind, size.index, mine, 0, {term(depth - 1)}};
    scope_.pop_back();
    return result;
  }

  Tree delta(int depth) {
    const int k = variable(k_size);
    if (k < 0) return reduction(depth);
    const int other = variable(k_size);
    Tree where{Tree::Kind::y};
    switch (below(4)) {
      case 0:
        where = {Tree::Kind::t};
        break;
      case 1:
        where = {Tree::Kind::number, below(5) - 1};
        break;
      case 2:
        where = {Tree::Kind::position, 0, other};
        break;
      default:
        break;
    }
    return {Tree::Kind::delta, 0, k, 0, {where, term(depth - 1)}};
  }

  Tree condition(int depth) {
    using Kind = Tree::Kind;
    if (depth <= 0) return {Kind::less, 0, 0, 0, {leaf(), leaf()}};
    switch (below(6)) {
      case 0:
        return {Kind::both, 0, 0, 0, {condition(depth - 1), condition(depth - 1)}};
      case 1:
        return {Kind::either, 0, 0, 0, {condition(depth - 1), condition(depth - 1)}};
      case 2:
        return {Kind::opposite, 0, 0, 0, {condition(depth - 1)}};
      case 3:
        return {Kind::equal, 0, 0, 0, {leaf(), leaf()}};
      default:
        return {Kind::less, 0, 0, 0, {leaf(), term(depth - 1)}};
    }
  }

  std::mt19937 random_;
  std::vector<SizeId> scope_;
};

class Builder {
 public:
  Builder(Graph& graph, std::uint32_t seed) : g(graph), random_(seed) {}

  ExprId build(const Tree& tree) {
    using Kind = Tree::Kind;
    switch (tree.kind) {
      case Kind::number:
        return g.constant(Number(tree.number));
      case Kind::size:
        return g.size({static_cast<std::uint16_t>(tree.variable)});
      case Kind::position:
        return g.index(axes_.at(tree.variable));
      case Kind::y:
        return g.load(y_array, {});
      case Kind::t:
        return g.load(t_array, {});
      case Kind::x:
        return load(x_array,
                    {tree.variable < 0 ? g.constant(Number(tree.number)) : at(tree.variable)});
      case Kind::p:
        return load(p_array, {at(tree.variable)});
      case Kind::s:
        return load(s_array, {at(tree.variable), at(tree.other)});
      case Kind::sum_of:
        return joined(tree, true);
      case Kind::product_of:
        return joined(tree, false);
      case Kind::power:
        return g.power(build(tree.parts[0]), Number(tree.number));
      case Kind::exp:
        return g.call(Builtin::exp, {build(tree.parts[0])});
      case Kind::sigmoid:
        return g.call(Builtin::sigmoid, {build(tree.parts[0])});
      case Kind::abs:
        return g.call(Builtin::abs, {build(tree.parts[0])});
      case Kind::delta:
        return g.guard(symmetric(at(tree.variable), build(tree.parts[0])), build(tree.parts[1]));
      case Kind::total:
        return reduction(tree, ReduceOp::sum);
      case Kind::lse:
        return reduction(tree, ReduceOp::lse);
      case Kind::largest:
        return reduction(tree, ReduceOp::max);
      default:
        break;
    }
    std::vector<ExprId> parts(tree.parts.size());
    for (std::size_t i : order(parts.size())) parts[i] = build(tree.parts[i]);
    switch (tree.kind) {
      case Kind::max:
        return swap() ? g.call(Builtin::max, {parts[1], parts[0]})
                      : g.call(Builtin::max, {parts[0], parts[1]});
      case Kind::choose:
        if (swap()) return g.select(g.negation(parts[0]), parts[2], parts[1]);
        return g.select(parts[0], parts[1], parts[2]);
      case Kind::guard:
        return g.guard(parts[0], parts[1]);
      case Kind::less:
        return g.compare(Relation::less, parts[0], parts[1]);
      case Kind::equal:
        return symmetric(parts[0], parts[1]);
      case Kind::both:
        if (swap()) std::swap(parts[0], parts[1]);
        return g.conjunction(parts);
      case Kind::either:
        if (swap()) std::swap(parts[0], parts[1]);
        return g.disjunction(parts);
      default:
        return g.negation(parts[0]);
    }
  }

 private:
  bool swap() { return permute && (random_() & 1) != 0; }
  ExprId at(int variable) { return g.index(axes_.at(variable)); }
  ExprId load(ArrayId array, std::initializer_list<ExprId> at) {
    return g.load(array, std::vector<ExprId>(at));
  }
  ExprId symmetric(ExprId a, ExprId b) {
    return swap() ? g.compare(Relation::equal, b, a) : g.compare(Relation::equal, a, b);
  }
  std::vector<std::size_t> order(std::size_t count) {
    std::vector<std::size_t> result(count);
    for (std::size_t i = 0; i < count; ++i) result[i] = i;
    if (permute) std::shuffle(result.begin(), result.end(), random_);
    return result;
  }
  ExprId joined(const Tree& tree, bool sum) {
    std::vector<std::pair<ExprId, Number>> terms;
    for (std::size_t i : order(tree.parts.size())) terms.emplace_back(build(tree.parts[i]), 1);
    return sum ? g.add(Number(0), terms) : g.mul(Number(1), terms);
  }
  ExprId reduction(const Tree& tree, ReduceOp op) {
    const SizeId size{static_cast<std::uint16_t>(tree.number)};
    for (auto skip = permute ? random_() % 3 : 0; skip > 0; --skip) g.fresh_axis(size);
    const Axis axis = g.fresh_axis(size);
    axes_[tree.variable] = axis;
    const ExprId body = build(tree.parts[0]);
    return g.reduce(op, axis, body);
  }

 public:
  bool permute = false;

 private:
  Graph& g;
  std::mt19937 random_;
  std::map<int, Axis> axes_;
};

}  // namespace lossc::ir
