// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a schedule to LLVM IR: one Emitter writes one entry of a compiled function. A scope is one
// emitted loop body; a node's value lives in the scope where it was computed and is looked up from
// inside by walking outwards to the innermost loop that the node varies with. In a vectorised scope
// values that vary with it are vectors, and all others are scalars, made as wide as needed where
// they are used, before the loop.
//
// The methods are split by construct: arithmetic.cpp, products.cpp, calls.cpp, logic.cpp,
// exponentials.cpp, odds.cpp, extended.cpp, memory.cpp, tables.cpp, sweeps.cpp, tiles.cpp,
// contractions.cpp, batch.cpp, entries.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <llvm/IR/Module.h>

#include "compiler/analysis/ranges.h"
#include "compiler/codegen/folds.h"
#include "compiler/codegen/frame.h"
#include "compiler/codegen/target.h"
#include "compiler/schedule/dependence.h"
#include "compiler/schedule/schedule.h"

namespace lossc::codegen {

struct Kernel;

struct Value {
  llvm::Value* value = nullptr;
  Sort sort = Sort::number;
};

/// What is kept beside R = lse(x), all scalars of the float type: R = maximum + log(total), with
/// total = 1 + rest; where the maximum is infinite, total is 1.
struct LogSum {
  llvm::Value* maximum = nullptr;
  llvm::Value* origin = nullptr;  ///< the maximum, or 0 for −inf: x − origin is −inf where x is
  llvm::Value* rest = nullptr;
  llvm::Value* scaled_rest = nullptr;  ///< 2^scale·rest (kernels/bounded.h), where that is finite
  llvm::Value* reciprocal = nullptr;   ///< 1 / total
  llvm::Value* log_total = nullptr;
  /// Of f32 data in f64.
  llvm::Value* unrounded_rest = nullptr;
  llvm::Value* unrounded_reciprocal = nullptr;
  llvm::Value* unrounded_log_total = nullptr;
};

/// The parts of the float type, which a table keeps.
constexpr llvm::Value* LogSum::*log_sum_parts[] = {&LogSum::maximum,    &LogSum::origin,
                                                   &LogSum::rest,       &LogSum::scaled_rest,
                                                   &LogSum::reciprocal, &LogSum::log_total};
/// And the others.
constexpr llvm::Value* LogSum::*unrounded_parts[] = {
    &LogSum::unrounded_rest, &LogSum::unrounded_reciprocal, &LogSum::unrounded_log_total};

/// 1 − w and −log w are the rest of the sum to the last digit below this.
constexpr double smallest_plain = 0x1p-60;

/// Of u = R − x, see odds.cpp.
struct Odds {
  llvm::Value* distance = nullptr;     ///< d
  llvm::Value* total = nullptr;        ///< 1 + T
  llvm::Value* ahead = nullptr;        ///< d ≤ 0
  llvm::Value* rest = nullptr;         ///< A
  llvm::Value* exponential = nullptr;  ///< E
  llvm::Value* above = nullptr;        ///< the numerators of sigmoid(u) and sigmoid(−u)
  llvm::Value* below = nullptr;
};

/// significand · 2^exponent, the significand near 1
struct SplitNumber {
  llvm::Value* significand = nullptr;
  llvm::Value* exponent = nullptr;
};

/// Positions per tile of a sweep in tiles (tiles.cpp).
inline constexpr std::int64_t tile_rows = 48;

/// A tile while its code is emitted.
struct Tile {
  llvm::Value* first = nullptr;
  llvm::Value* rows = nullptr;
  llvm::PHINode* row = nullptr;  ///< the row within the tile
  llvm::BasicBlock* loop = nullptr;
  /// What the scope holds, by row, while no loop over rows is open; where known values lie.
  std::vector<std::pair<llvm::Value**, llvm::AllocaInst*>> stored;
  std::map<llvm::Value*, llvm::AllocaInst*> slots;
};

/// A table in the workspace.
struct TableMemory {
  llvm::Value* begin = nullptr;
  llvm::Value* column_stride = nullptr;
  llvm::Value* row_stride = nullptr;
};

struct Scope {
  Scope(Scope* around, ir::Axis loop, const Simd& lanes) : outer(around), axis(loop), simd(lanes) {}
  Scope* outer;  ///< null: the call
  ir::Axis axis;
  Simd simd;
  bool vectorised = false;             ///< simd.width() positions at a time
  llvm::Value* position = nullptr;     ///< of the first lane; 64-bit
  llvm::Value* mask = nullptr;         ///< null: all lanes are inside
  llvm::BasicBlock* before = nullptr;  ///< where to put what does not vary
  Tile* tile = nullptr;                ///< of a sweep in tiles
  std::unordered_map<std::uint32_t, Value> values;
  std::unordered_map<std::uint32_t, LogSum> log_sums;
  std::unordered_map<std::uint32_t, llvm::Value*> maxima;    ///< of lse, between its two sweeps
  std::unordered_map<std::uint32_t, llvm::Value*> extended;  ///< f32 numbers in f64 (extended.cpp)
  std::map<std::pair<llvm::Value*, Sort>, llvm::Value*> widened;
  std::unordered_map<llvm::Value*, SplitNumber> splits;          ///< of factors, by their values
  std::map<std::pair<std::uint32_t, std::uint32_t>, Odds> odds;  ///< by R and x
};

/// What an entry of a compiled function computes.
struct Entry {
  std::string name;
  std::vector<std::size_t> outputs;  ///< positions in Function::outputs
  bool divisor = false;              ///< the only output is summed into the divisor
  bool weighted = false;             ///< the weight of an example is in its outputs
  bool one_by_one = false;           ///< no vectors
};

class Emitter {
 public:
  Emitter(llvm::Module& module, const ir::Function& function, const TargetOptions& options,
          const Target& target, Entry entry);
  llvm::Function* emit();  ///< null after a failure
  /// Whether the loop along the batch is the vector loop.
  bool pointwise() const { return schedule_.batch().vectorised; }
  /// What could not be compiled, if anything.
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  // Values (emitter.cpp)
  void emit_region(const schedule::Region& region, Scope& scope);
  void emit_step(const schedule::Region::Step& step, Scope& scope);
  void emit_node(ir::ExprId id, Scope& scope);
  Value computed(ir::ExprId id, Scope& scope);
  Scope& home(ir::ExprId id, Scope& scope);
  Scope* loop_over(ir::Axis axis, Scope& scope);
  /// The value of an operand as floats, integers or a mask, as wide as the scope.
  llvm::Value* number(ir::ExprId id, Scope& scope);
  llvm::Value* integer(ir::ExprId id, Scope& scope);
  llvm::Value* boolean(ir::ExprId id, Scope& scope);
  llvm::Value* as(Sort sort, ir::ExprId id, Scope& scope);
  llvm::Value* converted(const Simd& simd, const Value& value, Sort sort);
  /// A scalar from outside the scope, in every lane.
  llvm::Value* widened(llvm::Value* scalar, Scope& scope);
  double literal(ir::ExprId id);
  bool is_integer(ir::ExprId id) const { return integer_[id.index]; }
  bool integer_operand(ir::ExprId id);
  void find_integers();
  void fail(const std::string& what);
  llvm::Value* index_lanes(Scope& scope);
  llvm::Value* narrowed(llvm::Value* wide);  ///< 64 bits to the scalar integer type, saturating

