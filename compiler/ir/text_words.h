// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words of the text form, by enumerator: what the printer writes and the reader knows.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "compiler/ir/text.h"

namespace lossc::ir {

inline constexpr std::array<std::string_view, 2> mode_words = {"literal", "normalising"};
inline constexpr std::array<std::string_view, 4> kind_words = {"loss", "batch_loss", "metric",
                                                               "batch_metric"};
inline constexpr std::array<std::string_view, 3> role_words = {"pred", "target", "param"};
inline constexpr std::array<std::string_view, 16> op_words = {
    "constant", "truth", "pi",  "size", "index", "load",   "add",    "mul",
    "call",     "is",    "and", "or",   "not",   "select", "reduce", "weight"};
inline constexpr std::array<std::string_view, 4> relation_words = {"<", "<=", "==", "!="};
inline constexpr std::array<std::string_view, 10> reduce_words = {
    "sum", "prod", "max", "min", "lse", "argmax", "argmin", "any", "all", "norm"};
inline constexpr std::array<std::string_view, 8> output_words = {
    "value",   "weight",         "divisor",       "gradient",
    "hessian", "given_gradient", "given_hessian", "hessian_product"};

inline bool names_array(OutputKind kind) {
  return kind != OutputKind::value && kind != OutputKind::weight && kind != OutputKind::divisor;
}

/// `K.0`, `K-1.1`.
std::string axis_text(const Function& function, Axis axis);

}  // namespace lossc::ir
