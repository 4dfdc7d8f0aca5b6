// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sharing: every constructor ends in `intern`, which finds an equal node or appends one, in time
// linear in its operands.
#include "compiler/ir/graph.h"

#include <algorithm>
#include <bit>

#include "compiler/ir/facts.h"
#include "compiler/support/assert.h"

namespace lossc::ir {

namespace {

void mix(std::size_t& hash, std::size_t value) {
  hash = (hash ^ value) * 0xff51afd7ed558ccdull;
  hash ^= hash >> 32;
}

std::size_t hash_of(const Node& node, std::span<const ExprId> operands,
                    std::span<const Number> numbers) {
  std::size_t hash = static_cast<std::size_t>(node.op) * 0x9e3779b97f4a7c15ull;
  mix(hash, node.detail);
  mix(hash, node.attribute);
  for (ExprId operand : operands) mix(hash, operand.index);
  for (const Number& number : numbers) mix(hash, number.hash());
  return hash;
}

}  // namespace

Graph::Graph(Mode mode) : mode_(mode), axis_sets_(1), table_(256, 0) {
  axis_set_table_.emplace(0, 0);
}

std::span<const ExprId> Graph::operands(ExprId id) const {
  const Node& n = node(id);
  return operand_pool_.run(n.first_operand, n.operand_count);
}

const Number& Graph::constant_of(ExprId id) const {
  LOSSC_ASSERT(op(id) == Op::constant || op(id) == Op::add || op(id) == Op::mul,
               "only constants, sums and products have a constant");
  return number_pool_[node(id).first_number];
}

std::span<const Number> Graph::factors(ExprId id) const {
  const Node& n = node(id);
  if (n.op != Op::add && n.op != Op::mul) return {};
  return number_pool_.run(n.first_number, n.operand_count + 1).subspan(1);
}

const AxisSet& Graph::free_axes(ExprId id) const { return axis_sets_[node(id).axes]; }

bool Graph::is_free(ExprId id, Axis axis) const {
  const AxisSet& axes = free_axes(id);
  return std::binary_search(axes.begin(), axes.end(), axis);
}

bool Graph::is_bool(ExprId id) const { return (node(id).facts & bool_fact) != 0; }

bool Graph::is_constant(ExprId id, long value) const {
  return op(id) == Op::constant && constant_of(id).is(value);
}

void Graph::describe_size(SizeId size, std::optional<std::int64_t> literal) {
  if (extents_.size() <= size.index) extents_.resize(size.index + std::size_t{1});
  extents_[size.index] = literal;
}

void Graph::describe_array(ArrayId array, const ArrayFacts& facts) {
  if (array_facts_.size() <= array.index) array_facts_.resize(array.index + std::size_t{1});
  array_facts_[array.index] = facts;
}

std::optional<std::int64_t> Graph::extent(SizeId size) const {
  return size.index < extents_.size() ? extents_[size.index] : std::nullopt;
}

Graph::ArrayFacts Graph::array_facts(ArrayId array) const {
  return array.index < array_facts_.size() ? array_facts_[array.index] : ArrayFacts{};
}

bool Graph::equal(std::uint32_t index, const Node& node, std::span<const ExprId> operands,
                  std::span<const Number> numbers) const {
  const Node& other = nodes_[index];
  if (other.op != node.op || other.detail != node.detail || other.attribute != node.attribute ||
      other.operand_count != operands.size()) {
    return false;
  }
  const auto mine = operand_pool_.run(other.first_operand, other.operand_count);
  if (!std::equal(mine.begin(), mine.end(), operands.begin(), operands.end())) return false;
  if (numbers.empty()) return true;
  const auto count = static_cast<std::uint32_t>(numbers.size());
  const auto mine_numbers = number_pool_.run(other.first_number, count);
  return std::equal(mine_numbers.begin(), mine_numbers.end(), numbers.begin(), numbers.end());
}

ExprId Graph::intern(Node node, std::span<const ExprId> operands, std::span<const Number> numbers) {
  const std::size_t hash = hash_of(node, operands, numbers);
  std::size_t slot = hash & (table_.size() - 1);
  for (; table_[slot] != 0; slot = (slot + 1) & (table_.size() - 1)) {
    const std::uint32_t index = table_[slot] - 1;
    if (hashes_[index] == hash && equal(index, node, operands, numbers)) return {index};
  }
  if (nodes_.end() >= limit_) {
    exhausted_ = true;
    if (!operands.empty()) return beyond_limit(node, operands);
  }
  node.operand_count = static_cast<std::uint32_t>(operands.size());
  node.first_operand = operand_pool_.append(operands);
  node.first_number = intern_numbers(numbers);
  node.axes = free_axes_of(node, operands);
  node.shape = shape_of(node, operands, numbers);
  node.facts = facts_of(*this, node, operands, numbers);
  const std::uint32_t index = nodes_.append(node);
  hashes_.push_back(hash);
  table_[slot] = index + 1;
  if (std::size_t{nodes_.end()} * 2 > table_.size()) grow_table();
  return {index};
}

void Graph::grow_table() {
  std::vector<std::uint32_t> larger(table_.size() * 2, 0);
  for (std::uint32_t index = 0; index < nodes_.end(); ++index) {
    std::size_t slot = hashes_[index] & (larger.size() - 1);
    while (larger[slot] != 0) slot = (slot + 1) & (larger.size() - 1);
    larger[slot] = index + 1;
  }
  table_ = std::move(larger);
}

/// Past the limit: an operand of the right sort, so that a pass can run to its end.
ExprId Graph::beyond_limit(const Node& node, std::span<const ExprId> operands) {
  switch (node.op) {
    case Op::compare:
      return truth(true);
    case Op::select:
      return operands[1];
    default:
      return operands[0];
  }
}

std::uint32_t Graph::intern_numbers(std::span<const Number> numbers) {
  if (numbers.empty()) return 0;
  std::size_t hash = numbers.size();
  for (const Number& number : numbers) mix(hash, number.hash());
  const auto [first, last] = number_runs_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const auto run = number_pool_.run(it->second.first, it->second.second);
    if (std::equal(run.begin(), run.end(), numbers.begin(), numbers.end())) return it->second.first;
  }
  const std::uint32_t place = number_pool_.append(numbers);
  number_runs_.emplace(hash, std::pair(place, static_cast<std::uint32_t>(numbers.size())));
  return place;
}

