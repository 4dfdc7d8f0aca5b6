// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One task of a call: the compiled entries over a range of examples, segment by segment where the
// batch could not be joined into one axis, and in blocks where outputs are buffered.
#pragma once

#include "runtime/execute.h"

namespace lossc::runtime {

TaskFrames task_frames(const Plan& plan);

class Task {
 public:
  Task(const Plan& plan, TaskFrames& frames, TaskResult& result)
      : plan_(plan), frames_(frames), result_(result) {}

  void check_labels(std::int64_t first, std::int64_t last);
  void add_divisors(std::int64_t first, std::int64_t last);
  /// `planes`: where this task's gradients of params are added, with offsets by output.
  void compute(std::int64_t first, std::int64_t last, double scale, double* planes,
               const std::vector<std::int64_t>& plane_offsets);

 private:
  /// Examples inner_first … inner_last − 1 along the inner batch axis at one place of the outer
  /// ones.
  struct Segment {
    std::int64_t outer = 0;  ///< flat index over the outer axes
    std::int64_t first = 0;
    std::int64_t last = 0;
  };
  template <class Body>
  void for_segments(std::int64_t first, std::int64_t last, Body body);
  char* at_segment(const Operand& operand, std::int64_t outer) const;
  codegen::KernelFrame frame(const Segment& segment, double* sums);
  void compute_segment(const Segment& segment, double scale, double* planes,
                       const std::vector<std::int64_t>& plane_offsets);
  void run_kernel(codegen::KernelFrame& call);
  void run_padded(const codegen::KernelFrame& call, std::int64_t first, std::int64_t count);
  void redirect(std::size_t output, const Segment& segment);
  void copy_out(std::size_t output, const Segment& segment) const;
  const Operand& output_operand(std::size_t output) const;
  std::int64_t block_size() const;

  const Plan& plan_;
  TaskFrames& frames_;
  TaskResult& result_;
};

}  // namespace lossc::runtime
