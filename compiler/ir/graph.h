// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The core IR: a DAG of index notation in one append-only array. A node is an opcode, operand ids
// and an attribute; equal nodes are the same node, and operands have smaller ids than their users.
// Every node has a set of free axes and means an array over them: an element of it for every value
// of those axes. There is no recursion over the graph: a bottom-up pass is a `for` loop over ids.
//
// Two kinds of graph share this class. A *literal* graph (what the checker makes, what the
// interpreter judges by) only shares equal nodes. A *normalising* graph applies the constructor
// rules of rules.h in every constructor: constants fold, sums and products are flat and sorted,
// guards float outward, a sum over a delta is a substitution. `normalised(function)` makes the
// second from the first.
//
// Names: a bound axis is called by the smallest number of its size that is not free in the
// reduction, so alpha-equal nodes are one node. Whoever builds a reduction takes a fresh temporary
// axis, builds the body with it, and the constructor renames it.
//
// What multiplies: a product with an exact zero is zero, also 0 · inf (a NaN stays a NaN). That is
// the language's 0 · log 0 = 0, and what derivatives need; codegen drops the check where interval
// analysis proves the factors finite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/ir/axis.h"
#include "compiler/ir/number.h"
#include "compiler/ir/stable_pool.h"
#include "compiler/support/source.h"

namespace lossc::ir {

enum class Builtin : std::uint16_t;  ///< builtins.h

struct ExprId {
  std::uint32_t index = 0xffffffffu;
  auto operator<=>(const ExprId&) const = default;
  bool valid() const { return index != 0xffffffffu; }
};

/// Index into Signature::arrays.
struct ArrayId {
  std::uint16_t index = 0;
  auto operator<=>(const ArrayId&) const = default;
};

enum class Op : std::uint8_t {
  constant,  ///< attribute: index into the numbers
  truth,     ///< a bool constant; attribute: 0 or 1
  pi,
  size,         ///< attribute: SizeId; the extent as a number
  index,        ///< attribute: Axis; the position along it, from 0
  load,         ///< attribute: ArrayId; operands: one subscript per axis of the array
  add,          ///< constant + Σ coefficientᵢ · operandᵢ
  mul,          ///< coefficient · Π operandᵢ ^ exponentᵢ, exponents constant rationals
  call,         ///< attribute: Builtin; operands: its arguments
  compare,      ///< attribute: Relation; two operands; a bool
  conjunction,  ///< n-ary and, operands sorted; a bool
  disjunction,  ///< n-ary or, operands sorted; a bool
  negation,     ///< not; a bool
  select,       ///< operands: bool, then, else; only the branch taken has effect
  reduce,       ///< attribute: ReduceOp and bound Axis; operand: the body
  weight,       ///< operands x, R: exp(x − R), and 0 where x = −inf; partner of R = lse(x)
};

enum class Relation : std::uint8_t { less, less_equal, equal, not_equal };

enum class ReduceOp : std::uint8_t {
  sum,
  prod,
  max,
  min,
  lse,     ///< log Σ exp; −inf over nothing
  argmax,  ///< the first of a tie; its body is the number compared
  argmin,
  any,
  all,  ///< of bools
  norm  ///< √Σ x², whose squares may leave the range
};

struct Node {
  Op op{};
  std::uint8_t detail = 0;          ///< Relation or ReduceOp
  std::uint16_t facts = 0;          ///< of the rules: see facts.h
  std::uint32_t attribute = 0;      ///< see Op; of reduce: the packed Axis
  std::uint32_t first_operand = 0;  ///< into the operand pool
  std::uint32_t operand_count = 0;
  std::uint32_t first_number =
      0;                    ///< add: constant, then coefficients; mul: coefficient, then exponents
  std::uint32_t axes = 0;   ///< index of the interned set of free axes
  std::uint32_t shape = 0;  ///< nodes equal but for axis numbers share it (see Graph::before)
};

class Graph {
 public:
  enum class Mode { literal, normalising };
  explicit Graph(Mode mode = Mode::literal);

