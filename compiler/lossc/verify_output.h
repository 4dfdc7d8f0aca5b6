// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A certificate as text for people and as JSON for tools.
#pragma once

#include <string>

#include "compiler/verify/search.h"

namespace lossc::cli {

std::string certificate_text(const verify::Subject& subject,
                             const verify::Certificate& certificate);
std::string certificate_json(const verify::Subject& subject,
                             const verify::Certificate& certificate);

}  // namespace lossc::cli
