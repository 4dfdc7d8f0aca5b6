// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loop nests from the DAG: which reductions share a sweep, where each node is computed, what is
// vectorised. The batch is an axis like any other, the outermost: a loss without axes has one
// sweep, over the batch, and is vectorised along it; any other is vectorised along its innermost
// axes.
//
// What does not vary with a loop is computed outside it. An array node is computed anew in each
// sweep that needs it; a reduction exactly once, in the region where its free axes are open. Where
// that would repeat it, it is kept in a table (docs/decisions/0008-contractions.md).
//
// The invariant of tables: they have one axis, so that no memory grows with the product of two.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compiler/ir/function.h"
#include "compiler/schedule/contraction.h"

namespace lossc::schedule {

struct Sweep;
struct Contraction;

/// Straight-line code, run once for each position of the loops around it.
struct Region {
  struct Step {
    ir::ExprId node;               ///< valid: compute this node here
    std::unique_ptr<Sweep> sweep;  ///< else: run this loop
    bool kept = false;             ///< read the node from its table along the region's axis
    std::unique_ptr<Contraction> contraction;  ///< else: fill this table, for a tile of rows
  };
  std::vector<Step> steps;
};

/// What a sweep folds of a reduction. The logarithm of a sum of exponentials takes two vectorised
/// sweeps, or one with a running maximum where a sweep contains others and is dear.
enum class Part { whole, maximum, exponentials, online };

struct Fold {
  ir::ExprId node;
  Part part = Part::whole;
};

/// Values of a node along one axis, as of one position of the loops around the sweep that fills it.
struct Table {
  ir::ExprId node;
  ir::Axis axis;
  auto operator<=>(const Table&) const = default;
};

/// A loop over one axis that folds reductions and stores outputs.
struct Sweep {
  ir::Axis axis;
  bool vectorised = false;  ///< along SIMD lanes: nothing inside loops
  Region body;
  std::vector<Fold> folds;
  std::vector<std::size_t> stores;  ///< positions in Function::outputs, written in this loop's body
  struct Filled {
    ir::ExprId node;  ///< as it is called in this loop
    Table table;      ///< as those who read it call it
    auto operator<=>(const Filled&) const = default;
  };
  std::vector<Filled> tables;  ///< filled in this loop's body, along its axis
  /// In tiles of positions: the body has contractions, which are done for a whole tile, and each
  /// step between them is done for all positions of the tile before the next. Tables that the body
  /// fills have a row for each position of a tile.
  bool tiled = false;
};

/// A table filled by a product of matrices, T[i, x] = Σ_r L[i, r]·Q[r, x], for the rows i of a
/// tile.
struct Contraction {
  Table table;
  Separated parts;
  std::unique_ptr<Sweep> left;   ///< over r: L of one row
  std::unique_ptr<Sweep> right;  ///< outside the rows, a loop in a loop, along what Q lies: Q
  std::unique_ptr<Sweep> plain;  ///< the table of one row, where the product is not finite
};

/// The code of one call. Its last step is the sweep over the batch, whose stores are the outputs
/// without axes (value and weight among them).
struct Schedule {
  struct Kept {
    Table table;
    bool tiled = false;
  };
  /// A tile of L along a size. Tiles within tiles run between the rows of what is around them, so
  /// that each depth has its own.
  struct Left {
    ir::SizeId size;
    int depth = 0;
    auto operator<=>(const Left&) const = default;
  };
  Region call;
  std::vector<Kept> tables;
  std::vector<Left> left;
  const Sweep& batch() const { return *call.steps.back().sweep; }
};

/// For these outputs; `weight` among them is there before anything is stored.
Schedule scheduled(const ir::Function& function, std::span<const std::size_t> outputs);
/// For what a kernel computes: value, weight, gradients, Hessians.
Schedule scheduled(const ir::Function& function);
/// The outputs that a kernel computes, in order (the divisor has an entry of its own).
std::vector<std::size_t> kernel_outputs(const ir::Function& function);

/// Readable text: `--emit=schedule`.
std::string print(const ir::Function& function, const Schedule& schedule);

}  // namespace lossc::schedule