  Mode mode() const { return mode_; }
  /// Rules or not from now on; nodes that are there stay as they are (the reader of the text form).
  void set_mode(Mode mode) { mode_ = mode; }
  std::size_t size() const { return nodes_.end(); }
  /// References and spans stay valid while the graph grows.
  const Node& node(ExprId id) const { return nodes_[id.index]; }
  Op op(ExprId id) const { return nodes_[id.index].op; }
  std::span<const ExprId> operands(ExprId id) const;
  /// of add: the constant; of mul: the coefficient; of constant: itself.
  const Number& constant_of(ExprId id) const;
  /// of add: coefficients; of mul: exponents; as many as operands.
  std::span<const Number> factors(ExprId id) const;
  const AxisSet& free_axes(ExprId id) const;
  bool is_free(ExprId id, Axis axis) const;
  bool is_bool(ExprId id) const;
  bool is_constant(ExprId id, long value) const;
  Builtin builtin(ExprId id) const { return static_cast<Builtin>(node(id).attribute); }
  Relation relation(ExprId id) const { return static_cast<Relation>(node(id).detail); }
  ReduceOp reduce_op(ExprId id) const { return static_cast<ReduceOp>(node(id).detail); }
  Axis axis(ExprId id) const { return Axis::unpack(node(id).attribute); }  ///< index, reduce
  ArrayId array(ExprId id) const { return {static_cast<std::uint16_t>(node(id).attribute)}; }
  SizeId size_of(ExprId id) const { return {static_cast<std::uint16_t>(node(id).attribute)}; }

  /// What rules may use of a signature: a sum over a delta needs to know where an index is in
  /// range. Unknown is always sound; `describe` (function.h) tells a graph all of it.
  struct ArrayFacts {
    bool whole = false;  ///< elements are whole numbers
    bool nonnegative = false;
    bool positive = false;
    std::optional<SizeId> classes;       ///< of class(K): K; labels are checked at run time
    std::optional<std::int64_t> ignore;  ///< of class(K, ignore = c)
  };
  void describe_size(SizeId size, std::optional<std::int64_t> literal);
  void describe_array(ArrayId array, const ArrayFacts& facts);
  std::optional<std::int64_t> extent(SizeId size) const;  ///< of a literal size that is known
  ArrayFacts array_facts(ArrayId array) const;

  // --- Constructors. All return an existing node if there is an equal one.
  ExprId constant(const Number& value);
  ExprId truth(bool value);
  ExprId pi();
  ExprId size(SizeId size);
  ExprId index(Axis axis);
  ExprId load(ArrayId array, std::span<const ExprId> subscripts);
  ExprId add(const Number& constant, std::span<const std::pair<ExprId, Number>> terms);
  ExprId mul(const Number& coefficient, std::span<const std::pair<ExprId, Number>> powers);
  ExprId call(Builtin builtin, std::span<const ExprId> arguments);
  ExprId compare(Relation relation, ExprId left, ExprId right);
  ExprId conjunction(std::span<const ExprId> operands);
  ExprId disjunction(std::span<const ExprId> operands);
  ExprId negation(ExprId operand);
  ExprId select(ExprId condition, ExprId then_value, ExprId else_value);
  ExprId reduce(ReduceOp op, Axis axis, ExprId body);  ///< axis: a temporary, or already canonical
  ExprId weight(ExprId x, ExprId reduced);

  // Short forms of the above.
  ExprId plus(ExprId a, ExprId b);
  ExprId minus(ExprId a, ExprId b);
  ExprId negate(ExprId a);
  ExprId times(ExprId a, ExprId b);
  ExprId scaled(const Number& factor, ExprId a);
  ExprId over(ExprId a, ExprId b);
  ExprId power(ExprId base, const Number& exponent);
  ExprId call(Builtin builtin, std::initializer_list<ExprId> arguments);
  ExprId guard(ExprId condition, ExprId value);  ///< [c] x = select(c, x, 0)

  /// A temporary axis of this size, to be bound by a reduction or an output.
  Axis fresh_axis(SizeId size);

  /// Simultaneously puts expressions in place of free axes, renaming bound ones where they would
  /// capture. The map is sorted by axis.
  using Substitution = std::vector<std::pair<Axis, ExprId>>;
  ExprId substitute(ExprId root, const Substitution& map);

  /// The node with other operands (same count), through the constructor. For `reduce`, the new
  /// body may use the node's own axis.
  ExprId rebuilt(ExprId id, std::span<const ExprId> operands);

