// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The floating types that a loss is compiled for.
#pragma once

namespace lossc {

enum class FloatType { f32, f64 };

}  // namespace lossc
