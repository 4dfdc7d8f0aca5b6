// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A call, checked and laid out: where each array lies, along which strides the batch runs, what the
// compiled code is. Making one finds every mistake of the caller; running one only computes.
//
// The batch. Axes of the host's arrays beyond the declared ones are the batch. Axes that all arrays
// walk with one stride are joined; what cannot be joined is looped over, the last joined axis
// innermost.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/codegen/kernel_abi.h"
#include "lossc/engine.h"
#include "runtime/program.h"

namespace lossc::runtime {

/// An array as a call meets it.
struct Operand {
  std::string name;  ///< for messages: `z`, `gradient of z`
  char* data = nullptr;
  std::int64_t element_bytes = 4;
  std::vector<std::int64_t> sizes;          ///< declared axes
  std::vector<std::int64_t> strides;        ///< of them, in elements
  std::vector<std::int64_t> batch_strides;  ///< by batch axis, in elements; empty: shared
  bool per_example = true;
  bool present = false;
};

struct Plan {
  std::shared_ptr<const Program> program;
  Code code;
  api::Reduction reduction = api::Reduction::mean;
  std::vector<std::int64_t> extents;  ///< by SizeId
  std::vector<std::int64_t> batch;    ///< extents of the joined batch axes; the last is inner
  std::int64_t examples = 0;
  std::vector<Operand> inputs;   ///< by ArrayId
  std::vector<Operand> outputs;  ///< by position of Program::derivatives
  Operand values;
  Operand weights;  ///< absent: 1
  Operand upstream;
  /// Numbers that came by value, converted to the loss's type; Operands point into it.
  std::vector<std::vector<double>> storage;
  double one = 1;  ///< 1 in the loss's type, for absent weights
  unsigned threads = 1;

  /// Outputs (the values last) that lie exactly over an input while the code may still read it:
  /// they are computed beside and copied.
  std::vector<bool> buffered;
  std::int64_t chunk = 1;  ///< examples per task
};

/// Checks and lays out. `threads` is the engine's number.
api::Result<Plan> planned(const std::shared_ptr<const Program>& program, const api::Inputs& inputs,
                          const api::CallOptions& options, unsigned threads);

/// Outputs over inputs and over each other; marks `buffered`. The sizes are those of the batch axes
/// that Operand::batch_strides goes with.
api::Result<bool> check_overlaps(Plan& plan, const std::vector<std::int64_t>& batch_sizes);
/// True only if no output comes near another array: quick, allocates nothing, for the joined batch.
bool clearly_apart(const Plan& plan);

}  // namespace lossc::runtime