  // Arithmetic
  Value emit_add(ir::ExprId id, Scope& scope);
  Value emit_integer_add(ir::ExprId id, Scope& scope);

  // Products
  /// value^count, above or below the line.
  struct Factor {
    llvm::Value* value = nullptr;
    llvm::Value* exp_of = nullptr;      ///< null, or u: the value is eᵘ and may be 0 or infinite
    llvm::Value* tail_of = nullptr;     ///< null, or u: the value is c·eᵘ where u < −60
    llvm::Value* tail_scale = nullptr;  ///< c; null: 1
    llvm::Value* extended = nullptr;    ///< null, or the number in f64, of a row
    llvm::Value* rest = nullptr;        ///< null, or what 2^scale times the value is where small
    long count = 1;
    bool below = false;
    bool grows = false;    ///< may make the product large
    bool shrinks = false;  ///< or small
  };
  Value emit_mul(ir::ExprId id, Scope& scope);
  llvm::Value* log_of_product(ir::ExprId id, Scope& scope);
  bool is_tail(ir::ExprId id) const;
  bool is_plain_tail(ir::ExprId id) const;
  SplitNumber split_extended(llvm::Value* number, Scope& scope);
  bool holds_tail(ir::ExprId id) const;
  bool sums_tails(ir::ExprId sum) const;
  bool sums_bounded(ir::ExprId id);
  SplitNumber split_rest(const Factor& factor, const SplitNumber& near, Scope& scope);
  SplitNumber split_tail(const Factor& factor, const SplitNumber& near, Scope& scope);
  void split_sum(ir::ExprId sum, Scope& scope);
  std::optional<ir::ExprId> share_in(ir::ExprId id, Scope& scope);
  llvm::Value* share_of_row(ir::ExprId id, Scope& scope);
  llvm::Value* unrounded_row(ir::ExprId id, ir::ExprId without, Scope& scope);
  llvm::Value* scaled_share(llvm::Value* c, llvm::Value* e, const LogSum& sum, Scope& scope);
  llvm::Value* scaled_rest(llvm::Value* c, ir::ExprId rest, llvm::Value* e, const LogSum& sum,
                           Scope& scope);
  llvm::Value* rest_by(ir::ExprId rest, llvm::Value* e, const LogSum& sum, Scope& scope);
  SplitNumber factor_of_row(ir::ExprId id, ir::ExprId without, Scope& row);
  llvm::Value* joined_product(const std::vector<Factor>& factors, double coefficient, Scope& scope);
  void append_factor(std::vector<Factor>& factors, ir::ExprId operand, const ir::Number& exponent,
                     Scope& scope);
  void add_tail(Factor& factor, ir::ExprId id, Scope& scope);
  bool needs_splitting(ir::ExprId id, Scope& scope);
  std::vector<Factor> factors_of(ir::ExprId id, Scope& scope);
  void append_power(std::vector<Factor>& factors, Factor base, const ir::Number& exponent,
                    Scope& scope);
  SplitNumber split_factor(const Factor& factor, Scope& scope);
  SplitNumber split_product(const std::vector<Factor>& factors, double coefficient, Scope& scope);
  bool coefficient_first(std::vector<Factor>& factors, double coefficient, const Simd& simd);
  llvm::Value* ordered_product(std::vector<Factor> factors, double coefficient, Scope& scope);
  llvm::Value* quotient_of(Factor& above, Factor& below, double& coefficient, const Simd& simd);
  llvm::Value* multiplied(std::vector<Factor>& factors, bool below, llvm::Value* result,
                          const Simd& simd);
  llvm::Value* whole_power(llvm::Value* base, long exponent, const Simd& simd);
  llvm::Value* zero_rule(ir::ExprId id, llvm::Value* product,
                         const std::vector<llvm::Value*>& factors, Scope& scope);
  llvm::Value* fallen_rule(ir::ExprId id, llvm::Value* product,
                           const std::vector<llvm::Value*>& factors, Scope& scope);

