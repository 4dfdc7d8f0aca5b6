// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// T[i, x] = Σ_r L[i, r]·Q[r, x] for the rows of a tile. L is computed row by row into a buffer. For
// a block of columns and a block of r, Q is computed into a panel whose rows are vectors along x,
// transposed if it lies along r; then several rows by the columns of the panel are summed in
// registers. Blocks are added in f64, of f64 in pairs (docs/decisions/0008-contractions.md).
//
// Lanes beyond the last column, and rows beyond the last of the tile, are computed and not used.

#include <cstdint>

#include "compiler/codegen/emitter.h"

namespace lossc::codegen {

namespace {

constexpr std::int64_t block = 64;        ///< terms added in the type itself
constexpr unsigned widest = 16;           ///< lanes; beyond, a transposition is too long
constexpr std::int64_t rows_at_once = 6;  ///< divides tile_rows

}  // namespace

static_assert(tile_rows % rows_at_once == 0);

/// What one contraction's code refers to.
struct Emitter::Product {
  const schedule::Contraction& contraction;
  Simd wide;
  std::int64_t vectors;  ///< of columns at once: as many accumulators as there are registers
  std::int64_t columns;  ///< vectors · lanes
  llvm::Value* left;     ///< L
  llvm::Value* left_stride;
  llvm::Value* table;
  llvm::Value* table_stride;
  llvm::Value* panel;
  llvm::Value* sums;
  llvm::Value* rests;    ///< the low parts of f64 sums; null: none
  llvm::Value* scratch;  ///< vectors along r, before they are transposed
};

llvm::Value* Emitter::element(llvm::Type* type, llvm::Value* base, llvm::Value* row,
                              llvm::Value* stride, llvm::Value* column) {
  llvm::Value* offset = builder_.CreateAdd(builder_.CreateMul(row, stride), column);
  return builder_.CreateGEP(type, base, offset);
}

/// Π of some of the operands of a product.
llvm::Value* Emitter::part_of_product(ir::ExprId product, const std::vector<std::size_t>& operands,
                                      double coefficient, Scope& scope) {
  std::vector<Factor> factors;
  for (std::size_t i : operands) {
    append_factor(factors, graph_.operands(product)[i], graph_.factors(product)[i], scope);
  }
  return ordered_product(std::move(factors), coefficient, scope);
}

void Emitter::emit_left(const Product& product, Scope& row) {
  const schedule::Separated& parts = product.contraction.parts;
  const schedule::Sweep& sweep = *product.contraction.left;
  auto body = [&](Scope& scope) {
    emit_region(sweep.body, scope);
    const double coefficient = graph_.constant_of(parts.product).to_double();
    llvm::Value* value = part_of_product(parts.product, parts.left, coefficient, scope);
    for (ir::ExprId condition : parts.conditions) {
      value = scope.simd.select(boolean(condition, scope), value, scope.simd.constant(0));
    }
    Address address;
    address.scalar = !scope.vectorised || scope.simd.width() == 1;
    address.pointer = element(scope.simd.element_type(), product.left, row.tile->row,
                              product.left_stride, scope.position);
    store(address, value, scope);
    return std::vector<llvm::Value*>{};
  };
  swept(sweep, builder_.getInt64(0), frame_->extent(sweep.axis.size), {}, row, body);
}

/// One vector of Q, at the positions of two loops outside the rows.
llvm::Value* Emitter::right_vector(const Product& product, llvm::Value* outer, llvm::Value* inner,
                                   llvm::Value* last, Scope& around) {
  const schedule::Sweep& sweep = *product.contraction.right;
  const schedule::Sweep& vectors = *sweep.body.steps.back().sweep;
  const schedule::Separated& parts = product.contraction.parts;
  Scope outside(&around, sweep.axis, scalar_);
  outside.position = outer;
  for (const schedule::Region::Step& step : sweep.body.steps) {
    if (step.sweep == nullptr) emit_step(step, outside);
  }
  Scope scope(&outside, vectors.axis, product.wide);
  scope.vectorised = true;
  scope.position = inner;
  if (product.wide.width() > 1) {
    llvm::Value* left = builder_.CreateSub(last, inner);
    left = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, left, builder_.getInt64(0));
    scope.mask = product.wide.first_lanes(left);
  } else {  // no lane to leave out: the last element instead
    llvm::Value* final = builder_.CreateSub(last, builder_.getInt64(1));
    scope.position = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, inner, final);
  }
  emit_region(vectors.body, scope);
  return part_of_product(parts.product, parts.right, 1, scope);
}

