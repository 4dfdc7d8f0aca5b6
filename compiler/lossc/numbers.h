// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers as text, the same in every locale and exact: what is printed reads back as the same
// number, in as few digits as that takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/number.h"
#include "compiler/support/float_type.h"
#include "compiler/support/result.h"

namespace lossc::cli {

/// `0.1`, `3.0`, `1e-300`, `nan`, `inf`, `-inf`. A number that is exactly an f32 is written as
/// shortly as an f32 allows if `type` is f32.
std::string number_text(double value, FloatType type);
/// The same for JSON: what is no number there is a string.
std::string json_number(double value, FloatType type);
std::string json_string(std::string_view text);

std::optional<std::int64_t> parsed_integer(std::string_view text);
/// Also `nan`, `inf`, `-inf`.
std::optional<double> parsed_number(std::string_view text);
/// `1.5` or `[1, 2.5]`, exactly as the decimals say.
Result<std::vector<ir::Number>> exact_numbers(std::string_view text);

}  // namespace lossc::cli
