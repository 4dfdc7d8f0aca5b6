// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why a rule is there: an input at which its left side, computed as it is written, loses the
// result. Found by trying, so that it is never stale.
#pragma once

#include <string>
#include <string_view>

namespace lossc::stabilise {

/// `at x = 20 it would be 0 in f32, not 2.06115e-09`. Empty: the left side loses little, and the
/// rule serves others; or its sides are no formulas.
std::string reason(std::string_view rule_name);

}  // namespace lossc::stabilise
