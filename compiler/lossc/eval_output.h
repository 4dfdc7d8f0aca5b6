// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `lossc eval` prints.
#pragma once

#include <string>

#include "compiler/lossc/evaluation.h"

namespace lossc::cli {

/// One object on one line, its fields in a fixed order. `printed`: the type whose digits suffice.
std::string evaluation_json(const EvaluationRequest& request, const EvaluationResult& result,
                            FloatType printed);

/// For people: long arrays are shortened.
std::string evaluation_text(const EvaluationRequest& request, const EvaluationResult& result,
                            FloatType printed);

}  // namespace lossc::cli
