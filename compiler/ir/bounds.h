// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A closed interval of doubles, as tables state it.
#pragma once

namespace lossc::ir {

/// Infinite ends are "without bound".
struct Bounds {
  double low = -1.0 / 0.0;
  double high = 1.0 / 0.0;
};

}  // namespace lossc::ir