  // Numbers of an extended range (extended.cpp)
  llvm::Value* extended(ir::ExprId id, Scope& scope);
  /// The operand in f64; sums and products in it, down to a depth of `deep`, are formed in f64.
  llvm::Value* in_f64(ir::ExprId id, Scope& scope, int deep = 0);
  llvm::Value* extended_sum(ir::ExprId id, Scope& scope, int deep = 0);
  llvm::Value* extended_product(ir::ExprId id, Scope& scope, int deep = 0);
  bool divides_twice(ir::ExprId product);
  std::optional<Value> emit_extended(ir::ExprId id, Scope& scope);
  llvm::Value* extended_term(ir::ExprId id, Scope& scope);
  bool may_leave_f32(ir::ExprId product);
  bool leaves_f32(ir::ExprId id, Scope& scope);
  /// Two numbers of f32 whose product is the extended number, as wide as the scope.
  struct InParts {
    llvm::Value* value;
    llvm::Value* scale;
  };
  std::optional<InParts> extended_in_parts(ir::ExprId id, Scope& scope);
  InParts in_parts(llvm::Value* number, bool may_be_large, Scope& scope);
  llvm::Value* element_of_row(ir::ExprId id, Scope& scope);

  // Calls and logic
  Value emit_call(ir::ExprId id, Scope& scope);
  Value emit_quotient(ir::ExprId id, Scope& scope);
  llvm::Value* kernel(std::string_view name, std::span<llvm::Value* const> arguments, Simd simd);
  bool calls_kernel(ir::ExprId id) const;
  llvm::Function* outlined(const Kernel& kernel, const Simd& simd);
  Value emit_compare(ir::ExprId id, Scope& scope);
  Value emit_junction(ir::ExprId id, Scope& scope);
  Value emit_select(ir::ExprId id, Scope& scope);

