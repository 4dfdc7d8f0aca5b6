// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of `transfer`, by construct.
#pragma once

#include <span>

#include "compiler/analysis/ranges.h"

namespace lossc::analysis {

Range transfer_sum(const ir::Function& function, ir::ExprId id, std::span<const Range> operands);
Range transfer_product(const ir::Function& function, ir::ExprId id,
                       std::span<const Range> operands);
Range transfer_call(ir::Builtin builtin, std::span<const Range> operands);
Range transfer_reduction(const ir::Function& function, ir::ExprId id, const Range& body);

/// What a size may be: literal sizes exactly, others not negative.
Range of_size(const ir::Function& function, ir::SizeId size);

/// id = slope · subject + offset, with subject not affine itself. Looks through a few nodes only.
struct Affine {
  ir::ExprId subject;
  ir::Number slope = 1;
  ir::Number offset = 0;
};
Affine affine(const ir::Graph& graph, ir::ExprId id);

/// Whether a ≤ b (or a < b) holds, fails, or is not known: 1, 0, −1.
int decided(ir::Relation relation, const Range& a, const Range& b);

}  // namespace lossc::analysis
