// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/bench/engine_compile.h"

#include "lossc/lossc.h"

namespace lossc::testing {

bool compiled_by_engine(const std::string& text, const std::vector<std::string>& gradients) {
  const Engine engine;
  const auto module = engine.load_text(text, "loss");
  if (!module) return false;
  return module->kernel(module->losses().front(), {.gradients = gradients}).ok();
}

}  // namespace lossc::testing