  // Exponentials
  struct Term {
    ir::ExprId id;
    double coefficient = 1;
  };
  const LogSum* log_sum(ir::ExprId id, Scope& scope);
  LogSum made_log_sum(llvm::Value* maximum, llvm::Value* wide_rest, llvm::Value*& result);
  /// The other parts, of those that a table keeps.
  void restore(LogSum& sum, const Simd& simd);
  bool is_summed(ir::ExprId x, ir::ExprId reduced) const;
  bool is_rest(ir::ExprId id) const;
  llvm::Value* relative_exponential(ir::ExprId weight, const LogSum& sum, Scope& scope);
  /// 1 − w; where wanted also in f64, of a row of f32 data.
  llvm::Value* complement_of(ir::ExprId weight, const LogSum& sum, Scope& scope,
                             llvm::Value** unrounded = nullptr);
  /// log of a weight; null of anything else.
  llvm::Value* log_of_weight(ir::ExprId log, Scope& scope);
  /// What 2^scale times the node is where that is small; null of what is no rest.
  llvm::Value* rest_of(ir::ExprId id, Scope& scope);
  Value emit_weight(ir::ExprId id, Scope& scope);
  llvm::Value* log_sum_terms(std::vector<Term>& terms, Scope& scope);
  llvm::Value* complements(ir::ExprId sum_id, std::vector<Term>& terms, double& constant,
                           Scope& scope);
  struct OddsOf {
    ir::ExprId reduced;
    ir::ExprId x;
    bool positive = false;  ///< R − x
  };
  std::optional<OddsOf> odds_of(ir::ExprId id, Scope& scope);
  const Odds& odds(const OddsOf& of, Scope& scope);
  llvm::Value* call_of_odds(ir::ExprId id, Scope& scope);
  llvm::Value* call_of_odds_in_f64(ir::ExprId id, const OddsOf& of, Scope& scope);
  llvm::Value* tail_in_f64(ir::ExprId id, Scope& scope);
  llvm::Value* power_of_odds(ir::ExprId id, const OddsOf& of, const Odds& parts, Scope& scope);
  llvm::Value* softplus_in_pairs(const OddsOf& of, const Odds& parts, llvm::Value* distance,
                                 Scope& scope);
  bool add_tail_of_odds(Factor& factor, ir::ExprId id, Scope& scope);
  llvm::Value* scaled_term(const Term& term, Scope& scope);
  llvm::Value* sum_of(const std::vector<Term>& terms, llvm::Value* start, Scope& scope);

  // Memory
  struct Subscript {
    ir::ExprId id;  ///< invalid: the position of `loop`
    Scope* loop = nullptr;
  };
  struct Address {
    llvm::Value* pointer = nullptr;  ///< of lane 0, or what the lanes are relative to
    llvm::Value* lanes = nullptr;    ///< gather and scatter: 64-bit offsets; null: consecutive
    bool scalar = true;              ///< one element for all
    llvm::Value* has_elements = nullptr;
  };
  void refuse_many_axes();
  bool in_range(ir::ExprId subscript, ir::SizeId size) const;
  llvm::Value* clamped(ir::ExprId subscript, ir::SizeId size, Scope& scope);
  Address address(const ArrayView& view, bool per_example, llvm::Type* element,
                  const std::vector<ir::SizeId>& shape, const std::vector<Subscript>& subscripts,
                  Scope& scope);
  Value emit_load(ir::ExprId id, Scope& scope);
  llvm::Value* loaded(const Address& address, llvm::Type* element, llvm::Value* fill, Scope& scope);
  void store(const Address& address, llvm::Value* value, Scope& scope);

  // Tables
  void place_tables();
  llvm::Value* padded(ir::SizeId size);
  Address in_table(const schedule::Table& table, std::int64_t column, Scope& scope);
  void read_table(ir::ExprId id, Scope& scope);
  void fill_table(const schedule::Sweep::Filled& filled, Scope& scope);

  // Contractions
  struct Product;
  llvm::Value* element(llvm::Type* type, llvm::Value* base, llvm::Value* row, llvm::Value* stride,
                       llvm::Value* column);
  llvm::Value* part_of_product(ir::ExprId product, const std::vector<std::size_t>& operands,
                               double coefficient, Scope& scope);
  void emit_left(const Product& product, Scope& row);
  llvm::Value* right_vector(const Product& product, llvm::Value* outer, llvm::Value* inner,
                            llvm::Value* last, Scope& around);
  void pack_rows(const Product& product, llvm::Value* x, llvm::Value* r, llvm::Value* depth,
                 Scope& around);
  std::vector<llvm::Value*> transposed(std::vector<llvm::Value*> rows);
  void pack_columns(const Product& product, llvm::Value* x, llvm::Value* r, llvm::Value* depth,
                    Scope& around);
  void multiply_block(const Product& product, llvm::Value* row, llvm::Value* r, llvm::Value* depth);
  llvm::Value* store_block(const Product& product, llvm::Value* x, llvm::Value* rows,
                           llvm::Value* check);
  llvm::Value* emit_product(const Product& product, llvm::Value* rows, Scope& around);
  void emit_contraction(const schedule::Contraction& contraction, Scope& scope);