  /// Where in the source a node came from; the first place wins when equal nodes merge.
  void set_origin(ExprId id, const SourceRange& range);
  SourceRange origin(ExprId id) const;

  /// The order of operands in sums, products and conjunctions: by when an expression that is equal
  /// but for axis numbers first appeared, so that s[i, j] + c and s[j, i] + c add in one order.
  bool before(ExprId a, ExprId b) const;

  /// Ids reachable from the roots, ascending, so operands come before users.
  std::vector<ExprId> reachable(std::span<const ExprId> roots) const;

  /// Limit on nodes; past it every constructor returns its first operand and `exhausted` is set,
  /// so that a pass ends and reports instead of eating the machine.
  void set_limit(std::size_t nodes) { limit_ = nodes; }
  bool exhausted() const { return exhausted_; }

 private:
  friend class Rules;  // rules.h
  friend class Substituter;

  ExprId intern(Node node, std::span<const ExprId> operands, std::span<const Number> numbers);
  bool equal(std::uint32_t index, const Node& node, std::span<const ExprId> operands,
             std::span<const Number> numbers) const;
  void grow_table();
  ExprId beyond_limit(const Node& node, std::span<const ExprId> operands);
  std::uint32_t intern_axes(const AxisSet& axes);
  std::uint32_t united(std::uint32_t a, std::uint32_t b);
  std::uint32_t without(std::uint32_t axes, Axis axis);
  std::uint32_t free_axes_of(const Node& node, std::span<const ExprId> operands);
  std::uint32_t shape_of(const Node& node, std::span<const ExprId> operands,
                         std::span<const Number> numbers);
  std::uint32_t intern_numbers(std::span<const Number> numbers);
  Axis canonical(Axis bound, ExprId body) const;

  // The constructors without rules.
  ExprId raw_add(const Number& constant, std::span<const std::pair<ExprId, Number>> terms);
  ExprId raw_mul(const Number& coefficient, std::span<const std::pair<ExprId, Number>> powers);
  ExprId raw_call(Builtin builtin, std::span<const ExprId> arguments);
  ExprId raw_compare(Relation relation, ExprId left, ExprId right);
  ExprId raw_nary(Op op, std::span<const ExprId> operands);
  ExprId raw_select(ExprId condition, ExprId then_value, ExprId else_value);
  ExprId raw_reduce(ReduceOp op, Axis axis, ExprId body);

  Mode mode_;
  StablePool<Node> nodes_;
  StablePool<ExprId> operand_pool_;
  StablePool<Number> number_pool_;
  std::deque<AxisSet> axis_sets_;
  std::vector<std::size_t> hashes_;   // of nodes, by index
  std::vector<std::uint32_t> table_;  // open addressing; 0 is empty, else index + 1
  std::unordered_map<std::size_t, std::uint32_t> shapes_;  // by hash without axis numbers
  std::vector<std::size_t> shape_hashes_;
  std::unordered_multimap<std::size_t, std::pair<std::uint32_t, std::uint32_t>> number_runs_;
  std::unordered_multimap<std::size_t, std::uint32_t> axis_set_table_;
  std::unordered_map<std::uint64_t, std::uint32_t> unions_;
  std::unordered_map<std::uint64_t, std::uint32_t> differences_;
  std::unordered_map<std::uint32_t, SourceRange> origins_;
  std::vector<std::optional<std::int64_t>> extents_;
  std::vector<ArrayFacts> array_facts_;
  std::uint32_t next_temporary_ = Axis::first_temporary;
  std::size_t limit_ = 400'000;
  bool exhausted_ = false;
};

/// A fact about every node: a side table that grows with the graph.
template <class T>
class NodeMap {
 public:
  explicit NodeMap(T nothing = T{}) : nothing_(std::move(nothing)) {}
  const T& operator[](ExprId id) const {
    return id.index < values_.size() ? values_[id.index] : nothing_;
  }
  T& at(ExprId id) {
    if (id.index >= values_.size()) values_.resize(id.index + 1, nothing_);
    return values_[id.index];
  }
  bool has(ExprId id) const {
    return id.index < values_.size() && !(values_[id.index] == nothing_);
  }

 private:
  std::deque<T> values_;
  T nothing_;
};

}  // namespace lossc::ir
