// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A loss in words and in JSON: its signature as the host sees it.
#pragma once

#include <string>

#include "compiler/ir/function.h"

namespace lossc::cli {

/// `loss`, `batch loss`, `metric`, `batch metric`.
std::string kind_name(const ir::Function& function);
/// `logit[K]`, `class(K, ignore = -100)`.
std::string type_text(const ir::Function& function, const ir::Array& array);
/// `loss focal(pred z: logit, target y: binary, param gamma: nonnegative = 2)`.
std::string signature_text(const ir::Function& function);
/// An object with names, roles, domains, shapes and the names in C.
std::string json_signature(const ir::Function& function);
/// A name as C spells it: Greek letters by name, a prime as _prime, others _uXXXX.
std::string c_name(const std::string& name);

}  // namespace lossc::cli