  // Tiles
  llvm::AllocaInst* local(llvm::Type* element, std::int64_t count);
  void begin_rows(Scope& scope);
  void end_rows(Scope& scope);
  void keep_rows(Scope& scope);

  // Sweeps
  using SweepBody = std::function<std::vector<llvm::Value*>(Scope&)>;
  bool masked_throughout(const schedule::Sweep& sweep) const;
  std::vector<Carried> swept(const schedule::Sweep& sweep, llvm::Value* first, llvm::Value* last,
                             const std::vector<std::unique_ptr<Fold>>& folds, Scope& outer,
                             const SweepBody& body);
  std::vector<Carried> swept_in_tiles(const schedule::Sweep& sweep, llvm::Value* first,
                                      llvm::Value* last,
                                      const std::vector<std::unique_ptr<Fold>>& folds, Scope& outer,
                                      const SweepBody& body);
  void emit_sweep(const schedule::Sweep& sweep, Scope& outer);
  std::unique_ptr<Fold> made_fold(const schedule::Fold& fold, bool vectorised, Scope& outer);
  void finish_fold(const schedule::Fold& scheduled, const Fold& fold, const Carried& state,
                   Scope& outer);

  // Batch: weights, factors and what is stored
  void emit_batch(const schedule::Sweep& sweep, Scope& call);
  void find_factors(Scope& batch);
  llvm::Value* per_example_number(std::size_t pointer_offset, std::size_t stride_offset,
                                  Scope& batch);
  Address batch_vector(llvm::Value* base, llvm::Value* stride, Scope& batch);
  std::vector<llvm::Value*> contributions(const schedule::Sweep& sweep, Scope& batch);
  llvm::Value* weighted_gradient(std::size_t position, Scope& scope);
  void store_output(std::size_t position, Scope& scope);
  void add_to_planes(std::size_t position, llvm::Value* value, const ArrayView& view, Scope& scope);
  void store_values(llvm::Value* contribution, Scope& batch);
  void add_pair(llvm::Value* high_place, llvm::Value* low_place, const Simd::Pair& pair);
  bool summed(std::size_t position) const;  ///< over the batch: the value, gradients of params
  std::size_t layout_position(std::size_t position) const;

  llvm::Module& module_;
  const ir::Function& function_;
  const ir::Graph& graph_;
  const TargetOptions& options_;
  const Target& target_;
  Entry entry_;
  unsigned width_;  ///< lanes of a vector
  std::vector<ir::ExprId> roots_;
  schedule::Dependence dependence_;
  schedule::Schedule schedule_;
  analysis::Ranges ranges_;
  llvm::IRBuilder<> builder_;
  Simd scalar_;
  std::unique_ptr<Frame> frame_;
  std::vector<bool> integer_;
  std::map<ir::ExprId, double> literals_;
  std::map<const Kernel*, unsigned> kernel_uses_;
  std::map<schedule::Table, TableMemory> tables_;
  std::map<schedule::Schedule::Left, llvm::Value*>
      left_;  ///< tiles of the left factors of contractions
  std::optional<std::string> failure_;

  // Of the batch's scope: the weight of the example, whether it is 0, what gradients are
  // multiplied by.
  std::optional<ir::ExprId> weight_root_;
  llvm::Value* weight_ = nullptr;
  llvm::Value* skipped_ = nullptr;
  llvm::Value* factor_ = nullptr;
  Scope* batch_ = nullptr;
};

/// The function with its outputs multiplied by a weight that may be large, if it has one.
std::optional<ir::Function> weighted(const ir::Function& function);
/// The entry `labels`.
void emit_labels(llvm::Module& module, const ir::Function& function, const TargetOptions& options,
                 const std::string& name);
/// Class arrays that the function reads.
std::vector<ir::ArrayId> label_arrays(const ir::Function& function);
/// A constant subgraph, correctly rounded; apart because multiple precision is slow to compile.
double literal_value(const ir::Graph& graph, ir::ExprId id);

}  // namespace lossc::codegen
