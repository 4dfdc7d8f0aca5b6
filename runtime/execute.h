// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running a Plan. The batch is cut into tasks that depend on the call alone; each task's sums are
// pairs of doubles, combined as a tree in the order of the tasks: the same bits for any number of
// threads.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "compiler/codegen/kernel_abi.h"
#include "lossc/engine.h"
#include "runtime/pair.h"
#include "runtime/plan.h"
#include "runtime/thread_pool.h"

namespace lossc::runtime {

/// What one task needs beside the plan. The arrays' frames point at the first example of a segment.
struct TaskFrames {
  std::vector<codegen::ArrayFrame> inputs;
  std::vector<codegen::ArrayFrame> outputs;
  std::vector<std::vector<char>>
      buffers;  ///< by output, the values last; of those that are buffered
  /// The last vector of examples, padded: lanes of every input, output, `values`, weights and
  /// upstream, and frames that point at them.
  std::vector<codegen::ArrayFrame> padded_inputs;
  std::vector<codegen::ArrayFrame> padded_outputs;
  std::vector<char> lanes;
  std::vector<char> workspace;  ///< what the code asks for, and what it takes to align it
};

/// Results of one task.
struct TaskResult {
  Pair value;
  Pair divisor;
  std::int64_t bad_argument = -1;
  std::int64_t bad_example = 0;
  std::int64_t bad_value = 0;
  bool failed = false;
};

/// Memory of a call, kept between the runs of a prepared call.
struct Workspace {
  explicit Workspace(const Plan& plan);

  std::int64_t tasks = 0;
  TaskFrames frames;  ///< of the only task, if there is one
  std::vector<TaskResult> results;
  std::vector<double> planes;  ///< gradients of params: per task, per output, high then low
  std::vector<std::int64_t> plane_offsets;  ///< by output; -1: not a param's
  std::int64_t plane_size = 0;              ///< doubles per task
};

api::Result<api::Evaluation> execute(const Plan& plan, Workspace& workspace, ThreadPool& pool);

}  // namespace lossc::runtime
