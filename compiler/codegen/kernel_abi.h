// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the runtime calls compiled code. One frame describes a call; compiled functions read it,
// write only what it points to, and hold no state. Plain C layout: codegen addresses the fields by
// the offsets of this struct.
//
// A compiled loss has up to three entries:
//   labels(frame)  → 0, or 1 + ArrayId of the first class array with a label out of range, having
//                    set bad_example and bad_value; examples first_example … last_example − 1
//   divisor(frame) adds Σ divisorᵢ · host weightᵢ to sums[2]+sums[3]
//   kernel(frame)  everything asked for; examples a multiple of the vector's width where
//                  takes_whole_vectors() of codegen.h says so
//
// Sums are pairs of doubles (high, low) whose exact sum is the result. Gradients of per-example
// arrays are multiplied by weight · host weight · upstream · scale and *stored*; gradients of
// params are multiplied likewise and *added* to pairs of doubles (high plane, then low plane).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace lossc::codegen {

inline constexpr int max_axes = 8;

struct ArrayFrame {
  void* data;
  std::int64_t batch_stride;       ///< in elements; unused for params
  std::int64_t strides[max_axes];  ///< in elements, per declared axis
};

struct KernelFrame {
  std::int64_t first_example;
  std::int64_t last_example;    ///< one past
  const std::int64_t* sizes;    ///< extents by SizeId
  const ArrayFrame* inputs;     ///< by ArrayId
  const ArrayFrame* outputs;    ///< by position in CompiledLayout::outputs
  const void* weights;          ///< host weights of the loss's float type; never null
  std::int64_t weights_stride;  ///< 0: one weight for all
  const void* upstream;         ///< likewise
  std::int64_t upstream_stride;
  double scale;  ///< factor of every gradient (1/Σ divisor for the mean)
  void* values;  ///< wᵢLᵢ · host weight per example, or null
  std::int64_t values_stride;
  double* sums;     ///< [0], [1]: Σ wᵢLᵢ as a pair; [2], [3]: Σ divisorᵢ
  void* workspace;  ///< of as many bytes as WorkspaceLayout says, aligned to 64; else null
  std::int64_t bad_example;
  std::int64_t bad_value;
};

/// Memory that entries want beside their arrays: buffers of one extent each, one after another, so
/// that it grows with no product of two.
struct WorkspaceBuffer {
  std::uint32_t size = 0;       ///< SizeId
  std::int64_t bytes_each = 0;  ///< per position
};

struct WorkspaceLayout {
  static constexpr std::int64_t alignment = 64;  ///< of each buffer
  /// Buffers are as long as their extent, rounded up to whole vectors of any width, and a little
  /// longer, lest rows of one begin in the same lines of the cache.
  static constexpr std::int64_t multiple = 64;
  static constexpr std::int64_t skew = 16;
  static constexpr std::int64_t padded(std::int64_t extent) {
    return (extent + multiple - 1) / multiple * multiple + skew;
  }
  std::vector<WorkspaceBuffer> kernel;
  std::vector<WorkspaceBuffer> divisor;

  std::int64_t bytes(const std::vector<std::int64_t>& extents) const {  ///< by SizeId
    const auto total = [&](const std::vector<WorkspaceBuffer>& buffers) {
      std::int64_t sum = 0;
      for (const WorkspaceBuffer& buffer : buffers) {
        sum += padded(extents[buffer.size]) * buffer.bytes_each;
      }
      return sum;
    };
    return std::max(total(kernel), total(divisor));
  }
};

using KernelEntry = std::int64_t (*)(KernelFrame*);

}  // namespace lossc::codegen
