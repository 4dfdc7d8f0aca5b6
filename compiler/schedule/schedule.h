// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loop nests from the DAG: which reductions share a sweep, where each node is computed, what is
// vectorised along what. The batch is the outermost loop; a loss without axes is vectorised along
// the batch, any other along its innermost axes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/ir/function.h"

namespace lossc::schedule {

/// One region of straight-line code, run once for each position of the loops around it: first its
/// nodes in order; a node that is a reduction is preceded by the sweep that computes it.
struct Sweep;
struct Region {
  struct Step {
    ir::ExprId node;               ///< valid: compute this node here
    std::unique_ptr<Sweep> sweep;  ///< else: run this loop
  };
  std::vector<Step> steps;
};

/// A loop over one axis that folds reductions and stores outputs.
struct Sweep {
  ir::Axis axis;
  bool vectorised = false;         ///< innermost: along SIMD lanes
  Region body;
  std::vector<ir::ExprId> reductions;   ///< reduce nodes whose fold is here
  std::vector<std::size_t> stores;      ///< outputs (positions in Function::outputs) written here
};

struct Schedule {
  bool along_batch = false;        ///< pointwise: the batch itself is the vector
  Region example;                  ///< one example
  std::vector<std::size_t> scalar_stores;  ///< outputs without axes, written after `example`
};

Schedule scheduled(const ir::Function& function);
/// Readable text: `--emit=schedule`.
std::string print(const ir::Function& function, const Schedule& schedule);

}  // namespace lossc::schedule