std::uint32_t Graph::intern_axes(const AxisSet& axes) {
  if (axes.empty()) return 0;
  std::size_t hash = axes.size();
  for (Axis axis : axes) mix(hash, axis.packed());
  const auto [first, last] = axis_set_table_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (axis_sets_[it->second] == axes) return it->second;
  }
  const auto index = static_cast<std::uint32_t>(axis_sets_.size());
  axis_sets_.push_back(axes);
  axis_set_table_.emplace(hash, index);
  return index;
}

std::uint32_t Graph::united(std::uint32_t a, std::uint32_t b) {
  if (a == b || b == 0) return a;
  if (a == 0) return b;
  const std::uint64_t key = std::uint64_t{std::min(a, b)} << 32 | std::max(a, b);
  if (const auto it = unions_.find(key); it != unions_.end()) return it->second;
  AxisSet all;
  std::set_union(axis_sets_[a].begin(), axis_sets_[a].end(), axis_sets_[b].begin(),
                 axis_sets_[b].end(), std::back_inserter(all));
  return unions_[key] = intern_axes(all);
}

std::uint32_t Graph::without(std::uint32_t axes, Axis axis) {
  const AxisSet& all = axis_sets_[axes];
  if (!std::binary_search(all.begin(), all.end(), axis)) return axes;
  const std::uint64_t key = std::uint64_t{axes} << 32 | axis.packed();
  if (const auto it = differences_.find(key); it != differences_.end()) return it->second;
  AxisSet rest;
  std::copy_if(all.begin(), all.end(), std::back_inserter(rest),
               [axis](Axis other) { return other != axis; });
  return differences_[key] = intern_axes(rest);
}

