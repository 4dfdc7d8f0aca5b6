// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A float kernel over all 2^32 floats, or over every n-th of them. The reference must be fast: it
// is our own double kernel, whose error is 2^-29 of a float's ULP as measured against MPFR in
// f64. It is not taken on trust: 4096 points of every sweep and the surroundings of the worst one
// are compared with MPFR, and the error that is reported is MPFR's.
#pragma once

#include <cstdint>
#include <functional>

#include "tests/numerics/kernels_jit.h"
#include "tests/numerics/kernels_reference.h"

namespace lossc::codegen::testing {

struct Sweep {
  std::uint64_t first = 0;  ///< bit patterns from here
  std::uint64_t last = std::uint64_t{1} << 32;
  std::uint64_t step = 1;
  unsigned width = 16;
  std::function<void(double)> progress = {};  ///< is told the share that is done
};

struct Swept {
  double error = 0;  ///< the greatest, in ULP
  float at = 0;
  std::uint64_t floats = 0;
  /// The greatest distance of the reference from MPFR where it was looked for, in ULP of a float.
  double reference_error = 0;
};

Swept swept(const Kernel& kernel, const Reference& reference, const Level& level,
            const Sweep& sweep);

}  // namespace lossc::codegen::testing
