// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What error compiled code may have: the graph evaluated at 256 bits together with a first-order
// bound of the rounding errors of evaluating it node by node in a float type. The bound follows the
// conditioning of every step, so it is wide exactly where an honest evaluation loses digits, and
// infinite where a comparison cannot be decided.
#pragma once

#include <vector>

#include "compiler/ir/function.h"
#include "compiler/ir/interpreter.h"

namespace lossc::testing {

struct Bounded {
  ir::Real value;
  double error = 0;  ///< absolute
};

/// One output of one example, row-major over output.axes. `roundoff` is half the distance from 1 to
/// the next number of the float type.
std::vector<Bounded> bounded(const ir::Function& function, const ir::Output& output,
                             const ir::Example& example, double roundoff);

}  // namespace lossc::testing