std::uint32_t Graph::free_axes_of(const Node& node, std::span<const ExprId> operands) {
  if (node.op == Op::index) return intern_axes({Axis::unpack(node.attribute)});
  std::uint32_t axes = 0;
  for (ExprId operand : operands) axes = united(axes, nodes_[operand.index].axes);
  if (node.op == Op::reduce) axes = without(axes, Axis::unpack(node.attribute));
  return axes;
}

/// Like the hash of a node, but an axis counts by its size, and operands that commute count in any
/// order. Numbers of shapes are given in order of first appearance, so that operands keep the
/// author's order where nothing else decides.
std::uint32_t Graph::shape_of(const Node& node, std::span<const ExprId> operands,
                              std::span<const Number> numbers) {
  std::size_t hash = static_cast<std::size_t>(node.op) * 0x9e3779b97f4a7c15ull;
  mix(hash, node.detail);
  const bool of_axis = node.op == Op::index || node.op == Op::reduce;
  mix(hash, of_axis ? Axis::unpack(node.attribute).size.index : node.attribute);
  const bool counted = node.op == Op::add || node.op == Op::mul;
  if (!numbers.empty()) mix(hash, numbers[0].hash());
  const bool commutes = counted || node.op == Op::conjunction || node.op == Op::disjunction ||
                        (node.op == Op::compare && node.detail >= 2);
  std::size_t all = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::size_t one = commutes ? 7 : i;
    mix(one, shape_hashes_[nodes_[operands[i].index].shape]);
    if (counted) mix(one, numbers[i + 1].hash());
    all += one;
  }
  mix(hash, all);
  const auto [it, fresh] = shapes_.emplace(hash, static_cast<std::uint32_t>(shapes_.size()));
  if (fresh) shape_hashes_.push_back(hash);
  return it->second;
}

bool Graph::before(ExprId a, ExprId b) const {
  const std::uint32_t first = node(a).shape;
  const std::uint32_t second = node(b).shape;
  return first != second ? first < second : a < b;
}

Axis Graph::fresh_axis(SizeId size) {
  if (next_temporary_ > 0xffff) next_temporary_ = Axis::first_temporary;
  return {size, static_cast<std::uint16_t>(next_temporary_++)};
}

/// The smallest number of its size that is not free in the reduction.
Axis Graph::canonical(Axis bound, ExprId body) const {
  Axis name{bound.size, 0};
  for (Axis axis : free_axes(body)) {
    if (axis.size == name.size && axis != bound && axis.number == name.number) ++name.number;
  }
  return name;
}

void Graph::set_origin(ExprId id, const SourceRange& range) {
  if (range.valid()) origins_.emplace(id.index, range);
}

SourceRange Graph::origin(ExprId id) const {
  const auto it = origins_.find(id.index);
  return it == origins_.end() ? SourceRange{} : it->second;
}

std::vector<ExprId> Graph::reachable(std::span<const ExprId> roots) const {
  std::uint32_t highest = 0;
  for (ExprId root : roots) highest = std::max(highest, root.index + 1);
  std::vector<bool> seen(highest, false);
  for (ExprId root : roots) seen[root.index] = true;
  std::size_t count = 0;
  for (std::uint32_t index = highest; index-- > 0;) {
    if (!seen[index]) continue;
    ++count;
    for (ExprId operand : operands({index})) seen[operand.index] = true;
  }
  std::vector<ExprId> result;
  result.reserve(count);
  for (std::uint32_t index = 0; index < highest; ++index) {
    if (seen[index]) result.push_back({index});
  }
  return result;
}

}  // namespace lossc::ir