/// Rows of the panel as they come: vectors along x.
void Emitter::pack_rows(const Product& product, llvm::Value* x, llvm::Value* r, llvm::Value* depth,
                        Scope& around) {
  const Simd& wide = product.wide;
  llvm::Value* extent = frame_->extent(product.contraction.table.axis.size);
  emit_loop(builder_, builder_.getInt64(0), depth, 1, {}, Hoist::if_entered,
            [&](llvm::Value* k, const Carried&, llvm::BasicBlock*) {
              llvm::Value* row = builder_.CreateMul(k, builder_.getInt64(product.columns));
              for (std::int64_t v = 0; v < product.vectors; ++v) {
                llvm::Value* offset = builder_.getInt64(v * wide.width());
                llvm::Value* vector = right_vector(product, builder_.CreateAdd(r, k),
                                                   builder_.CreateAdd(x, offset), extent, around);
                wide.store(vector, builder_.CreateGEP(wide.element_type(), product.panel,
                                                      builder_.CreateAdd(row, offset)));
              }
              return Carried{};
            });
}

/// A square of as many vectors as they have lanes.
std::vector<llvm::Value*> Emitter::transposed(std::vector<llvm::Value*> rows) {
  const std::size_t lanes = rows.size();
  for (std::size_t distance = lanes / 2; distance > 0; distance /= 2) {
    llvm::SmallVector<int, 16> low, high;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const bool upper = (lane & distance) != 0;
      low.push_back(static_cast<int>(upper ? lanes + lane - distance : lane));
      high.push_back(static_cast<int>(upper ? lanes + lane : lane + distance));
    }
    for (std::size_t i = 0; i < lanes; ++i) {
      if ((i & distance) != 0) continue;
      llvm::Value* a = rows[i];
      llvm::Value* b = rows[i + distance];
      rows[i] = builder_.CreateShuffleVector(a, b, low);
      rows[i + distance] = builder_.CreateShuffleVector(a, b, high);
    }
  }
  return rows;
}

/// Vectors along r, transposed by way of a few rows of memory.
void Emitter::pack_columns(const Product& product, llvm::Value* x, llvm::Value* r,
                           llvm::Value* depth, Scope& around) {
  const Simd& wide = product.wide;
  llvm::Type* type = wide.element_type();
  const std::int64_t lanes = wide.width();
  llvm::Value* zero = builder_.getInt64(0);
  llvm::Value* last =
      builder_.CreateSub(frame_->extent(product.contraction.table.axis.size), builder_.getInt64(1));
  llvm::Value* end = builder_.CreateAdd(r, depth);
  const auto each_vector = [&](const std::function<void(llvm::Value*)>& body) {
    emit_loop(builder_, zero, depth, lanes, {}, Hoist::if_entered,
              [&](llvm::Value* k, const Carried&, llvm::BasicBlock*) {
                body(k);
                return Carried{};
              });
  };
  const auto column = [&](llvm::Value* first) {
    emit_loop(
        builder_, zero, builder_.getInt64(lanes), 1, {}, Hoist::if_entered,
        [&](llvm::Value* lane, const Carried&, llvm::BasicBlock*) {
          llvm::Value* own = builder_.CreateAdd(builder_.CreateAdd(x, first), lane);
          own = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, own, last);
          each_vector([&](llvm::Value* k) {
            llvm::Value* vector = right_vector(product, own, builder_.CreateAdd(r, k), end, around);
            wide.store(vector, element(type, product.scratch, lane, builder_.getInt64(block), k));
          });
          return Carried{};
        });
    each_vector([&](llvm::Value* k) {
      std::vector<llvm::Value*> rows;
      for (std::int64_t lane = 0; lane < lanes; ++lane) {
        rows.push_back(wide.load(
            element(type, product.scratch, builder_.getInt64(lane), builder_.getInt64(block), k)));
      }
      if (lanes > 1) rows = transposed(std::move(rows));
      for (std::int64_t i = 0; i < lanes; ++i) {
        llvm::Value* row = builder_.CreateAdd(k, builder_.getInt64(i));
        wide.store(rows[static_cast<std::size_t>(i)],
                   element(type, product.panel, row, builder_.getInt64(product.columns), first));
      }
    });
  };
  emit_loop(builder_, zero, builder_.getInt64(product.columns), lanes, {}, Hoist::if_entered,
            [&](llvm::Value* first, const Carried&, llvm::BasicBlock*) {
              column(first);
              return Carried{};
            });
}

