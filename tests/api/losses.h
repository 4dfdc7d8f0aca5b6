// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The losses that the tests of the interface call.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "lossc/lossc.h"

namespace lossc_test {

inline const std::string losses = R"(
## Focal loss.
loss focal(pred z: logit, target y: binary,
           param alpha: probability = 0.25, param gamma: nonnegative = 2) {
  let p  = sigmoid(z)
  let pt = if y == 1 then p else 1 - p
  let at = if y == 1 then alpha else 1 - alpha
  -at * (1 - pt)^gamma * log(pt)
}

loss squared(pred a: real, target b: real) = (a - b)^2

loss cross_entropy(pred z: logit[K], target y: class(K, ignore = -100)) {
  weight = if valid(y) then 1 else 0
  -log(softmax(z)[y])
}

loss linear(target x: real[D], target t: real, param w: real[D]) = (sum(w * x) - t)^2 / 2

loss scaled(pred a: real, param s: positive = 1) {
  require s <= 10, "s is at most 10"
  a / s
}

metric wrong(pred z: real, target y: sign) = if z * y > 0 then 0 else 1
)";

inline lossc::Module module_of(const lossc::Engine& engine, const std::string& text = losses) {
  auto module = engine.load_text(text, "losses.loss");
  EXPECT_TRUE(module.ok()) << module.error().message;
  return *module;
}

inline lossc::Kernel kernel_of(const lossc::Engine& engine, const std::string& loss,
                               const lossc::KernelOptions& options = {}) {
  auto kernel = module_of(engine).kernel(loss, options);
  EXPECT_TRUE(kernel.ok()) << kernel.error().message;
  return *kernel;
}

}  // namespace lossc_test
