// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether two strided arrays share memory. Interleaved arrays (gradient and Hessian side by side,
// as XGBoost keeps them) and column blocks of one matrix do not, although their address ranges
// cross.
#pragma once

#include <cstdint>
#include <vector>

namespace lossc::runtime {

/// Elements of `element` bytes at data + Σ iₖ · strideₖ (bytes), 0 ≤ iₖ < sizeₖ.
struct Footprint {
  const char* data = nullptr;
  std::int64_t element = 0;
  struct Axis {
    std::int64_t size = 0;
    std::int64_t stride = 0;
  };
  std::vector<Axis> axes;

  bool empty() const;
};

enum class Overlap { none, exact, partial };

/// exact: the same elements at the same positions. Where the answer would take long to find
/// (strides that interlock in many ways), partial.
Overlap overlap(const Footprint& a, const Footprint& b);

/// Whether two positions of one array are the same memory.
bool overlaps_itself(const Footprint& a);

}  // namespace lossc::runtime