/// Some rows by the columns of the panel, added to the sums.
void Emitter::multiply_block(const Product& product, llvm::Value* row, llvm::Value* r,
                             llvm::Value* depth) {
  const Simd& wide = product.wide;
  llvm::Type* type = wide.element_type();
  std::vector<llvm::Value*> left;
  for (std::int64_t m = 0; m < rows_at_once; ++m) {
    left.push_back(element(type, product.left, builder_.CreateAdd(row, builder_.getInt64(m)),
                           product.left_stride, r));
  }
  const auto vectors = static_cast<std::size_t>(product.vectors);
  Carried sums(left.size() * vectors, wide.constant(0));
  sums = emit_loop(
      builder_, builder_.getInt64(0), depth, 1, sums, Hoist::if_entered,
      [&](llvm::Value* k, const Carried& before, llvm::BasicBlock*) {
        Carried next;
        llvm::Value* place = builder_.CreateGEP(
            type, product.panel, builder_.CreateMul(k, builder_.getInt64(product.columns)));
        std::vector<llvm::Value*> right;
        for (std::size_t v = 0; v < vectors; ++v) {
          right.push_back(
              wide.load(builder_.CreateConstInBoundsGEP1_64(type, place, v * wide.width())));
        }
        for (std::size_t m = 0; m < left.size(); ++m) {
          llvm::Value* same = wide.splat(scalar_.load(builder_.CreateGEP(type, left[m], k)));
          for (std::size_t v = 0; v < vectors; ++v) {
            next.push_back(wide.fma(same, right[v], before[m * vectors + v]));
          }
        }
        return next;
      });
  const Simd doubles = wide.with_type(FloatType::f64);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto m = static_cast<std::int64_t>(i / vectors);
    llvm::Value* column = builder_.getInt64(static_cast<std::int64_t>(i % vectors) * wide.width());
    llvm::Value* at = builder_.CreateAdd(row, builder_.getInt64(m));
    llvm::Value* stride = builder_.getInt64(product.columns);
    llvm::Value* place = element(builder_.getDoubleTy(), product.sums, at, stride, column);
    if (product.rests == nullptr) {
      doubles.store(doubles.add(doubles.load(place), wide.to_f64(sums[i])), place);
      continue;
    }
    auto [sum, error] = doubles.two_sum(doubles.load(place), sums[i]);
    llvm::Value* rest = element(builder_.getDoubleTy(), product.rests, at, stride, column);
    doubles.store(sum, place);
    doubles.store(doubles.add(doubles.load(rest), error), rest);
  }
}

/// The sums of a block of columns into the table. Adds to `check` what is not 0 if one is not
/// finite.
llvm::Value* Emitter::store_block(const Product& product, llvm::Value* x, llvm::Value* rows,
                                  llvm::Value* check) {
  const Simd& wide = product.wide;
  const Simd doubles = wide.with_type(FloatType::f64);
  return emit_loop(
      builder_, builder_.getInt64(0), rows, 1, {check}, Hoist::if_entered,
      [&](llvm::Value* row, const Carried& before, llvm::BasicBlock*) {
        llvm::Value* next = before[0];
        for (std::int64_t v = 0; v < product.vectors; ++v) {
          llvm::Value* column = builder_.getInt64(v * wide.width());
          llvm::Value* stride = builder_.getInt64(product.columns);
          const auto sum = [&](llvm::Value* from) {
            return doubles.load(element(builder_.getDoubleTy(), from, row, stride, column));
          };
          llvm::Value* value = sum(product.sums);
          if (product.rests != nullptr) value = doubles.add(value, sum(product.rests));
          value = wide.from_float(value);
          next = wide.add(next, wide.sub(value, value));
          wide.store(value, element(wide.element_type(), product.table, row, product.table_stride,
                                    builder_.CreateAdd(x, column)));
        }
        return Carried{next};
      })[0];
}

