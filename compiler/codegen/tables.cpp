// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables of a schedule: where they lie in the workspace, how they are filled and read. A table is a
// few columns of the float type, one after another: the value, and of a log-sum-exp also the parts
// that what is relative to it is computed from. Truths are kept as 0 and 1, whole numbers as they
// are represented.

#include <cstddef>

#include "compiler/codegen/emitter.h"
#include "compiler/support/assert.h"

namespace lossc::codegen {

namespace {

bool is_log_sum(const ir::Graph& graph, ir::ExprId id) {
  return graph.op(id) == ir::Op::reduce && graph.reduce_op(id) == ir::ReduceOp::lse;
}

std::int64_t columns(const ir::Graph& graph, ir::ExprId id) {
  return is_log_sum(graph, id) ? 1 + std::int64_t{std::size(log_sum_parts)} : 1;
}

std::int64_t element_bytes(FloatType type) { return type == FloatType::f32 ? 4 : 8; }

}  // namespace

/// Tables, then tiles of left factors.
static std::vector<WorkspaceBuffer> buffers_of(const ir::Function& function,
                                               const schedule::Schedule& schedule, FloatType type) {
  std::vector<WorkspaceBuffer> buffers;
  for (const auto& [table, tiled] : schedule.tables) {
    const std::int64_t rows = tiled ? tile_rows : 1;
    buffers.push_back(
        {table.axis.size.index, rows * element_bytes(type) * columns(function.graph, table.node)});
  }
  for (const schedule::Schedule::Left& left : schedule.left) {
    buffers.push_back({left.size.index, tile_rows * element_bytes(type)});
  }
  return buffers;
}

WorkspaceLayout workspace(const ir::Function& function, FloatType type) {
  WorkspaceLayout layout;
  const std::optional<ir::Function> product = weighted(function);
  const ir::Function& evaluated = product ? *product : function;
  layout.kernel = buffers_of(evaluated, schedule::scheduled(evaluated), type);
  if (const auto position = divisor_output(function)) {
    const std::size_t outputs[] = {*position};
    layout.divisor = buffers_of(function, schedule::scheduled(function, outputs), type);
  }
  return layout;
}

/// WorkspaceLayout::padded, computed.
llvm::Value* Emitter::padded(ir::SizeId size) {
  llvm::Value* extent = frame_->extent(size);
  llvm::Value* up = builder_.CreateAdd(extent, builder_.getInt64(WorkspaceLayout::multiple - 1));
  llvm::Value* whole = builder_.CreateAnd(up, builder_.getInt64(-WorkspaceLayout::multiple));
  return builder_.CreateAdd(whole, builder_.getInt64(WorkspaceLayout::skew));
}

void Emitter::place_tables() {
  if (schedule_.tables.empty()) return;
  llvm::Value* place = frame_->pointer(offsetof(KernelFrame, workspace));
  const auto buffers = buffers_of(function_, schedule_, options_.float_type);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const bool is_table = i < schedule_.tables.size();
    const ir::SizeId size = is_table ? schedule_.tables[i].table.axis.size
                                     : schedule_.left[i - schedule_.tables.size()].size;
    llvm::Value* stride = padded(size);
    if (is_table) {
      const schedule::Table& table = schedule_.tables[i].table;
      llvm::Value* row = builder_.CreateMul(stride, builder_.getInt64(columns(graph_, table.node)));
      tables_[table] = {place, stride, row};
    } else {
      left_[schedule_.left[i - schedule_.tables.size()]] = place;
    }
    llvm::Value* bytes = builder_.CreateMul(stride, builder_.getInt64(buffers[i].bytes_each));
    place = builder_.CreateGEP(builder_.getInt8Ty(), place, bytes);
  }
}

Emitter::Address Emitter::in_table(const schedule::Table& kept, std::int64_t column, Scope& scope) {
  const TableMemory& table = tables_.at(kept);
  llvm::Value* offset = scope.position;
  if (column != 0) {
    offset = builder_.CreateAdd(offset,
                                builder_.CreateMul(table.column_stride, builder_.getInt64(column)));
  }
  // The loop whose region filled it, as the scheduler finds it.
  Scope* home = scope.outer;
  while (home->outer != nullptr &&
         (home->axis == kept.axis || !dependence_.varies(kept.node, home->axis))) {
    home = home->outer;
  }
  if (home->tile != nullptr) {
    offset = builder_.CreateAdd(offset, builder_.CreateMul(home->tile->row, table.row_stride));
  }
  Address address;
  address.pointer = builder_.CreateGEP(scope.simd.element_type(), table.begin, offset);
  address.scalar = !scope.vectorised || scope.simd.width() == 1;
  return address;
}

void Emitter::read_table(ir::ExprId id, Scope& scope) {
  const auto read = [&](std::int64_t column) {
    return loaded(in_table({id, scope.axis}, column, scope), scope.simd.element_type(),
                  scope.simd.constant(1), scope);
  };
  llvm::Value* value = read(0);
  if (graph_.is_bool(id)) {
    value = scope.simd.compare_ne(value, scope.simd.constant(0));
    scope.values[id.index] = {value, Sort::boolean};
  } else if (is_integer(id)) {
    scope.values[id.index] = {scope.simd.bits(value), Sort::integer};
  } else {
    scope.values[id.index] = {value, Sort::number};
  }
  if (!is_log_sum(graph_, id)) return;
  LogSum& sum = scope.log_sums[id.index];
  std::int64_t column = 0;
  for (auto part : log_sum_parts) sum.*part = read(++column);
  restore(sum, scope.simd);
}

void Emitter::fill_table(const schedule::Sweep::Filled& filled, Scope& scope) {
  const ir::ExprId id = filled.node;
  llvm::Value* value =
      is_integer(id) ? scope.simd.from_bits(integer(id, scope)) : number(id, scope);
  store(in_table(filled.table, 0, scope), value, scope);
  if (!is_log_sum(graph_, id)) return;
  const LogSum& sum = scope.log_sums.at(id.index);
  std::int64_t column = 0;
  for (auto part : log_sum_parts) {
    store(in_table(filled.table, ++column, scope), sum.*part, scope);
  }
}

}  // namespace lossc::codegen