/// For all rows of the tile; returns what is 0 in all lanes if every result is finite.
llvm::Value* Emitter::emit_product(const Product& product, llvm::Value* rows, Scope& around) {
  const Simd& wide = product.wide;
  llvm::Value* zero = builder_.getInt64(0);
  llvm::Value* columns = frame_->extent(product.contraction.table.axis.size);
  llvm::Value* terms = frame_->extent(product.contraction.left->axis.size);
  const auto clear = [&](llvm::Value* sums) {
    const Simd doubles = wide.with_type(FloatType::f64);
    llvm::Value* count = builder_.CreateMul(rows, builder_.getInt64(product.columns));
    emit_loop(builder_, zero, count, wide.width(), {}, Hoist::if_entered,
              [&](llvm::Value* i, const Carried&, llvm::BasicBlock*) {
                doubles.store(doubles.constant(0),
                              builder_.CreateGEP(builder_.getDoubleTy(), sums, i));
                return Carried{};
              });
  };
  return emit_loop(builder_, zero, columns, product.columns, {wide.constant(0)}, Hoist::if_entered,
                   [&](llvm::Value* x, const Carried& check, llvm::BasicBlock*) {
                     clear(product.sums);
                     if (product.rests != nullptr) clear(product.rests);
                     emit_loop(builder_, zero, terms, block, {}, Hoist::if_entered,
                               [&](llvm::Value* r, const Carried&, llvm::BasicBlock*) {
                                 llvm::Value* depth = builder_.CreateBinaryIntrinsic(
                                     llvm::Intrinsic::smin, builder_.CreateSub(terms, r),
                                     builder_.getInt64(block));
                                 if (product.contraction.parts.along_reduced) {
                                   pack_columns(product, x, r, depth, around);
                                 } else {
                                   pack_rows(product, x, r, depth, around);
                                 }
                                 emit_loop(
                                     builder_, zero, rows, rows_at_once, {}, Hoist::if_entered,
                                     [&](llvm::Value* row, const Carried&, llvm::BasicBlock*) {
                                       multiply_block(product, row, r, depth);
                                       return Carried{};
                                     });
                                 return Carried{};
                               });
                     return Carried{store_block(product, x, rows, check[0])};
                   })[0];
}

void Emitter::emit_contraction(const schedule::Contraction& contraction, Scope& scope) {
  if (target_.width > widest) {
    emit_sweep(*contraction.plain, scope);
    return;
  }
  const Simd wide = scalar_.with_width(target_.width);
  const std::int64_t vectors = target_.simd.has_avx512 ? 4 : 2;
  const std::int64_t columns = vectors * wide.width();
  const ir::SizeId reduced = contraction.left->axis.size;
  int depth = 0;
  for (const Scope* around = &scope; around != nullptr; around = around->outer) {
    depth += around->tile != nullptr ? 1 : 0;
  }
  const TableMemory& table = tables_.at(contraction.table);
  llvm::Type* doubles = builder_.getDoubleTy();
  const Product product{contraction,
                        wide,
                        vectors,
                        columns,
                        left_.at({reduced, depth}),
                        padded(reduced),
                        table.begin,
                        table.row_stride,
                        local(wide.element_type(), block * columns),
                        local(doubles, tile_rows * columns),
                        wide.is_f32() ? nullptr : local(doubles, tile_rows * columns),
                        local(wide.element_type(), block * wide.width())};
  emit_left(product, scope);
  keep_rows(scope);
  end_rows(scope);
  llvm::Value* check = emit_product(product, scope.tile->rows, *scope.outer);
  llvm::Value* finite = wide.all(wide.compare_eq(check, wide.constant(0)));
  emit_if(builder_, builder_.CreateNot(finite), {}, Hoist::if_entered, [&](llvm::BasicBlock*) {
    begin_rows(scope);
    emit_sweep(*contraction.plain, scope);
    end_rows(scope);
    return Carried{};
  });
  begin_rows(scope);
}

}  // namespace lossc::codegen
